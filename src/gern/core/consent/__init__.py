"""Consents, and whether somebody may be contacted."""
