"""Model cards: what was learned when, from what, how good it is and whether it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.predict.kept import Card, NextCard, RiskCard, next_versions, risk_versions, versions
from gern.core.predict.parts import Part
from gern.kit.access import allow
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.jobs import learn
from gern.rooms.insights.predict.words import (
    BY,
    MODELS,
    RESPECTS,
    SIMPLE,
    WAYS,
    check_shown,
    too_little,
)


@allow("viewer", people=False)
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """All model cards."""
    shop = current_shop()
    value, risk, coming = shop.value_card(), shop.risk_card(), shop.next_card()
    context: dict[str, Any] = {
        "section": "value", "page": "models", "value": value, "risk": risk, "coming": coming,
        "lacking": "" if value and risk else too_little(shop),
    }  # fmt: skip
    if value:
        context |= {"drift": shop.value_drift(), "value_shown": _value_shown(value)}
        context["value_versions"] = versions(shop.manifest)
    if risk:
        context |= {"risk_shown": _risk_shown(risk)}
        context["risk_versions"] = risk_versions(shop.manifest)
    if coming:
        context |= {
            "coming_shown": _coming_shown(coming),
            "coming_versions": next_versions(shop.manifest),
        }
    return render(request, "insights/predict_models.html", context)


@allow("editor", people=False)
@require_POST
def learning(request: HttpRequest) -> HttpResponse:
    """Learn anew, in the background."""
    learn.enqueue(by=request.user.get_username())
    messages.success(request, _("It is being learned; in a minute or two the new cards are here."))
    return redirect("models")


def _value_shown(card: Card) -> dict[str, Any]:
    fits = [card.model.buying, *([card.model.spend] if card.model.spend else [])]
    return {
        "fits": [
            (*MODELS[fit.model], [(name, value, fit.se.get(name)) for name, value in fit.params.items()], fit)
            for fit in fits
        ],
        "tried": [(MODELS[one.model][0], one) for one in card.model.tried],
        "check": check_shown(card),
        "groups": card.check.groups if card.check else (),
        "parts": _parts(card.check.parts) if card.check else [],
    }  # fmt: skip


def _risk_shown(card: RiskCard) -> dict[str, Any]:
    top = max((weight for _name, weight in card.matters), default=1.0)
    check = card.check
    return {
        "taken": WAYS[card.taken],
        "matters": [(RESPECTS[name], round(100 * weight / top)) for name, weight in card.matters],
        "ways": [(*WAYS[way.name], way, way.name == card.taken, 100 * way.auc) for way in check.ways]
        if check else [],
        "bins": [(one.customers, 100 * one.said, 100 * one.left) for one in check.bins] if check else [],
        "parts": _parts(check.parts, 100) if check else [],
        "share_left": 100 * card.left / card.rows,
    }  # fmt: skip


def _parts(parts: Sequence[Part], times: int = 1) -> list[tuple[str, int, float, float, float]]:
    """(which group, customers, said, happened, error) of each."""
    return [
        (f"{BY[one.by]}: {one.group or '–'}", one.customers, times * one.said, times * one.happened, one.error)
        for one in parts
    ]  # fmt: skip


def _coming_shown(card: NextCard) -> dict[str, Any]:
    day, products = card.day_check, card.product_check
    return {
        "day": day and (day, SIMPLE["rhythm"], 100 * day.auc, day.against.low > 0, day.against.high < 0),
        "products": products and [
            (SIMPLE[one.name], 100 * products.hits[one.name], 100 * one.purchases, one.low > 0, one.high < 0)
            for one in products.against
        ],
        "hit": products and 100 * products.hit, "found": products and 100 * products.found,
    }  # fmt: skip
