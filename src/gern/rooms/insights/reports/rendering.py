"""A dashboard as a mail: HTML with pictures, plain text, and a PDF. Aggregates only, as behind a
shared link: the address may be an outsider's."""

from __future__ import annotations

from dataclasses import dataclass

import css_inline
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from gern.core.figures.periods import Period
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.charts import as_picture
from gern.kit.mail.services import File
from gern.rooms.insights.dashboards.content import Content, content
from gern.rooms.insights.dashboards.services import period_of, placed
from gern.rooms.insights.models import Dashboard, Tile
from gern.rooms.insights.reports.pdf import as_pdf

PICTURE_WIDTH = 640


@dataclass(frozen=True)
class Rendered:
    """Everything a mail needs. ``files``: pictures of the HTML, then the PDF."""

    subject: str
    text: str
    html: str
    files: list[File]


def render(shop: Shop, dashboard: Dashboard, language: str, address: str = "") -> Rendered:
    """The dashboard today, in a language. ``address``: where this installation is reached."""
    with translation.override(language):
        period = period_of(shop, dashboard.span)
        contents = contents_for_outsiders(shop, dashboard, period)
        pictures = {
            n: as_picture(one.spec, "png", PICTURE_WIDTH)
            for n, one in enumerate(contents) if one.spec
        }  # fmt: skip
        days = f"{formats.day(period.start)} – {formats.day(period.last_day)}"
        context = {
            "dashboard": dashboard,
            "rows": _rows(
                [(one, f"tile-{n}" if n in pictures else "") for n, one in enumerate(contents)]
            ),
            "days": days,
            "zone": period.zone,
            "language": language,
            "address": address.rstrip("/"),
            "demo": shop.demo is not None,
        }
        subject = _("%(name)s: %(days)s") % {"name": dashboard.name, "days": days}
        html = css_inline.inline(render_to_string("insights/report_mail.html", context))
        text = render_to_string("insights/report_mail.txt", context)
        pdf = as_pdf(dashboard.name, _pdf_lead(days, period), contents, pictures, language)
        files = [File(f"tile-{n}.png", "image/png", picture, cid=f"tile-{n}")
                 for n, picture in pictures.items()]  # fmt: skip
        files.append(File(f"{_file_name(dashboard.name)}.pdf", "application/pdf", pdf))
    return Rendered(subject, text, html, files)


def _rows(tiles: list[tuple[Content, str]]) -> list[list[tuple[Content, str]]]:
    """Single numbers two in a row."""
    rows: list[list[tuple[Content, str]]] = []
    for tile in tiles:
        number = tile[0].placed.kind == Tile.Kind.NUMBER
        if (
            number
            and rows
            and len(rows[-1]) == 1
            and rows[-1][0][0].placed.kind == Tile.Kind.NUMBER
        ):
            rows[-1].append(tile)
        else:
            rows.append([tile])
    return rows


def contents_for_outsiders(shop: Shop, dashboard: Dashboard, period: Period) -> list[Content]:
    """All its tiles as somebody without an account may see them."""
    return [content(shop, one, period, None) for one in placed(shop, dashboard)]


def _pdf_lead(days: str, period: Period) -> str:
    return _("%(days)s, days as in %(zone)s") % {"days": days, "zone": period.zone}


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
    return kept.strip("-")[:60] or "gern"
