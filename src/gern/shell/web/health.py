"""For the load balancer and the supervisor."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from gern.kit.access import allow
from gern.kit.shop import current_shop


@allow("public")
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@allow("public")
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and log answer too; 503 says which does not."""
    problems = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        problems.append("database")
    try:
        current_shop().manifest.segments()
    except Exception:
        problems.append("log")
    return JsonResponse(
        {"status": "not ready" if problems else "ok", "problems": problems},
        status=503 if problems else 200,
    )
