"""The page of value: what customers will be worth, who they are, and what would change it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.people.listing import Filter
from gern.core.predict.shape import GroupWorth, begun_in, best_of, by_group, deciles, if_fewer_left
from gern.core.predict.spread import spread
from gern.core.predict.value import HARDLY
from gern.core.shop import Shop
from gern.core.shop_predict import Value
from gern.kit import formats
from gern.kit.access import allow, may_open
from gern.kit.charts import Spec, bars_chart
from gern.kit.errors import said
from gern.kit.exports import as_drawn, as_table
from gern.kit.handing_out import handed_out
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.asked import HORIZONS, ValueAsked, value_asked
from gern.rooms.insights.predict.contested import left_out
from gern.rooms.insights.predict.words import check_shown, too_little
from gern.rooms.insights.state import PAGE_ROWS, read_state

MORE = 0.1
"""What-if: by so much more, or less."""
FEWEST = 5
"""Customers of a group, for who may not see what a single one spends."""


@allow("viewer", people=False)
@require_safe
def value(request: HttpRequest) -> HttpResponse:
    """What customers will be worth, as a whole and by group."""
    shop = current_shop()
    asked, card = value_asked(request, shop), shop.value_card()
    context: dict[str, Any] = {
        "asked": asked, "card": card, "section": "value", "page": "value", "horizons": HORIZONS.items(),
    }  # fmt: skip
    context["contracts"] = _contracts(shop, asked)
    found = _value(shop, asked)
    if found is None or card is None:
        return render(
            request, "insights/predict_value.html", context | {"lacking": too_little(shop)}
        )
    worth, buyers = found.worth, found.buyers
    total = float(worth.value.sum())
    # who may not see what a single customer spends sees no group of a few
    single = may_open(request.user, reverse("value_people"), "editor")
    fewest = 1 if single else FEWEST
    fewer = if_fewer_left(
        found.model, buyers, worth, found.horizon, fewer=MORE, margin=found.margin, discount=found.discount
    )  # fmt: skip
    context |= {
        "total": total, "customers": len(buyers), "alive": float(worth.alive.sum()),
        "hardly": float(worth.alive.mean()) > HARDLY,
        "each": total / len(buyers), "single": single,
        "best": [(100 * b.share, b, 100 * b.of_value) for b in best_of(worth) if single or b.customers >= FEWEST],
        "spec": _deciles(found, shop), "check": check_shown(card),
        "more": 100 * MORE, "if_more": total * (1 + MORE), "if_fewer": fewer, "gain_more": total * MORE,
        "gain_fewer": fewer - total,
        "groups": [
            (title, _named(by_group(names, buyers, worth, found.margin, fewest=fewest, in_order=in_order)))
            for title, names, in_order in (
                (_("First purchase in"), begun_in(buyers), True), (_("Country"), buyers.country, False),
                (_("Channel of the first purchase"), buyers.channel, False),
            )
            if len(np.unique(names.astype(str))) > 1
        ],
    }  # fmt: skip
    return render(request, "insights/predict_value.html", context)


@allow("viewer", people=False)
@require_safe
def value_chart(request: HttpRequest, kind: str) -> HttpResponse:
    """The picture of the page as SVG or PNG."""
    shop = current_shop()
    found = _value(shop, value_asked(request, shop))
    if found is None:
        raise Http404
    return as_drawn(kind, "value", _deciles(found, shop))


@allow("editor", shows=("revenue",))
@require_safe
def value_people(request: HttpRequest) -> HttpResponse:
    """Customers by what they will be worth, the most valuable first."""
    shop = current_shop()
    state, asked = read_state(request, shop), value_asked(request, shop)
    found = _value(shop, asked)
    context: dict[str, Any] = {
        "asked": asked, "state": state, "section": "value", "page": "value_people",
        "horizons": HORIZONS.items(),
    }  # fmt: skip
    if found is None:
        return render(
            request, "insights/predict_people.html", context | {"lacking": too_little(shop)}
        )
    order = listed(shop, found)
    shown = order[state.offset : state.offset + PAGE_ROWS]
    some, worth = found.buyers.only(shown), found.worth.only(shown)
    wide = spread(found.model, some, worth, found.horizon, margin=found.margin)
    names = customer_names(shop, some.person)
    so_far = found.margin * some.balance
    context |= {
        "people": [
            (some.person[i], names.get(some.person[i], ""), 100 * worth.alive[i], worth.purchases[i],
             worth.value[i], wide.low_value[i], wide.high_value[i], so_far[i])
            for i in range(len(some))
        ],
        "customers": len(order), "pages": max(1, -(-len(order) // PAGE_ROWS)),
    }  # fmt: skip
    return render(request, "insights/predict_people.html", context)


@allow("editor", shows=("revenue",))
@require_safe
def value_people_export(request: HttpRequest, kind: str) -> HttpResponse:
    """All of them, as CSV or XLSX."""
    shop = current_shop()
    found = _value(shop, value_asked(request, shop))
    if found is None:
        raise Http404
    buyers, worth = found.buyers, found.worth
    order = listed(shop, found)
    handed_out(request, f"value.{kind}", buyers.person[order].tolist())
    head = ["customer", "first_purchase", "purchase_days", "revenue_so_far", "alive", "expected_purchases",
            "expected_spend", "value", "currency"]  # fmt: skip
    rows = [
        [buyers.person[i], buyers.first[i].item(), int(buyers.x[i]) + 1, round(float(buyers.balance[i]), 2),
         round(float(worth.alive[i]), 6), round(float(worth.purchases[i]), 6),
         round(float(worth.spend[i]), 4), round(float(worth.value[i]), 4), shop.currency]
        for i in order
    ]  # fmt: skip
    return as_table(kind, "value", head, rows)


def _contracts(shop: Shop, asked: ValueAsked) -> dict[str, Any] | None:
    """What customers under contract will pay; None: this is no contract business."""
    if shop.setting("business").value != "contracts":
        return None
    try:
        found = shop.contract_value(
            asked.horizon, margin=asked.margin / 100, discount=asked.discount / 100
        )
    except BadInput as error:
        return {"problem": said(error)}
    check = None
    with suppress(BadInput):
        check = shop.contract_check()
    return {
        "found": found, "check": check, "customers": len(found.person), "total": float(found.value.sum()),
        "stay": round(float(found.stays.sum())),
    }  # fmt: skip


def customer_names(shop: Shop, people: Any) -> dict[str, str]:
    """What customers are called, by id."""
    among = Filter(among=tuple(people))
    rows = shop.customers(among, columns=("name",), limit=None).rows if len(people) else []
    return {row["person"]: row["name"] or "" for row in rows}


def _value(shop: Shop, asked: ValueAsked) -> Value | None:
    """By the model in force; None: there is none, or nobody has bought."""
    card = shop.value_card()
    if card is None:
        return None
    try:
        found = shop.value(
            asked.horizon,
            margin=asked.margin / 100,
            discount=asked.discount / 100,
            model=card.model,
        )
    except BadInput:
        return None
    return found if len(found.buyers) else None


def listed(shop: Shop, found: Value) -> Array:
    """Entries of the most valuable customers first, without those whose scores are contested."""
    order = np.argsort(-found.worth.value, kind="stable")
    gone = left_out(shop)
    return order[~np.isin(found.buyers.person[order], list(gone))] if gone else order


def _deciles(found: Value, shop: Shop) -> Spec:
    """Mean value of each tenth of the customers."""
    rows = []
    for i, mean in enumerate(deciles(found.worth)):
        label = _("the best tenth") if i == 0 else _("tenth %(i)s") % {"i": i + 1}
        rows.append({"group": label, "value": mean, "low": None, "high": None,
                     "shown": formats.money(mean, shop.currency, 2)})  # fmt: skip
    return bars_chart(rows, shop.currency, _("Value each"))


def _named(groups: list[GroupWorth]) -> list[tuple[str, GroupWorth, float]]:
    return [
        (
            _("all others") if one.name is None else one.name or _("not known"),
            one,
            one.value / one.customers,
        )
        for one in groups
    ]
