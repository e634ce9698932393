"""Targets: what a figure should reach, by when, who answers for it."""
