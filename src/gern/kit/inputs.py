"""What comes in from forms that are no Django form."""

from __future__ import annotations

LARGEST = 2**63 - 1


def number(text: str) -> int:
    """A row's number; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def some_lines(text: str, most: int) -> str:
    """Printable text with its breaks, at most so long."""
    return "".join(c for c in text if c.isprintable() or c == "\n")[:most].strip()


def one_line(text: str, most: int) -> str:
    """Printable text without breaks, at most so long."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:most].strip()
