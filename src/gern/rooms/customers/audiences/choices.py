"""What the editor of an audience proposes."""

from __future__ import annotations

from typing import Any

from gern.core.conditions.customer_fields import FIELDS
from gern.core.shop import Shop
from gern.kit import conditions as editor
from gern.kit import formats
from gern.rooms.customers.models import Audience


def choices(shop: Shop, audience: Audience | None, *, with_figures: bool) -> dict[str, Any]:
    """Names of events, fields and traits that came in; other audiences; figures with their parts."""
    others = Audience.objects.exclude(pk=audience.pk if audience else 0)
    return {
        **editor.proposals(shop),
        "condition_customer_fields": [(f.name, f.label) for f in FIELDS.values()],
        "condition_audiences": others.values_list("pk", "name"),
        "condition_figures": _figures(shop) if with_figures else [],
    }


def _figures(shop: Shop) -> list[tuple[str, list[tuple[str, str]]]]:
    """(figure, its parts) that the log can answer, as the form names them."""
    found = []
    for figure in shop.figures():
        if shop.waits_for(figure):
            continue
        name = formats.text(figure.name)
        parts = [
            (f"{figure.id}|{part.id}", f"{name}: {formats.text(part.label)}")
            for part in figure.parts
        ]
        found.append((name, [(f"{figure.id}|", name), *parts]))
    return found
