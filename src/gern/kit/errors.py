"""Errors of the library in the reader's language."""

from __future__ import annotations

from django.utils.translation import get_language

from gern.core.errors import GernError


def said(error: GernError) -> str:
    """Its sentence in German on German pages."""
    return error.german if (get_language() or "").startswith("de") else str(error)
