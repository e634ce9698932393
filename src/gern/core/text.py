"""A text in both languages, kept side by side where it is defined."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """``Text(de="Umsatz", en="revenue").in_language("de")`` gives ``"Umsatz"``."""

    de: str
    en: str

    def in_language(self, language: str) -> str:
        """The text in ``"de"`` (any German) or, for every other language, in English."""
        return self.de if language.startswith("de") else self.en
