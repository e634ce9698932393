"""The portfolio: who carries the shop, who stays gladly, and what binds them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from gern.core.people.plane import (
    BANDS,
    MOVED_DAYS,
    NAMES,
    QUADRANTS,
    SOON_DAYS,
    STEP,
    Plane,
    crossings,
    plane,
)
from gern.core.people.portfolio import A_SHARE, B_SHARE, SCORES
from gern.core.people.worth import profit_terms, years
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.charts import Spec, plane_chart
from gern.kit.exports import as_drawn
from gern.kit.shop import current_shop

BESIDE = ("attachment", "lock_in", "share_of_wallet", "penetration")
"""Figures named on the page, where the log can answer them."""


@allow("editor", shows=("revenue",))
@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """ABC and RFM, value against attachment, attachment against lock-in; every number leads to its
    customers."""
    shop = current_shop()
    found = shop.portfolio()
    most = max((cell.customers for cell in found.cells), default=0)
    rows = [(r, [c for c in found.cells if c.recency == r]) for r in reversed(SCORES)]
    top = found.classes[0] if found.classes else None
    context = {
        "found": found,
        "rows": rows,
        "scores": SCORES,
        "most": most,
        "top": top,
        "a_share": A_SHARE,
        "b_share": B_SHARE,
        "section": "customers",
        **_profits(shop),
        **_bindings(shop),
    }
    return render(request, "customers/portfolio.html", context)


@allow("editor", shows=("revenue",))
@require_safe
def portfolio_chart(request: HttpRequest, kind: str) -> HttpResponse:
    """The plane as a picture."""
    shop = current_shop()
    found = plane(shop, shop.today())
    if not found.known:
        raise Http404
    return as_drawn(kind, "portfolio", _chart(found))


def _profits(shop: Shop) -> dict[str, Any]:
    """Each year for one customer on average; ``so_far``: summed up."""
    terms, shown, so_far = profit_terms(shop), [], Decimal(0)
    for year in years(shop, shop.today()):
        each = (year.profit(terms) or Decimal(0)) / year.customers
        so_far += each
        shown.append({
            "year": year, "base": year.base / year.customers, "profit": each, "so_far": so_far,
            "cross_sell": year.cross_sell / year.customers,
            "acquisition": year.acquisition(terms) / year.customers,
        })  # fmt: skip
    return {"profit_years": shown, "terms": terms}


def _bindings(shop: Shop) -> dict[str, Any]:
    today = shop.today()
    found = plane(shop, today, before=today - timedelta(days=MOVED_DAYS))
    if not found.known:
        return {"plane": found, "waits": list(NAMES.values())[:6]}
    crossed = crossings(shop, today)
    moves = [
        (QUADRANTS[was][0], [(now, found.moves.get((was, now), 0)) for now in QUADRANTS])
        for was in QUADRANTS
    ]
    figures = [f for f in shop.figures() if f.id in BESIDE and not shop.waits_for(f)]
    return {
        "plane": found,
        "plane_spec": _chart(found),
        "causes": [(NAMES[cause], n) for cause, n in found.causes.items()],
        "crossings": [(b, b * 100 // BANDS, (b + 1) * 100 // BANDS,
                       [c for c in crossed if c.band == b]) for b in reversed(range(BANDS))],
        "crossed_most": max((c.customers for c in crossed), default=0),
        "moves": moves if found.moves else [],
        "moved_days": MOVED_DAYS,
        "quadrants": [(id, name) for id, (name, _sql) in QUADRANTS.items()],
        "soon_days": SOON_DAYS,
        "beside": figures,
    }  # fmt: skip


def _chart(found: Plane) -> Spec:
    cells = []
    for cell in found.cells:
        customers = ngettext("%(n)s customer", "%(n)s customers", cell.customers)
        shown = _("%(customers)s: attachment %(a)s to %(b)s, lock-in %(c)s to %(d)s") % {
            "customers": customers % {"n": formats.number(cell.customers)},
            "a": cell.attachment, "b": cell.attachment + STEP, "c": cell.lock_in, "d": cell.lock_in + STEP,
        }  # fmt: skip
        cells.append({"x": cell.lock_in + STEP / 2, "y": cell.attachment + STEP / 2,
                      "n": cell.customers, "shown": shown})  # fmt: skip
    return plane_chart(cells, _("Lock-in: stays because they must"), _("Attachment: stays because they want to"))  # fmt: skip
