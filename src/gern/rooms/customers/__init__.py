"""The room everyone lives in: customers one by one, and lists of them."""
