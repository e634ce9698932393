"""Pages of targets and departments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.inputs import one_line
from gern.kit.shop import current_shop
from gern.rooms.insights import queries
from gern.rooms.insights.access import may_see
from gern.rooms.insights.dashboards.services import visible
from gern.rooms.insights.models import Department, Target
from gern.rooms.insights.targets.forms import TargetForm
from gern.rooms.insights.targets.progress import Progress, all_progress, baseline


@dataclass(frozen=True)
class Group:
    """The targets of a department; None: of none."""

    department: Department | None
    targets: list[Progress]


@allow("viewer")
@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """All targets by department."""
    shop = current_shop()
    found = all_progress(shop, partial(may_see, request.user))
    departments = [*Department.objects.all(), None]
    groups = [Group(d, [p for p in found if p.target.department == d]) for d in departments]
    context = {
        "groups": [g for g in groups if g.targets or g.department],
        "gone": Target.objects.exclude(figure__in=[f.id for f in shop.figures()]),
        "section": "targets",
    }
    return render(request, "insights/targets.html", context)


@allow("viewer")
@require_safe
def department(request: HttpRequest, pk: int) -> HttpResponse:
    """What one department answers for: its targets, their figures, its dashboards."""
    shop, one = current_shop(), get_object_or_404(Department, pk=pk)
    found = all_progress(shop, partial(may_see, request.user), department=one)
    period = shop.usual_period()
    figures = {p.figure.id: p.figure for p in found}
    context = {
        "department": one,
        "targets": found,
        "tiles": [queries.tile(shop, f, period) for f in figures.values()],
        "dashboards": [d for d in visible(request.user) if d.department_id == one.pk],
        "section": "targets",
    }
    return render(request, "insights/department.html", context)


@allow("editor", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def target_new(request: HttpRequest) -> HttpResponse:
    """Set one."""
    chosen = request.GET.get("figure", "")
    shop = current_shop()
    known = next((f for f in shop.figures() if f.id == chosen), None)
    sense = "at_most" if known and known.good == "down" else "at_least"
    start = {"figure": chosen, "sense": sense, "owner": request.user.pk}
    return _form(request, shop, Target(), start)


@allow("editor", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def target(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one. Its baseline stays what it was."""
    return _form(request, current_shop(), get_object_or_404(Target, pk=pk), None)


@allow("editor", people=False)
@require_POST
def target_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """It is a target no more."""
    get_object_or_404(Target, pk=pk).delete()
    messages.success(request, _("The target is gone."))
    return redirect("targets")


@allow("editor", people=False)
@require_POST
def department_addition(request: HttpRequest) -> HttpResponse:
    """A new department."""
    name = one_line(request.POST.get("name", ""), 80)
    if name:
        Department.objects.get_or_create(name=name, defaults={"by": request.user})
    return redirect("targets")


@allow("editor", people=False)
@require_POST
def department_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """It is gone; its targets and dashboards belong to none."""
    get_object_or_404(Department, pk=pk).delete()
    messages.success(request, _("The department is gone; its targets are kept."))
    return redirect("targets")


def _form(
    request: HttpRequest, shop: Shop, one: Target, initial: dict[str, object] | None
) -> HttpResponse:
    form = TargetForm(shop, request.POST or None, instance=one, initial=initial)
    before = (one.figure, one.span)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        if not kept.pk or (kept.figure, kept.span) != before:
            kept.start = shop.today()
            figure = shop.figure_named(kept.figure)
            kept.start_value = baseline(shop, figure, kept.span, kept.start)
        kept.by = kept.by or request.user
        kept.save()
        messages.success(request, _("The target is set."))
        return redirect("targets")
    figure = next((f for f in shop.figures() if f.id == form["figure"].value()), None)
    context = {
        "form": form,
        "target": one if one.pk else None,
        "known": queries.tile(shop, figure, shop.usual_period()) if figure else None,
        "section": "targets",
    }
    return render(request, "insights/target.html", context, status=200 if not form.errors else 422)
