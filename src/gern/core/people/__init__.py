"""Customers one by one: who they are, what they usually do, what is due."""
