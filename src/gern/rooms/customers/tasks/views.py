"""What is to be done for customers: written, done, and all of it as a list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.figures.periods import parse_day
from gern.kit.access import allow
from gern.kit.inputs import number, one_line
from gern.kit.people import guard, page_of, posted_person
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Task
from gern.rooms.customers.person.services import may_own
from gern.rooms.customers.person.views import refused


@allow("editor", shows=("notes",))
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Open tasks, one's own or all, the oldest first."""
    everybody = request.GET.get("of") == "all"
    found = Task.objects.filter(done=None).select_related("owner")
    context = {
        "tasks": found if everybody else found.filter(owner=request.user),
        "everybody": everybody,
        "all": found.count(),
        "today": current_shop().today(),
        "section": "customers",
    }
    return render(request, "customers/tasks.html", context)


@allow("editor", shows=("notes",), own=True)
@require_POST
def task_addition(request: HttpRequest) -> HttpResponse:
    """Something is to be done for a customer by a day."""
    person, text = posted_person(request), one_line(request.POST.get("text", ""), 300)
    owner = may_own().filter(pk=number(request.POST.get("owner", "")))
    try:
        due = parse_day(request.POST.get("due", ""), "due")
    except BadInput:
        why = _("A task needs a day by which it is done. Nothing was saved.")
        return refused(request, person, "tasks", why)
    if text:
        Task.objects.create(
            person=person, text=text, due=due, owner=owner.first() or request.user, by=request.user
        )
    return redirect(f"{page_of(person)}#tasks")


@allow("editor", shows=("notes",), own=True)
@require_POST
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    """It is done, or open again."""
    task = get_object_or_404(Task, pk=pk)
    guard(request, current_shop().log.person(task.person))
    task.done = None if task.done else timezone.now()
    task.save(update_fields=["done"])
    back = request.POST.get("back") == "tasks"
    return redirect("tasks" if back else f"{page_of(task.person)}#tasks")
