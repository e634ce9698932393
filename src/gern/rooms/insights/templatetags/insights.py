"""Template words of the figure pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from gern.core.figures.answer import Answer
from gern.core.figures.definition import PER_HOUR, Part
from gern.kit import formats
from gern.kit.access import may
from gern.rooms.insights.dashboards.services import may_change
from gern.rooms.insights.patterns.saved import address_of, askable
from gern.rooms.insights.queries import Tile
from gern.rooms.insights.tables import dimension_name

register = template.Library()


@register.simple_tag
def change(tile: Tile, before: Answer | None) -> SafeString:
    """The change with an arrow, said better or worse; never by colour alone."""
    text = formats.change_text(tile.answer, before)
    if not text or before is None or before.value is None or tile.answer.value is None:
        return SafeString(formats.NONE)
    difference = tile.answer.value - before.value
    arrow = "→" if difference == 0 else "↗" if difference > 0 else "↘"
    if difference == 0 or tile.figure.good is None:
        return format_html("<span>{} {}</span>", arrow, text)
    better = (difference > 0) is (tile.figure.good == "up")
    return format_html(
        '<span class="{}">{} {}<span class="visually-hidden"> ({})</span></span>',
        "better" if better else "worse",
        arrow,
        text,
        _("better") if better else _("worse"),
    )


@register.simple_tag
def part_value(answer: Answer, part: Part) -> str:
    """A part as money or as a count."""
    return formats.value_of(answer.parts[part.id], answer.currency if part.money else part.unit)


@register.simple_tag
def left_out(answer: Answer) -> SafeString | str:
    """What was left out and how much of it."""
    found = [
        f"{formats.value_of(one.amount, answer.currency if one.money else 'count')}"
        f" {formats.text(one.label)}"
        for one in answer.left_out
    ]
    return format_html_join(", ", "{}", ((text,) for text in found)) if found else _("nothing")


@register.filter
def microseconds(value: int) -> str:
    """A measured length of time as people say it."""
    return formats.duration(value * PER_HOUR)


@register.simple_tag
def dimension_title(id: str) -> str:
    """What a breakdown is called."""
    return dimension_name(id)


@register.inclusion_tag("insights/patterns_saved.html", takes_context=True)
def saved_questions(context: dict[str, Any], page: str) -> dict[str, Any]:
    """The saved questions of a page of patterns, and the form to keep this one."""
    request = context["request"]
    found = [one for one in askable(request.user) if one.page == page]
    return {
        "saved": [(one, address_of(one), may_change(request.user, one)) for one in found],
        "page": page, "query": request.GET.urlencode(),
        "may_share": may(request.user, "editor", "insights"), "csrf_token": context["csrf_token"],
    }  # fmt: skip
