"""Personas are measured anew once a week, and when somebody asks for it in a large shop."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Persona
from gern.rooms.customers.personas.services import measure

OLD = timedelta(days=7)
FIRST = timedelta(minutes=15)


@job(gettext_lazy("Measuring a persona"), queue="long", attempts=1)
def measure_persona(pk: int) -> None:
    """Nothing to do when it is gone."""
    if persona := Persona.objects.filter(pk=pk).first():
        measure(current_shop(), persona)


@job(gettext_lazy("Measuring personas"), queue="long", attempts=1)
def measure_old() -> None:
    """Those measured a week ago, and those whose first measuring came to nothing."""
    now = timezone.now()
    old = Q(measured_at__lt=now - OLD) | Q(measured_at=None, created__lt=now - FIRST)
    for persona in Persona.objects.exclude(audience=None).filter(old):
        measure(current_shop(), persona)


every("customers_personas", measure_old, seconds=1800)
