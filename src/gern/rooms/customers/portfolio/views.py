"""The portfolio: who carries the shop."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.core.people.portfolio import A_SHARE, B_SHARE, SCORES
from gern.kit.access import allow
from gern.kit.shop import current_shop


@allow("editor")
@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """ABC and RFM over the last twelve months; every number leads to its customers."""
    found = current_shop().portfolio()
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
    }
    return render(request, "customers/portfolio.html", context)
