"""A text in both languages, kept side by side where it is defined; and what texts may not hold."""

from __future__ import annotations

import re
from typing import NamedTuple

UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Breaks and what no text of an event or a condition may hold: XML, and so a picture, cannot."""


class Text(NamedTuple):
    """``Text(de="Umsatz", en="revenue").in_language("de")`` gives ``"Umsatz"``."""

    de: str
    en: str

    def in_language(self, language: str) -> str:
        """The text in ``"de"`` (any German) or, for every other language, in English."""
        return self.de if language.startswith("de") else self.en
