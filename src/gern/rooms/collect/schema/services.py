"""Say what a kind of event means; block or hash a property."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from gern.core.errors import BadInput
from gern.core.log.event import FORMS, INITIATORS
from gern.rooms.collect.models import EventKind, PropertyRule


def describe(name: str, **said: str) -> None:
    """Keep what people say: name_de, name_en, meaning, form, initiator; empty: the default."""
    if said.get("form") not in ("", None, *FORMS) or said.get("initiator") not in (
        "", None, *INITIATORS
    ):  # fmt: skip
        raise BadInput(f"Allowed: {', '.join(FORMS)} and {', '.join(INITIATORS)}.", param="form")
    EventKind.objects.update_or_create(
        name=name, defaults={key: value[:500] for key, value in said.items()}
    )


def treat(event: str, prop: str, treatment: str, user: Any = None) -> None:
    """From now on this property is ``block``ed or ``hash``ed before it is stored; empty: stored
    as it comes. What is in the log already stays."""
    if treatment not in ("", *PropertyRule.Treatment.values):
        raise BadInput(f"{treatment!r} is not allowed. Allowed: block, hash.", param="treatment")
    if not 0 < len(event) <= 500 or not 0 < len(prop) <= 200:
        raise BadInput(
            "Names have 1 to 500, those of properties 1 to 200 letters.", param="property"
        )
    with transaction.atomic():
        PropertyRule.objects.filter(event=event, name=prop).delete()
        if treatment:
            PropertyRule.objects.create(event=event, name=prop, treatment=treatment, by=user)
