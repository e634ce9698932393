"""Where customer and company meet: touchpoints, in phases of the customer's way."""
