"""The fonts that files are set in, and how wide a text is in them."""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"


_ASIDE = str.maketrans({"\u202f": "\u00a0"})


def plain(text: str) -> str:
    """The text without what the font does not have."""
    return text.translate(_ASIDE)


def register_fonts() -> None:
    """Make them known to reportlab; once is enough."""
    if REGULAR not in pdfmetrics.getRegisteredFontNames():
        for name in (REGULAR, BOLD):
            pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The text in lines that fit ``width`` (the unit of ``size``); longer words are cut in two."""
    register_fonts()
    font = BOLD if bold else REGULAR
    lines: list[str] = []
    line = ""
    for whole in text.split(" "):
        word = whole
        while pdfmetrics.stringWidth(word, font, size) > width:
            most = next(n for n in range(len(word), 0, -1)
                        if n == 1 or pdfmetrics.stringWidth(word[:n], font, size) <= width)  # fmt: skip
            lines += [line] if line else []
            lines.append(word[:most])
            line, word = "", word[most:]
        longer = f"{line} {word}".strip()
        if line and pdfmetrics.stringWidth(longer, font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines
