"""Template words of the kit: formats, query strings, components."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from gern.core import zones
from gern.core.figures.answer import Answer
from gern.core.text import Text
from gern.kit import charts, formats
from gern.kit.access import may_open

register = template.Library()


@register.filter
def said(text: Text) -> str:
    """A two-language text of the library in the reader's language."""
    return formats.text(text)


@register.filter
def answer_value(answer: Answer | None) -> str:
    """The value of an answer with its unit."""
    return formats.answer_value(answer)


@register.filter
def whole(value: Any) -> str:
    """A count."""
    return formats.NONE if value in (None, "") else formats.number(value)


@register.filter
def unlocalized(value: Any) -> str:
    """A number as HTML wants it in attributes."""
    return "" if value in (None, "") else f"{float(value):.12g}"


@register.filter
def as_is(value: Any) -> str:
    """A decimal with as many digits as it has."""
    if value is None:
        return formats.NONE
    digits = len(f"{value.normalize():f}".partition(".")[2])
    return formats.number(value, digits)


@register.filter
def amount(value: Any, currency: str) -> str:
    """Money."""
    return formats.NONE if value in (None, "") else formats.money(value, currency, 2)


@register.filter
def in_unit(value: Any, unit: str) -> str:
    """A number in a figure's unit."""
    return formats.value_of(value, unit)


@register.filter
def day(value: date | None) -> str:
    """A day."""
    return formats.day(value)


@register.filter
def local_day(value: datetime | None, zone: str) -> str:
    """The local day of a UTC instant."""
    return formats.day(value and zones.local_day(value, zones.zone_named(zone)))


@register.filter
def moment(value: datetime | None, zone: str) -> str:
    """A UTC instant in local time."""
    return formats.moment(value, zone)


@register.filter
def moment_aware(value: datetime | None, zone: str) -> str:
    """An instant that carries its zone in local time."""
    return formats.moment(value and value.astimezone(UTC).replace(tzinfo=None), zone)


@register.filter
def day_aware(value: datetime | None, zone: str) -> str:
    """The local day of an instant that carries its zone."""
    return local_day(value and value.astimezone(UTC).replace(tzinfo=None), zone)


@register.filter
def moment_seconds(value: datetime | None, zone: str) -> str:
    """A UTC instant as the local time of day, to the second."""
    return formats.time_of_day(value, zone)


@register.filter
def moment_micros(value: int | None, zone: str) -> str:
    """Microseconds since 1970 in local time."""
    return formats.moment(value and datetime.fromtimestamp(value / 1e6, UTC).replace(tzinfo=None), zone)  # fmt: skip


@register.filter
def day_micros(value: int | None, zone: str) -> str:
    """Microseconds since 1970 as a local day."""
    return local_day(value and datetime.fromtimestamp(value / 1e6, UTC).replace(tzinfo=None), zone)


@register.filter
def percent(value: float) -> str:
    """A share as percent."""
    return formats.number(100 * value, 0 if value in (0, 1) else 1) + "\u202f%"


@register.filter
def as_json(value: Any) -> SafeString:
    """JSON for a ``data-`` attribute."""
    return mark_safe(escape(json.dumps(value)))  # noqa: S308


@register.simple_tag
def number_locale() -> SafeString:
    """How charts write numbers for this reader, for ``data-locale``."""
    return as_json(charts.number_locale())


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The address's query with changes; None takes a key out. State lives in the address."""
    request: HttpRequest = context["request"]
    values = request.GET.copy()
    for key, value in changes.items():
        name = key.rstrip("_")  # from_ for from, which Python keeps for itself
        if value in (None, ""):
            values.pop(name, None)
        else:
            values[name] = str(value)
    return f"?{values.urlencode()}" if values else "?"


@register.inclusion_tag("kit/sparkline.html")
def sparkline(values: Sequence[float | None], label: str) -> dict[str, Any]:
    """A small line of numbers, from the first known one on; gaps where a value is None. Drawn
    for the size it has."""
    width, height, edge = 112, 36, 4
    while values and values[0] is None:
        values = values[1:]
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return {"label": label, "lines": [], "width": width, "height": height}
    low, high = min(known), max(known)
    spread = high - low
    step = (width - 2 * edge) / max(1, len(values) - 1)
    lines: list[list[str]] = [[]]
    last = (0.0, 0.0)
    for place, value in enumerate(values):
        if value is None:
            if lines[-1]:
                lines.append([])
            continue
        share_ = (value - low) / spread if spread else 0.5
        last = (edge + place * step, height - edge - share_ * (height - 2 * edge))
        lines[-1].append(f"{last[0]:.1f},{last[1]:.1f}")
    return {
        "label": label, "lines": [" ".join(line) for line in lines if len(line) > 1],
        "last_x": f"{last[0]:.1f}", "last_y": f"{last[1]:.1f}", "width": width, "height": height,
    }  # fmt: skip


@register.inclusion_tag("kit/share.html")
def share(part: float, whole_: float, label: str) -> dict[str, Any]:
    """A bar of which ``part / whole`` is filled."""
    width = 0.0 if not whole_ else max(0.0, min(1.0, float(part) / float(whole_))) * 112
    return {"label": label, "filled": f"{width:.1f}"}


RISING = ("customer", "name", "due")
"""Orders of a list that go up; the others go down."""


@register.simple_tag(takes_context=True)
def sort_link(context: template.Context, sort: str, title: str) -> SafeString:
    """A column title that orders the list by it."""
    current = context["state"].sort == sort
    return format_html(
        '<a href="{}"{}>{}{}</a>',
        query(context, sort=sort, page=None),
        SafeString(' aria-current="true"') if current else "",
        title,
        (" ↑" if sort in RISING else " ↓") if current else "",
    )


@register.filter
def clock(value: datetime, zone: str) -> str:
    """The local time of day, without seconds."""
    return formats.clock(value, zone)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon whose name is a variable."""
    return SafeString(lucide(name, size=size))


@register.filter
def in_minutes(seconds: int) -> int:
    """Whole minutes."""
    return seconds // 60


@register.filter
def open_to(route: str, user: Any) -> bool:
    """Whether this user may use the page of this name."""
    return may_open(user, reverse(route), "user")
