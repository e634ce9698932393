"""The pictures of the pages, as files and for readers without JavaScript."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gern.kit.access import allow
from gern.kit.exports import as_drawn
from gern.kit.shop import current_shop
from gern.rooms.insights.patterns.affinity import affinity_spec
from gern.rooms.insights.patterns.asked import state_of
from gern.rooms.insights.patterns.cohorts import cohorts_spec
from gern.rooms.insights.patterns.funnel import funnel_spec
from gern.rooms.insights.patterns.moments import moments_spec
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
    spec = SPECS[name](request, shop, state_of(request, shop)) if name in SPECS else None
    if spec is None:
        raise Http404
    return as_drawn(kind, name, spec)
