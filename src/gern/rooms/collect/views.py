"""Pages of the import. Thin: check, call one service, render."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.imports import events
from gern.core.imports.kinds import LABELS, fields_of
from gern.core.imports.parsing import NOTES, REASONS
from gern.core.imports.remembered import remembered
from gern.core.text import Text
from gern.kit.access import allow
from gern.kit.shop import current_shop
from gern.rooms.collect import services
from gern.rooms.collect.forms import read_choice
from gern.rooms.collect.models import Feed, ImportRun


@allow("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Hand in a file; earlier imports."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            problem = _("Please choose a file first.")
        else:
            try:
                return redirect("import_run", services.hand_in(file, request.user).pk)
            except BadInput as error:
                problem = _said(error)
    context = {"runs": ImportRun.objects.select_related("by")[:20], "problem": problem,
               "feeds": Feed.objects.all(), "kinds": LABELS.items(),
               "has_data": current_shop().span() is not None}  # fmt: skip
    return render(request, "collect/imports.html", context, status=422 if problem else 200)


@allow("editor")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one import: what it is waiting for, how far it is, what came of it."""
    found = get_object_or_404(ImportRun, pk=pk)
    if found.state == ImportRun.State.UPLOADED:
        return _mapping_page(request, found)
    return render(request, "collect/run.html", _result(found))


@allow("editor")
@require_POST
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was chosen and show the rows as they would be read with it."""
    found = get_object_or_404(ImportRun, pk=pk, state=ImportRun.State.UPLOADED)
    try:
        _choose(found, request)
    except BadInput as error:
        return _mapping_page(request, found, _said(error))
    if request.htmx:  # type: ignore[attr-defined]
        return _mapping_page(request, found)
    return redirect("import_run", found.pk)


@allow("editor")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Import it as chosen."""
    found = get_object_or_404(ImportRun, pk=pk, state=ImportRun.State.UPLOADED)
    try:
        _choose(found, request)
    except BadInput as error:
        return _mapping_page(request, found, _said(error))
    problem = services.look(found).problem
    if problem:
        return _mapping_page(request, found, _said(problem))
    services.start(found)
    return redirect("import_run", found.pk)


@allow("editor")
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; when it has ended, the result."""
    found = get_object_or_404(ImportRun, pk=pk)
    response = render(request, "collect/state.html", _result(found))
    if found.state != ImportRun.State.RUNNING:
        response["HX-Refresh"] = "true"  # the frame changes too: the demo shop may have left
    return response


@allow("editor")
@require_POST
def replacement(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply the changed orders of an import that reported some."""
    found = get_object_or_404(ImportRun, pk=pk, state=ImportRun.State.DONE)
    if not found.has_file:
        messages.error(request, _("The file is no longer here. Please hand it in again."))
        return redirect("imports")
    services.start(found, replace=True)
    return redirect("import_run", found.pk)


@allow("editor")
@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away a file that has not been imported."""
    found = get_object_or_404(ImportRun, pk=pk)
    if found.state in (ImportRun.State.UPLOADED, ImportRun.State.FAILED):
        services.discard(found)
        messages.success(request, _("The file has been thrown away; nothing was imported."))
    return redirect("imports")


@allow("editor")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back everything an import brought in."""
    found = get_object_or_404(ImportRun, pk=pk, state=ImportRun.State.DONE)
    try:
        done = services.undo(found)
    except BadInput as error:
        messages.error(request, _said(error))
    else:
        messages.success(
            request,
            ngettext("%(n)d row has left the log.", "%(n)d rows have left the log.", done.rows)
            % {"n": done.rows},
        )
        if done.later:
            messages.warning(
                request,
                _("Later files of this system shared rows with it. Hand them in again."),
            )
    return redirect("imports")


@allow("editor")
@require_safe
def rejects(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The bad rows with their reasons, to be corrected and handed in."""
    name = get_object_or_404(ImportRun, pk=pk).numbers.get("reject_file")
    path = current_shop().home.rejects / str(name)
    if not name or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), as_attachment=True, filename="bad-rows.csv")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _choose(found: ImportRun, request: HttpRequest) -> None:
    choice = read_choice(request.POST, found.kind)
    services.choose(
        found, choice.mapping, choice.zone, choice.currency, choice.source, choice.fees,
        choice.kind, choice.event,
    )  # fmt: skip


def _mapping_page(request: HttpRequest, found: ImportRun, problem: str = "") -> HttpResponse:
    if not found.has_file:
        messages.error(request, _("The file is no longer here. Please hand it in again."))
        return redirect("imports")
    look = services.look(found)
    if look.problem and not problem:
        problem = _said(look.problem)
    chosen = {column: field for field, column in found.mapping.items()}
    shop = current_shop()
    context = {
        "run": found,
        "look": look,
        "problem": problem,
        "fields": fields_of(found.kind),
        "kinds": LABELS.items(),
        "needs_event": found.kind == "events" and "event" not in found.mapping,
        "remembered": remembered(shop.manifest, [c.name for c in look.columns]),
        "columns": [(column, chosen.get(column.name, "")) for column in look.columns],
        "bad_rows": [(row, _reason(row["reason"])) for row in look.bad],
        "notes": [_note(note) for note in look.notes],
        "zones": sorted(z for z in available_timezones() if "/" in z),
        "leaving_demo": shop.demo is not None,
        "section": "imports",
    }
    partial = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    template = "collect/mapping_form.html" if partial else "collect/mapping.html"
    status = 422 if problem and request.method == "POST" and not partial else 200
    return render(request, template, context, status=status)


def _result(found: ImportRun) -> dict[str, object]:
    report = found.numbers
    stages = {
        "reading": _("Reading the file"),
        "checking": _("Checking every row"),
        "comparing": _("Comparing with what is known"),
        "writing": _("Writing"),
        "done": _("Done"),
    }
    error = (found.error or {}).get((get_language() or "en")[:2], "")
    return {
        "run": found,
        "report": report,
        "stage": stages.get(found.stage, ""),
        "reasons": [(_reason(code), count) for code, count in report.get("reasons", {}).items()],
        "notes": [_note(note) for note in report.get("notes", [])],
        "error": error,
        "section": "imports",
    }


def _reason(code: str) -> Text:
    return REASONS.get(code) or events.REASONS[code]


def _note(code: str) -> Text:
    return NOTES.get(code) or events.NOTES[code]


def _said(error: BadInput) -> str:
    return error.german if (get_language() or "").startswith("de") else str(error)
