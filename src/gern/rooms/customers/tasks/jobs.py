"""Reminders: whose tasks are due gets one mail a day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gern.kit.jobs import every, job
from gern.kit.mail import services as mail
from gern.kit.shop import current_shop


@job(gettext_lazy("Reminders of tasks"), attempts=3)
def remind() -> None:
    """Tell everybody what of theirs is due; nobody twice a day."""
    remind_on(current_shop().today())


def remind_on(today: date) -> int:
    """Put the mails of this day into the outbox; how many. They name the task, not the customer:
    a mailbox is no place for that."""
    from gern.rooms.customers.models import Task
    from gern.rooms.customers.person.services import may_own

    way = mail.setup()
    if way is None:
        return 0
    due = Task.objects.filter(done=None, due__lte=today, owner__in=may_own())
    of_owner: dict[Any, list[Task]] = defaultdict(list)
    for task in due.exclude(reminded=today).select_related("owner"):
        of_owner[task.owner].append(task)
    put = 0
    for owner, tasks in of_owner.items():
        with translation.override(owner.language or current_shop().language), transaction.atomic():
            n = len(tasks)
            subject = ngettext("%(n)s task is due", "%(n)s tasks are due", n) % {"n": n}
            lines = "\n".join(f"- {task.text}" for task in tasks)
            where = f"\n\n{way.address.rstrip('/')}{reverse('tasks')}" if way.address else ""
            why = _("You get this mail because these tasks are yours.")
            letter = mail.write(subject, f"{lines}{where}\n\n{why}")
            put += mail.put(f"tasks:{today}:{owner.pk}", owner.email, letter)
            Task.objects.filter(pk__in=[task.pk for task in tasks]).update(reminded=today)
    return put


every("customers_tasks", remind, seconds=3600)
