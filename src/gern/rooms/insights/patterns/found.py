"""Who is behind a cell of a cohort, a step of a funnel or a touchpoint: for the list of customers
(`kit.subsets.add_found`)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from gern.core.figures.periods import parse_day
from gern.core.people.listing import Subset
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.meanings import event_name, meanings
from gern.rooms.insights.patterns.asked import (
    checked_number,
    cohorts_asked,
    funnel_asked,
    moments_asked,
    period_of,
)


def found(shop: Shop, text: str) -> tuple[Subset, str] | None:
    """The people and what they are called; None: it is no pattern of ours."""
    kind, _sign, asked = text.partition(":")
    query = dict(parse_qsl(asked))
    if kind == "cohort":
        people, label = _of_cohort(shop, query)
    elif kind == "funnel":
        people, label = _of_funnel(shop, query)
    elif kind == "moment":
        people, label = _of_moment(shop, query)
    else:
        return None
    return Subset("SELECT unnest($pattern) AS person", {"pattern": people or [""]}), label


def _of_cohort(shop: Shop, query: dict[str, Any]) -> tuple[list[str], str]:
    asked, period = cohorts_asked(query), period_of(query, shop)
    cohort = parse_day(query.get("cohort", ""), "cohort")
    k = checked_number(query["k"], "k") if query.get("k") else None
    came_back = query.get("back_or_not") != "not"
    people = shop.cohort_people(
        asked.begin.step, asked.back.step, period.start, period.end, asked.every, cohort=cohort,
        k=k, came_back=came_back, customers=True, mode=asked.mode, first=asked.first,
        trait=asked.of_trait,
    )  # fmt: skip
    day = formats.day(cohort)
    if k is None:
        return people, _("cohort of %(day)s") % {"day": day}
    if came_back:
        return people, _("cohort of %(day)s, came back in step %(k)s") % {"day": day, "k": k}
    return people, _("cohort of %(day)s, did not come back in step %(k)s") % {"day": day, "k": k}


def _of_moment(shop: Shop, query: dict[str, Any]) -> tuple[list[str], str]:
    asked, period = moments_asked(query), period_of(query, shop)
    key, lost = query.get("touchpoint", ""), bool(query.get("lost"))
    people = shop.attribution_people(
        key, period.start, period.end, goal=asked.goal.step, look_back=asked.look_back,
        which=asked.which, reached=not lost, customers=True, by=asked.by,
    )  # fmt: skip
    point = shop.journey().named(key) if asked.by == "touchpoint" else None
    names = {
        "goal": asked.goal.called(meanings()),
        "touchpoint": formats.text(point.name) if point else event_name(key, meanings()),
    }
    if lost:
        return people, _("contact at “%(touchpoint)s” that did not lead to “%(goal)s”") % names
    return people, _("contact at “%(touchpoint)s” before “%(goal)s”") % names


def _of_funnel(shop: Shop, query: dict[str, Any]) -> tuple[list[str], str]:
    asked, period = funnel_asked(query), period_of(query, shop)
    after = checked_number(query.get("after"), "after")
    people = shop.fell_out(
        start=period.start, end=period.end, after=after, customers=True, **asked.question
    )
    known = meanings()
    here = asked.steps[after - 1].called(known)
    if after == len(asked.steps):
        return people, _("came as far as “%(here)s”") % {"here": here}
    following = asked.steps[after].called(known)
    return people, _("“%(here)s”, but not “%(following)s”") % {"here": here, "following": following}
