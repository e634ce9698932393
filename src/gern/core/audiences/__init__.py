"""Audiences: sets of customers given by a rule, a list or a query; kept current."""
