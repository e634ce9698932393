"""A dashboard as a PDF of A4 pages."""

from __future__ import annotations

import io
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from gern.kit import formats
from gern.kit.charts import COLOURS
from gern.kit.typeset import BOLD, REGULAR, plain, register_fonts
from gern.rooms.insights.dashboards.content import Content

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
COLUMNS = 3
ROWS_OF_A_TABLE = 31
"""As many as a month has days, the newest; that others are cut is said."""


def as_pdf(
    title: str, lead: str, contents: list[Content], pictures: dict[int, bytes], language: str
) -> bytes:
    """``pictures``: PNG of a tile by its place."""
    register_fonts()
    file = io.BytesIO()
    page = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=plain(title), author="Gern", lang=language,
    )  # fmt: skip
    story: list[Flowable] = [
        Paragraph(_text(title), _style(20, bold=True)), Spacer(0, 2 * mm),
        Paragraph(_text(lead), _style(9.5, colour="muted")), Spacer(0, 6 * mm),
    ]  # fmt: skip
    numbers: list[Content] = []
    for n, one in enumerate(contents):
        if one.spec is None and not one.rows:
            numbers.append(one)
            continue
        story += _numbers(numbers)
        numbers = []
        story.append(_drawn(one, pictures.get(n)))
    story += _numbers(numbers)
    page.build(story, onFirstPage=_foot, onLaterPages=_foot)
    return file.getvalue()


def _numbers(found: list[Content]) -> list[Flowable]:
    """Single numbers, three in a row."""
    if not found:
        return []
    cells = [
        [Paragraph(_text(one.title), _style(9, colour="muted")),
         Paragraph(_text(one.value), _style(16, bold=True)),
         Paragraph(_text(one.problem or _changes(one)), _style(8, colour="muted"))]
        for one in found
    ]  # fmt: skip
    cells += [[]] * (-len(cells) % COLUMNS)
    rows = [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
    table = Table(rows, colWidths=[WIDTH / COLUMNS] * COLUMNS)
    table.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ]))  # fmt: skip
    return [table, Spacer(0, 3 * mm)]


def _drawn(one: Content, picture: bytes | None) -> Flowable:
    parts: list[Flowable] = [
        Paragraph(_text(one.title), _style(12, bold=True)),
        Paragraph(_text(" · ".join(t for t in (one.value, one.subtitle, _changes(one)) if t)),
                  _style(9, colour="muted")),
    ]  # fmt: skip
    if picture is not None:
        image = ImageReader(io.BytesIO(picture))
        width, height = image.getSize()
        parts.append(Image(io.BytesIO(picture), WIDTH, WIDTH * height / width))
    newest = one.rows[-ROWS_OF_A_TABLE:]
    rows = [[plain(head) for head in one.head], *[[plain(a), plain(b)] for a, b in newest]]
    table = Table(rows, colWidths=[WIDTH * 0.65, WIDTH * 0.35])
    table.setStyle(TableStyle([
        ("FONT", (0, 0), (-1, -1), REGULAR, 8), ("TEXTCOLOR", (0, 0), (-1, 0), _colour("muted")),
        ("ALIGN", (1, 0), (1, -1), "RIGHT"), ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("LINEBELOW", (0, 0), (-1, -2), 0.4, _colour("line")),
        ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]))  # fmt: skip
    cut = len(one.rows) - len(newest)
    notes = [one.problem, _("Earlier rows are not shown: %(n)s.") % {"n": cut} if cut else ""]
    after = [Paragraph(_text(note), _style(8, colour="muted")) for note in notes if note]
    return KeepTogether([*parts, table, *after, Spacer(0, 7 * mm)])


def _changes(one: Content) -> str:
    if one.tile is None or one.tile.previous is None:
        return ""
    change = formats.change_text(one.tile.answer, one.tile.previous)
    return _("%(change)s against the period before") % {"change": change} if change else ""


def _foot(canvas: Any, page: Any) -> None:
    canvas.saveState()
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(_colour("muted"))
    canvas.drawString(MARGIN, 10 * mm, "Gern")
    canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def _style(size: float, *, bold: bool = False, colour: str = "ink") -> ParagraphStyle:
    return ParagraphStyle(
        f"{size}{bold}{colour}", fontName=BOLD if bold else REGULAR, fontSize=size,
        leading=size * 1.35, textColor=_colour(colour),
    )  # fmt: skip


def _colour(name: str) -> HexColor:
    return HexColor(COLOURS[name])


def _text(text: str) -> str:
    return escape(plain(text))
