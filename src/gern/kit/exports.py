"""Tables as CSV and XLSX, safe to open in a spreadsheet; charts as SVG and PNG."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from gern.kit.charts import Spec, as_picture

PDF, JSON = "application/pdf", "application/json"
RISKY = ("=", "+", "-", "@", "\t", "\r")


def guarded(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets a leading apostrophe; numbers and
    dates stay what they are."""
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return value


def as_table(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """As CSV or XLSX; 404 for other kinds."""
    if kind == "csv":
        return as_csv(name, header, rows)
    if kind == "xlsx":
        return as_xlsx(name, header, rows)
    raise Http404(_("Allowed: csv, xlsx"))


def as_drawn(kind: str, name: str, spec: Spec) -> HttpResponse:
    """A chart as SVG or PNG; 404 for other kinds."""
    for known, content in (("svg", "image/svg+xml"), ("png", "image/png")):
        if kind == known:
            response = HttpResponse(as_picture(spec, known), content_type=content)
            response["Content-Disposition"] = f'inline; filename="{name}.{kind}"'
            return response
    raise Http404(_("Allowed: svg, png"))


def as_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file: UTF-8 with BOM (Excel reads umlauts), comma, ISO dates, decimal point."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([guarded(h) for h in header])
    writer.writerows([_csv_cell(v) for v in row] for row in rows)
    body = "\ufeff" + text.getvalue()
    return attachment(body.encode(), f"{name}.csv", "text/csv; charset=utf-8")


def as_xlsx(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """An Excel file with real numbers and dates and a frozen header."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(name[:31])
    bold, dates = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, bold)
        sheet.set_column(column, column, max(12, min(40, len(title) + 4)))
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, (date, datetime)):
                sheet.write_datetime(number, column, value, dates)
            elif isinstance(value, (int, float, Decimal)):
                sheet.write_number(number, column, float(value))
            else:
                sheet.write_string(number, column, guarded(str(value)))
    book.close()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return attachment(file.getvalue(), f"{name}.xlsx", kind)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return guarded(value)


def attachment(body: bytes, name: str, kind: str) -> HttpResponse:
    """A file to be stored, of this media type."""
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
