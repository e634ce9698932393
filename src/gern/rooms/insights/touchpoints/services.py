"""Changing the touchpoints of a shop: each change is a new version of the setting."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from gern.core.shop import Shop
from gern.core.text import Text
from gern.core.touchpoints.journey import PHASES, Journey, Touchpoint

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def keep(shop: Shop, journey: Journey, by: str) -> None:
    """From now on these are the touchpoints. ``BadInput`` when they make no sense."""
    shop.change_setting("touchpoints", journey.plain(), by)


def with_phases(journey: Journey, division: str, names: list[str], language: str) -> Journey:
    """Other phases; ``division``: a name of `PHASES`, or empty for ``names``, said in a language: one
    that is called so already keeps its name in the other. Touchpoints of phases that are no more
    go into the last one."""
    known = {one.in_language(language): one for one in journey.phases}
    own = tuple(known.get(name, Text(name, name)) for name in names)
    phases = PHASES.get(division, own)
    last = len(phases) - 1
    points = tuple(replace(one, phase=min(one.phase, last)) for one in journey.points)
    return Journey(phases, points, division if division in PHASES else "")


def with_point(journey: Journey, point: Touchpoint) -> Journey:
    """A touchpoint in place of the one with its key, or as the last."""
    if journey.named(point.key) is None:
        return replace(journey, points=(*journey.points, point))
    return replace(
        journey, points=tuple(point if one.key == point.key else one for one in journey.points)
    )


def without_point(journey: Journey, key: str) -> Journey:
    """One less."""
    return replace(journey, points=tuple(one for one in journey.points if one.key != key))


def moved(journey: Journey, key: str, step: int) -> Journey:
    """A touchpoint looked at earlier (−1) or later (1) by one place."""
    points = list(journey.points)
    here = next((i for i, one in enumerate(points) if one.key == key), None)
    if here is not None and 0 <= here + step < len(points):
        points[here], points[here + step] = points[here + step], points[here]
    return replace(journey, points=tuple(points))


def free_key(journey: Journey, name: str) -> str:
    """A key made of a name that no touchpoint has yet.

    >>> free_key(Journey((), ()), "Saal & Plätze")
    'saal-plaetze'
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_UMLAUTS))
    plain = plain.encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:34] or "touchpoint"
    key, number = base, 2
    while journey.named(key) is not None:
        key, number = f"{base}-{number}", number + 1
    return key
