"""A persona on one page: an SVG, and of it a PDF (A4) and a PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from gern.core.people.profile.asking import printable
from gern.kit.charts import COLOURS
from gern.kit.typeset import FONTS, wrapped

WIDTH, HEIGHT = 794.0, 1123.0  # A4 at 96 dots an inch
MARGIN, GAP = 42.0, 22.0
HEAD = 168.0
SIZES = (13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
"""The largest that lets everything fit is taken."""


@dataclass(frozen=True)
class Line:
    """One statement; ``mark``: whether it is measured or assumed, when, of how many."""

    text: str
    mark: str
    measured: bool


@dataclass(frozen=True)
class Block:
    """A section."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Page:
    """``portrait``: what stands inside an SVG of 200 × 200."""

    name: str
    quote: str
    facts: Sequence[str]
    portrait: str
    blocks: Sequence[Block]
    foot: str


def as_svg(page: Page) -> str:
    """The page; what does not fit even in the smallest size is left out and said to be."""
    for size in SIZES:
        drawn, left = _columns(page.blocks, size)
        if not left:
            break
    foot = page.foot
    if left:
        foot += " · " + _("%(n)s statements are only on the web page.") % {"n": left}
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{HEIGHT:g}"'
        f' viewBox="0 0 {WIDTH:g} {HEIGHT:g}" font-family="DejaVu Sans">'
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#ffffff"/>'
        f"{_head(page)}{drawn}{_text(foot, MARGIN, HEIGHT - 22, 8, 'muted')}</svg>"
    )


def as_file(page: Page, kind: Literal["png", "pdf"]) -> bytes:
    """The page as a file."""
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    svg = as_svg(page)
    return bytes(
        vl_convert.svg_to_pdf(svg) if kind == "pdf" else vl_convert.svg_to_png(svg, scale=2)
    )


def _head(page: Page) -> str:
    x, width = MARGIN + 132 + GAP, WIDTH - 2 * MARGIN - 132 - GAP
    parts = [
        f'<svg x="{MARGIN:g}" y="{MARGIN - 12:g}" width="132" height="132" viewBox="0 0 200 200">{page.portrait}</svg>'
    ]
    y = MARGIN + 18
    size = next(
        (s for s in (26, 22, 18, 14) if len(wrapped(page.name, s, width, bold=True)) == 1), 10
    )
    for line in wrapped(page.name, size, width, bold=True)[:2]:
        parts.append(_text(line, x, y, size, "ink", bold=True))
    for line in wrapped(page.quote, 12.5, width)[:2]:
        y += 22
        parts.append(_text(line, x, y, 12.5, "ink"))
    y += 8
    for fact in page.facts:
        for line in wrapped(fact, 9.5, width)[:2]:
            y += 15
            parts.append(_text(line, x, y, 9.5, "muted"))
    return "".join(parts)


def _columns(blocks: Sequence[Block], size: float) -> tuple[str, int]:
    """(the blocks in two columns, each in the one that is shorter by then; how many statements
    found no room)."""
    width = (WIDTH - 2 * MARGIN - GAP) / 2
    floor, step = HEIGHT - 44, size * 1.42
    tops = [MARGIN + HEAD - 20] * 2
    parts, left = [], 0
    for block in blocks:
        column = 0 if tops[0] <= tops[1] else 1
        x, y = MARGIN + column * (width + GAP), tops[column]
        if y + 3 * step > floor:
            left += len(block.lines)
            continue
        y += step * 1.1
        parts.append(_text(block.title, x, y, size * 1.12, "accent", bold=True))
        parts.append(f'<path d="M{x:g} {y + 4:.1f}h{width:g}" stroke="{COLOURS["line"]}"/>')
        y += step * 0.45
        for n, line in enumerate(block.lines):
            lines = wrapped(line.text, size, width - 12)
            if y + step * len(lines) + step * 0.85 > floor:
                left += len(block.lines) - n
                break
            dot = COLOURS["accent"] if line.measured else "#ffffff"
            parts.append(
                f'<circle cx="{x + 3:g}" cy="{y + step * 0.68:.1f}" r="2.6" fill="{dot}" stroke="{COLOURS["accent"]}"/>'
            )
            for text in lines:
                y += step
                parts.append(_text(text, x + 12, y, size, "ink"))
            y += step * 0.78
            parts.append(_text(line.mark, x + 12, y, size * 0.74, "muted"))
            y += step * 0.22
        tops[column] = y + step * 0.7
    return "".join(parts), left


def _text(text: str, x: float, y: float, size: float, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-size="{size:g}" fill="{COLOURS[colour]}"{weight}>'
        f"{escape(printable(text))}</text>"
    )
