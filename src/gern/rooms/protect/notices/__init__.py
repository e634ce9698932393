"""Versions of the privacy notice: published, never changed, and who read which."""
