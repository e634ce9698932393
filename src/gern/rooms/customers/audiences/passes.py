"""Keeping audiences current: only of whom something was heard, or for whom time went on, is looked
at again; for all audiences at once.

Audiences that ask for figures, places in the portfolio or a query can only be told by looking at
everybody; that is done once an hour and at the beginning of a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gern.core.audiences.asking import aged, which_fit
from gern.core.audiences.rule import Rules, condition_of, is_slow
from gern.core.conditions.nodes import Condition
from gern.core.engines.heard import MOST, Heard
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences.members import (
    base_of,
    fill,
    members,
    note,
    one_at_a_time,
    shorten,
)
from gern.rooms.customers.audiences.rules import rules
from gern.rooms.customers.models import Audience, AudiencePass

SLOW_EVERY = timedelta(hours=1)


def bring_current() -> int:
    """One pass; how many customers were looked at (all of them: -1)."""
    shop = current_shop()
    with one_at_a_time(shop):
        return _bring_current(shop)


def _bring_current(shop: Shop) -> int:
    done, _ = AudiencePass.objects.get_or_create(pk=1)
    known = rules(shop)
    fast, slow = _parted(shop, known)
    if not fast and not slow:
        return 0
    today = shop.today()
    then = Heard.of_plain(done.heard) if done.heard else None
    if shop.log.erasing():
        return 0  # who is being erased has not left: the next pass sees who is there
    now, people = shop.door.heard(then, shop.zone)
    joined = shop.log.joined_since(then.identity) if then else set()
    new_day = done.day != today
    if done.day is None or done.day > today:  # never yet, or the clock was turned back
        people = None
    conditions = {a.pk: condition_of(a.pk, known) for a in fast}
    if people is not None and new_day and done.day:
        waited = aged(shop, list(conditions.values()), done.day, today)
        people = sorted({*people, *waited})
        if len(people) > MOST:  # long without a pass
            people = None
    for audience in slow:
        since = timezone.now() - audience.as_of if audience.as_of else SLOW_EVERY
        if new_day or people is None or since >= SLOW_EVERY:
            fill(shop, audience, known, compare=True, joined=joined)
    missing = [a for a in fast if people is None or base_of(shop, a) is None]
    for audience in missing:
        fill(shop, audience, known, compare=True, joined=joined)
    rest = [a for a in fast if a not in missing]
    if people is not None:
        if people:
            of_rest = [conditions[a.pk] for a in rest]
            _look_again(shop, rest, of_rest, known, people, today, joined)
        Audience.objects.filter(pk__in=[a.pk for a in rest]).update(as_of=timezone.now())
    AudiencePass.objects.filter(pk=1).update(heard=now.to_plain(), day=today)
    for audience in rest:
        shorten(shop, audience)
    return -1 if people is None else len(people)


def _parted(shop: Shop, known: Rules) -> tuple[list[Audience], list[Audience]]:
    fast, slow = [], []
    for audience in Audience.objects.exclude(kind=Audience.LIST):
        try:
            is_one = is_slow(condition_of(audience.pk, known), known)
        except BadInput as error:  # a part of it is gone, or it cannot be read
            problem = error.german if shop.language == "de" else str(error)
            Audience.objects.filter(pk=audience.pk).update(problem=problem)
            continue
        (slow if is_one else fast).append(audience)
    return fast, slow


def _look_again(
    shop: Shop, audiences: Sequence[Audience], conditions: Sequence[Condition], known: Rules,
    people: list[str], today: date, joined: set[str],
) -> None:  # fmt: skip
    """Who of these is in which audience now, against who was."""
    fit = which_fit(shop, conditions, known, today, people)
    was = _members_among(shop, audiences, people)
    moved = {p: now for p, now in zip(people, shop.log.people(people), strict=True) if p != now}
    with transaction.atomic():
        for audience, now in zip(audiences, fit, strict=True):
            before = was.get(audience.pk, set())
            came, left = sorted(now - before), sorted(before - now)
            if not came and not left:
                continue
            # the id that is no more leaves quietly, and whoever it became comes quietly; so does
            # who was parted from a member
            gone = {p for p in left if p in moved}
            heirs = {moved[p] for p in before if p in moved}
            parted = joined if before & joined else set()
            note(audience, came, left, gone | (set(came) & (heirs | parted)))
            Audience.objects.filter(pk=audience.pk).update(size=F("size") + len(came) - len(left))


def _members_among(
    shop: Shop, audiences: Sequence[Audience], people: list[str]
) -> dict[int, set[str]]:
    parts, values = [], {}
    for audience in audiences:
        subset = members(shop, audience)
        values |= dict(subset.values)
        parts.append(
            f"SELECT {audience.pk} AS id, person FROM ({subset.sql})"
            " WHERE person IN (SELECT unnest(CAST($people AS VARCHAR[])))"
        )
    found: dict[int, set[str]] = {}
    if parts:
        question = Question(" UNION ALL ".join(parts), {**values, "people": people}, "who was in which audience")  # fmt: skip
        for row in shop.door.ask(question):
            found.setdefault(row["id"], set()).add(row["person"])
    return found
