"""The chart library, made from the wheel."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gern.kit.access import allow
from gern.kit.bundle import bundle_name, chart_bundle


@allow("public")
@require_safe
def bundle(request: HttpRequest, name: str) -> HttpResponse:
    """Gzipped; its name holds the version, so it may be kept for ever."""
    if name != bundle_name():
        raise Http404
    response = HttpResponse(chart_bundle().read_bytes(), content_type="text/javascript")
    response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
