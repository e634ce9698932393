"""The page *Jobs*: what waits, runs, went wrong, and what runs on schedule."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gern.kit.access import allow
from gern.kit.jobs import queries

STATES = {
    "FAILED": gettext_lazy("Failed"),
    "RUNNING": gettext_lazy("Running"),
    "READY": gettext_lazy("Waiting"),
    "SUCCESSFUL": gettext_lazy("Done"),
}


@allow("admin")
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Jobs by state."""
    counts = queries.counts()
    state = request.GET.get("show", "")
    if state not in STATES:
        state = next((s for s in ("FAILED", "RUNNING", "READY") if counts[s]), "SUCCESSFUL")
    context = {
        "state": state, "jobs": queries.jobs(state), "schedules": queries.schedules(),
        "tabs": [(key, label, counts[key]) for key, label in STATES.items()],
    }  # fmt: skip
    return render(request, "shell/jobs.html", context)


@allow("admin")
@require_POST
def job_restart(request: HttpRequest, id: UUID) -> HttpResponse:
    """Queue a failed job once more."""
    if queries.run_again(id):
        messages.success(request, _("It is queued again."))
    return redirect("jobs")


@allow("admin")
@require_POST
def job_removal(request: HttpRequest, id: UUID) -> HttpResponse:
    """Forget a failed job."""
    if queries.discard(id):
        messages.success(request, _("The job is forgotten."))
    return redirect("jobs")
