"""The pictures of the pages, as files, on dashboards and for readers without JavaScript."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gern.core.figures.periods import Period
from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.charts import Spec
from gern.kit.exports import as_drawn
from gern.kit.shop import current_shop
from gern.rooms.insights.models import SavedPattern
from gern.rooms.insights.patterns.affinity import affinity_spec
from gern.rooms.insights.patterns.asked import state_of
from gern.rooms.insights.patterns.cohorts import cohorts_spec
from gern.rooms.insights.patterns.funnel import funnel_spec
from gern.rooms.insights.patterns.moments import moments_spec
from gern.rooms.insights.patterns.picks import check_may_ask
from gern.rooms.insights.patterns.staying import staying_spec

SPECS = {
    "cohorts": cohorts_spec,
    "funnel": funnel_spec,
    "staying": staying_spec,
    "moments": moments_spec,
    "affinity": affinity_spec,
}


@allow("viewer", people=False)
@require_safe
def pattern_chart(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    """The picture of a page as SVG or PNG."""
    shop = current_shop()
    check_may_ask(request.user, request.GET.dict())
    query, period = request.GET.dict(), state_of(request, shop).period
    spec = SPECS[name](query, shop, period) if name in SPECS else None
    if spec is None:
        raise Http404
    return as_drawn(kind, name, spec)


def spec_of(pattern: SavedPattern, shop: Shop, period: Period) -> Spec | None:
    """The picture of a saved pattern in a period; None: there is nothing to draw."""
    if pattern.page not in SPECS:
        return None
    return SPECS[pattern.page](dict(parse_qsl(pattern.query)), shop, period)


def twin(spec: Any) -> list[tuple[str, str]]:
    """What a picture shows, as a table: (label, value)."""
    if isinstance(spec, dict):
        values = spec.get("values")
        if (
            isinstance(values, list)
            and values
            and isinstance(values[0], dict)
            and "shown" in values[0]
        ):
            return [(str(v.get("group") or v.get("period")), str(v["shown"])) for v in values]
        inner = list(spec.values())
    else:
        inner = spec if isinstance(spec, list) else []
    return next((found for one in inner if (found := twin(one))), [])
