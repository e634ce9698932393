"""Breaches, and the 72 hours in which the authority must know (Art. 33(1))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gern.rooms.protect.models import Breach

HOURS = 72


@dataclass(frozen=True)
class Clock:
    """``due``: until when the authority must know; None: it need not, or knows. ``hours``: so many
    are left, below 0 it is over. ``people``: the people must still be told."""

    breach: Breach
    due: datetime | None
    hours: int
    people: bool


def clock(breach: Breach, now: datetime) -> Clock:
    """What is still to be done for this one."""
    due = breach.known + timedelta(hours=HOURS)
    wanted = breach.risk != Breach.Risk.NONE and breach.told_authority is None
    people = breach.risk == Breach.Risk.HIGH and breach.told_people is None
    return Clock(breach, due if wanted else None, int((due - now).total_seconds() // 3600), people)


def clocks(now: datetime) -> list[Clock]:
    """All breaches, the newest first."""
    return [clock(one, now) for one in Breach.objects.all()]
