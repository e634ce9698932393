"""Writes the tables of figures into the guide: ``python -m tests.guide``."""

from __future__ import annotations

import re
from pathlib import Path

from gern.core.figures.explained import reference

GUIDE = Path(__file__).parents[1] / "docs" / "guide"
PAGES = {"en/figures.md": "en", "de/kennzahlen.md": "de"}
_BETWEEN = re.compile(r"(<!-- figures -->\n).*(<!-- end -->)", re.S)


def written(page: str) -> str:
    """The page as it should be."""
    said = (GUIDE / page).read_text()
    table = reference(PAGES[page])
    return _BETWEEN.sub(lambda found: found[1] + table + found[2], said)


if __name__ == "__main__":
    for page in PAGES:
        (GUIDE / page).write_text(written(page))
