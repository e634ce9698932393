"""Plain documents as PDF: letters, certificates, proofs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from gern.kit.typeset import BOLD, REGULAR, plain, register_fonts

MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN
_INK, _LINE = HexColor("#1c1917"), HexColor("#d6d3d1")


@dataclass(frozen=True)
class Heading:
    """A heading between paragraphs."""

    text: str


@dataclass(frozen=True)
class Rows:
    """A table; ``head`` may be empty. ``widths``: parts of the width."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]


Block = str | Heading | Rows
"""A text is a paragraph; its line breaks stay."""


def as_pdf(title: str, blocks: Sequence[Block], language: str) -> bytes:
    """The document on A4 pages, title first."""
    register_fonts()
    file = io.BytesIO()
    page = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=title, author="Gern", lang=language,
    )  # fmt: skip
    story: list[Flowable] = [_paragraph(title, 16, bold=True), Spacer(0, 6 * mm)] if title else []
    for block in blocks:
        story += _flowables(block)
    page.build(story)
    return file.getvalue()


def _flowables(block: Block) -> list[Flowable]:
    if isinstance(block, Heading):
        return [Spacer(0, 3 * mm), _paragraph(block.text, 11, bold=True), Spacer(0, 1.5 * mm)]
    if isinstance(block, str):
        return [_paragraph(block, 10), Spacer(0, 3 * mm)]
    cells = [[_paragraph(text, 9, bold=True) for text in block.head]] if block.head else []
    cells += [[_paragraph(text, 9) for text in row] for row in block.rows]
    table = Table(
        cells, colWidths=[WIDTH * part / sum(block.widths) for part in block.widths],
        repeatRows=1 if block.head else 0, splitInRow=1,  # a cell may be longer than a page
    )  # fmt: skip
    table.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]))  # fmt: skip
    return [table, Spacer(0, 3 * mm)]


def _paragraph(text: str, size: float, *, bold: bool = False) -> Paragraph:
    style = ParagraphStyle(
        "text", fontName=BOLD if bold else REGULAR, fontSize=size, leading=size * 1.4,
        textColor=_INK, splitLongWords=1,
    )  # fmt: skip
    return Paragraph(escape(plain(text)).replace("\n", "<br/>"), style)
