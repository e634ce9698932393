"""The counter card (Tante-Emma-Karte): the few lines the owner of a corner shop would know.

Each line is computed from the log, with its date and where it comes from; what the log does not
tell is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from gern.core.engines.door import Door
from gern.core.figures.people import orders_of
from gern.core.people.card import contacts, habits
from gern.core.people.card.line import CardLine
from gern.core.people.card.occasions import occasions
from gern.core.people.events import bought_by, events_of
from gern.core.people.traits import consents, traits
from gern.core.zones import local_day, zone_named


def counter_card(
    door: Door, person: str, today: date, zone: str, *, roles: Mapping[str, Sequence[str]],
    fees: Sequence[str],
) -> list[CardLine]:  # fmt: skip
    """All lines that can be said of this customer today, in the order of the counter."""
    here = zone_named(zone)
    events = events_of(door, person)
    bought = bought_by(door, person, fees, here)
    days = [local_day(o["ts"], here) for o in orders_of(door, person) if o["purchase"]]
    trouble = contacts.trouble(events, here)
    said = consents(events)
    return [
        *habits.usual(bought, days, today),
        *habits.due(days, today),
        *habits.offers(bought, today),
        *trouble,
        *contacts.answers(events, here),
        *occasions(traits(events), days, today, here),
        *contacts.dont(events, today, here, roles=roles, consents=said, trouble=trouble),
    ]
