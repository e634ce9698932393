"""What is exported, and names of dimensions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from gern.core.figures.answer import Answer, Result
from gern.core.figures.asking import TRAIT
from gern.core.figures.compute import Point
from gern.core.figures.people import People
from gern.core.shop import Shop
from gern.core.zones import local_day, zone_named
from gern.kit import formats
from gern.rooms.insights.queries import Development

Table = tuple[list[str], list[list[Any]]]


def dimension_name(id: str | None) -> str:
    """What a breakdown is called."""
    names = {
        "country": _("Country"),
        "store": _("Store"),
        "channel": _("Channel"),
        "product": _("Product"),
        "product_group": _("Product group"),
        "device": _("Device"),
        "page": _("Page"),
        "campaign": _("Campaign"),
        "touchpoint": _("Touchpoint"),
        "source": _("Source"),
        "account": _("Account of the network"),
        "about": _("About"),
    }
    if id and id.startswith(TRAIT):
        return _("Trait: %(name)s") % {"name": id.removeprefix(TRAIT)}
    return names.get(id or "", id or "")


def figure_table(answer: Answer, development: Development) -> Table:
    """The figure, its groups, and its development as the page shows it."""
    parts = answer.figure.parts
    header = [
        _("Figure"), _("Group"), _("From"), _("To (inclusive)"), _("Value"), _("Unit"),
        _("Numerator"), _("Denominator"), "n", _("Interval from"), _("Interval to"),
        *[formats.text(part.label) for part in parts],
    ]  # fmt: skip

    def row(result: Result, of: Answer | Point, group: str) -> list[Any]:
        low, high = result.interval or (None, None)
        denominator = None if result.denominator is None else float(result.denominator)
        return [
            formats.text(answer.figure.name), group, of.period.start, of.period.last_day,
            result.value, answer.unit, float(result.numerator), denominator, result.n, low, high,
            *[float(result.parts[part.id]) for part in parts],
        ]  # fmt: skip

    rows = [row(answer, answer, "")]
    rows += [row(group, answer, group.name or _("not known")) for group in answer.groups]
    rows += [row(one, one, "") for one in development if one and one.period != answer.period]
    return header, rows


def people_table(found: People, shop: Shop) -> Table:
    """One row a customer."""
    zone = zone_named(shop.zone)
    header = [
        _("Customer"), _("Share in the figure"), _("Purchases"), _("Revenue"),
        _("First purchase"), _("Last purchase"), _("Country"),
    ]  # fmt: skip
    rows = [
        [
            p.person, p.measure, p.purchases, p.revenue,
            local_day(p.first, zone) if p.first else None,
            local_day(p.last, zone) if p.last else None, p.country,
        ]
        for p in found.rows
    ]  # fmt: skip
    return header, rows
