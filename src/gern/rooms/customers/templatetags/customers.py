"""Template words of the customers' pages."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gern.core.people.card.line import TITLES
from gern.core.people.traits import Said
from gern.kit import formats
from gern.kit.templatetags.kit import RISING, local_day, sort_link
from gern.rooms.customers.lists.columns import LABELS, SORT_OF

register = template.Library()
_NUMBERS = ("revenue", "purchases", "rhythm_days")
_DAYS = ("first_purchase", "last_purchase", "due", "first_seen", "last_seen")


@register.filter
def is_number(column: str) -> bool:
    """Whether a column is set flush right."""
    return column in _NUMBERS


@register.filter
def is_day(column: str) -> bool:
    """Whether a column holds days."""
    return column in _DAYS


@register.simple_tag(takes_context=True)
def list_cell(context: template.Context, row: dict[str, Any], column: str) -> str:
    """A value of the list as it is shown."""
    return cell_of(context, column, row[column])


@register.simple_tag(takes_context=True)
def cell_of(context: template.Context, column: str, value: Any) -> str:
    """A value of a column as it is shown."""
    shop = context["shop"]
    if value is None:
        return formats.NONE
    if column == "revenue":
        return formats.money(value, shop.currency)
    if isinstance(value, datetime):
        return local_day(value, shop.zone)
    if isinstance(value, date):
        return formats.day(value)
    return formats.number(value) if column in _NUMBERS else str(value)


@register.simple_tag
def label_of(column: str) -> str:
    """What a column is called."""
    return str(LABELS.get(column, column))


@register.simple_tag(takes_context=True)
def column_title(context: template.Context, column: str, label: str) -> SafeString:
    """The title of a column; a link where the list can be ordered by it."""
    if column in SORT_OF:
        return sort_link(context, SORT_OF[column], label)
    return format_html("{}", label)


@register.simple_tag(takes_context=True)
def sorted_by(context: template.Context, column: str) -> SafeString:
    """The attribute of the column the list is ordered by."""
    sort = context["state"].sort
    if SORT_OF.get(column, column) != sort:
        return SafeString("")
    return SafeString(f' aria-sort="{"ascending" if sort in RISING else "descending"}"')


@register.filter
def share_of(part: Any, whole: Any) -> str:
    """A share in percent."""
    return formats.value_of(100 * float(part) / float(whole), "percent") if whole else formats.NONE


@register.filter
def each(amount: Any, people: int) -> Any:
    """What it is for each."""
    return amount / people


@register.filter
def heat(n: int, most: int) -> int:
    """How dark a cell is, 0 to 4: by the square root, so that small numbers can be told apart."""
    return min(4, int(5 * (n / most) ** 0.5)) if most else 0


@register.filter
def card_title(about: str) -> str:
    """What a line of the counter card is about."""
    return formats.text(TITLES[about])  # type: ignore[index]


@register.filter
def for_tel(number: str) -> str:
    """A phone number as a link needs it."""
    return re.sub(r"[^\d+]", "", number.replace("(0)", ""))


@register.simple_tag
def said_by(said: Said, users: dict[str, str]) -> str:
    """Where a value comes from: the user who wrote it, or the source."""
    return users.get(said.by, said.source) if said.by else said.source
