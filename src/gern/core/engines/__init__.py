"""The one door for queries."""
