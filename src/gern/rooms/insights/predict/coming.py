"""The page of next purchases: who is expected when, and with which products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gern.core.predict.baskets import product_names
from gern.core.predict.coming import SOON, of_person, soonest, wanted
from gern.core.predict.next_day import FARTHEST
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.exports import as_table
from gern.kit.handing_out import handed_out
from gern.kit.shop import current_shop
from gern.rooms.insights.predict.contested import left_out
from gern.rooms.insights.predict.value import customer_names
from gern.rooms.insights.predict.words import too_little
from gern.rooms.insights.state import PAGE_ROWS, read_state

WITHIN: dict[int, str | Promise] = {
    7: gettext_lazy("7 days"), 14: gettext_lazy("14 days"), 30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"), FARTHEST: gettext_lazy("a year"),
}  # fmt: skip
BECAUSE: dict[str, str | Promise] = {
    "due": gettext_lazy("it is due again"), "again": gettext_lazy("they bought it before"),
    "with": gettext_lazy("goes with %(product)s"), "popular": gettext_lazy("many buy it now"),
}  # fmt: skip


@dataclass(frozen=True)
class Product:
    """A product that is expected, and why."""

    number: str
    name: str
    because: str


@dataclass(frozen=True)
class Expected:
    """A customer's next purchase: on the ``day`` as likely as not, four of five times between ``low``
    and ``high`` (None: not within a year); ``soon``: the chance within 30 days, in percent."""

    person: str
    name: str
    day: date | None
    low: date | None
    high: date | None
    soon: float
    products: list[Product]


@allow("editor", shows=("revenue",))
@require_safe
def coming(request: HttpRequest) -> HttpResponse:
    """Customers expected within a time, the soonest first."""
    shop, state = current_shop(), read_state(request, current_shop())
    card, within = shop.next_card(), _within(request)
    context: dict[str, Any] = {"state": state, "section": "value", "page": "coming", "card": card}
    if card is None:
        return render(
            request, "insights/predict_coming.html", context | {"lacking": too_little(shop)}
        )
    gone = left_out(shop)
    total, rows = soonest(shop.door, gone, within=within, limit=PAGE_ROWS, offset=state.offset)
    most = wanted(shop.door, gone)
    names = product_names(shop.door, [row["product"] for row in most])
    context |= {
        "within": within, "choices": WITHIN.items(), "total": total, "people": expected(shop, rows),
        "most": [(row["product"], names.get(row["product"], ""), row["n"]) for row in most], "soon": SOON,
        "pages": max(1, -(-total // PAGE_ROWS)),
    }  # fmt: skip
    return render(request, "insights/predict_coming.html", context)


@allow("editor", shows=("revenue",))
@require_safe
def coming_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Those of the page, all pages, as CSV or XLSX."""
    shop = current_shop()
    if shop.next_card() is None:
        raise Http404
    _total, rows = soonest(shop.door, left_out(shop), within=_within(request), limit=10_000_000)
    handed_out(request, f"next.{kind}", [row["person"] for row in rows])
    head = ["customer", "expected", "earliest", "latest", "chance_30_days"]
    head += [f"{what}_{i}" for i in range(1, 6) for what in ("product", "because")]
    return as_table(kind, "next", head, [
        [one.person, one.day, one.low, one.high, round(one.soon / 100, 6),
         *(part for product in one.products for part in (product.number, product.because))]
        for one in expected(shop, rows, named=False)
    ])  # fmt: skip


def expected(shop: Shop, rows: list[dict[str, Any]], *, named: bool = True) -> list[Expected]:
    """Rows of the file of next purchases, as people read them. Their days count from the day on which
    they were learned, which is 1."""
    people = customer_names(shop, [row["person"] for row in rows]) if named else {}

    def day(row: dict[str, Any], key: str) -> date | None:
        return row["day"] + timedelta(days=row[key] - 1) if row[key] else None

    numbers = [n for row in rows for n in (*row["products"], *row["froms"]) if n]
    names = product_names(shop.door, numbers)
    return [
        Expected(
            row["person"], people.get(row["person"], ""), *(day(row, key) for key in ("ahead", "low", "high")),
            min(100 * row["soon"], 99.9),
            [
                Product(number, names.get(number, number), str(BECAUSE[because]) % {"product": names.get(from_, from_)})
                for number, because, from_ in zip(row["products"], row["becauses"], row["froms"], strict=True) if number
            ],
        )
        for row in rows
    ]  # fmt: skip


def expected_of(shop: Shop, names: list[str]) -> Expected | None:
    """The same of one customer, by their ids; None: nothing was learned, or they are no customer any
    more."""
    row = of_person(shop.door, names) if shop.next_card() else None
    return expected(shop, [row])[0] if row else None


def told(shop: Shop, one: Expected) -> list[tuple[str, str, str]]:
    """What is computed of them, for the customer who asks (Art. 15)."""
    how = _("from the pauses between their purchases, against those of all customers; used to choose whom to write to, for no decision with legal effect")  # fmt: skip
    day = formats.day(one.day) if one.day else _("not within a year")
    lines = [(_("Next purchase expected"), day, how)]
    if one.products:
        listed = ", ".join(f"{product.name} ({product.because})" for product in one.products)
        lines.append((_("Products expected"), listed, _("from what they bought, what goes with it and what many buy")))  # fmt: skip
    return lines


def _within(request: HttpRequest) -> int:
    said = request.GET.get("within", "")
    return int(said) if said.isdecimal() and int(said) in WITHIN else SOON
