"""All components on one page, for those who build them. Only with GERN_DEVELOPMENT=1."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gern.kit.access import allow
from gern.kit.charts import bars_chart, number_locale, trend_chart
from gern.shell.web import errors

NUMBERS = [62.0, 64.5, 63.1, None, 66.0, 65.2, 69.8, 71.4]


@allow("admin")
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Components in all their states, with invented numbers."""
    if not settings.DEVELOPMENT:
        raise Http404
    if request.GET.get("page") == "missing":  # in development Django shows a page of its own
        return errors.not_found(request)
    points = [
        {"label": f"{n}.", "period": f"{n}.", "value": v, "shown": f"{v}"}
        for n, v in enumerate(NUMBERS, start=1)
        if v is not None
    ]
    groups = [
        {"group": name, "value": v, "low": v - 4, "high": v + 4, "shown": f"{v}", "interval": ""}
        for name, v in (("Deutschland", 71.0), ("Österreich", 64.0), ("Schweiz", 58.0))
    ]
    context = {
        "values": NUMBERS,
        "one": [1.0],
        "trend": trend_chart(points, "percent", "Kundenbindungsrate"),
        "bars": bars_chart(groups, "percent", "Kundenbindungsrate"),
        "number_locale": number_locale(),
    }
    return render(request, "shell/gallery.html", context)
