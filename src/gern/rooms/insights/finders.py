"""Figures and dashboards, found from anywhere."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from gern.kit import formats
from gern.kit.access import may
from gern.kit.finders import Hit, fits
from gern.kit.shop import current_shop
from gern.rooms.insights.access import is_aggregate, sees_people


def figures(request: HttpRequest, text: str) -> list[Hit]:
    """By name in either language, or id."""
    if not may(request.user, "viewer", "insights"):
        return []
    people = sees_people(request.user)
    return [
        Hit(formats.text(figure.name), reverse("figure", args=[figure.id]), "chart-line")
        for figure in current_shop().figures()
        if (people or is_aggregate(figure))
        and fits(text, figure.name.de, figure.name.en, figure.id)
    ]
