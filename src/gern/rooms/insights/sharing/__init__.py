"""Shared links: a dashboard for somebody without an account."""
