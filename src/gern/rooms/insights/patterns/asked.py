"""What a page of patterns asks, read from its address; the same text names the people of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gern.core.conditions.words import OPS
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.asking import GRANULARITIES, TRAIT, Granularity
from gern.core.figures.periods import Period, add_months, parse_day
from gern.core.patterns.affinity import LEAST, How, Of
from gern.core.patterns.attribution import MODELS, Model
from gern.core.patterns.funnel import MOST
from gern.core.patterns.journeys import Which
from gern.core.shop import Shop
from gern.core.shop_journeys import By
from gern.kit.access import hidden_from, may_open
from gern.kit.conditions import proposals
from gern.kit.meanings import event_name, meanings
from gern.rooms.insights.access import sees_people
from gern.rooms.insights.patterns.picks import Pick, picked
from gern.rooms.insights.queries import groupable_traits
from gern.rooms.insights.state import PageState, read_state

BUYING = "Order Completed"
USUAL_STEPS = ("Page Viewed", "Product Viewed", "Product Added", "Checkout Started", BUYING)
WINDOWS: dict[str, str | Promise] = {
    "30m": _("30 minutes"), "1h": _("1 hour"), "1d": _("1 day"), "7d": _("7 days"),
    "14d": _("14 days"), "30d": _("30 days"), "90d": _("90 days"), "365d": _("1 year"),
}  # fmt: skip
MODES: dict[str, str | Promise] = {
    "in": _("in the step itself"),
    "in-or-after": _("in it or later"),
}
FIRSTS: dict[str, str | Promise] = {
    "first-ever": _("their first ever"),
    "first-in-range": _("their first in the period"),
}
WHICH: dict[str, str | Promise] = {
    "all": _("all of them"),
    "first": _("each person's first ever"),
    "repeat": _("the later ones"),
}
BYS: dict[By, str | Promise] = {"event": _("events"), "touchpoint": _("touchpoints")}
EVERY: dict[str, str | Promise] = {
    "day": _("days"),
    "week": _("weeks"),
    "month": _("months"),
    "quarter": _("quarters"),
    "year": _("years"),
}


@dataclass(frozen=True)
class CohortsAsked:
    """Of the page of cohorts. ``trait``, ``said``: only people of whom this was said last."""

    begin: Pick
    back: Pick
    every: Granularity
    mode: Any
    first: Any
    revenue: bool
    trait: str
    said: str

    @property
    def text(self) -> dict[str, str]:
        """As it stands in an address."""
        found = {**self.begin.text("begin"), **self.back.text("back"), "every": self.every,
                 "mode": self.mode, "first": self.first}  # fmt: skip
        found |= {"trait": self.trait, "said": self.said} if self.of_trait else {}
        return found | ({"revenue": "1"} if self.revenue else {})

    @property
    def of_trait(self) -> tuple[str, str] | None:
        """As the patterns take it."""
        return (self.trait, self.said) if self.trait and self.said else None


@dataclass(frozen=True)
class FunnelAsked:
    """Of the page of funnels. ``by``: the trait it is broken down by; ``every``: over time in such
    steps; empty: not."""

    steps: tuple[Pick, ...]
    window: str
    strict: bool
    without: Pick
    by: str
    every: Granularity | None

    @property
    def text(self) -> dict[str, str]:
        """As the steps of it stand in an address."""
        found = {"window": self.window, "order": "strict" if self.strict else "any"}
        for i, one in enumerate(self.steps, start=1):
            found |= one.text(f"step{i}")
        return found | self.without.text("without")

    @property
    def question(self) -> dict[str, Any]:
        """As the patterns take it."""
        return {"steps": [one.step for one in self.steps], "window": self.window,
                "strict": self.strict, "without": self.without.step if self.without else None}  # fmt: skip


@dataclass(frozen=True)
class MomentsAsked:
    """Of the page of moments that matter."""

    goal: Pick
    which: Which
    look_back: str
    model: Model
    by: By

    @property
    def text(self) -> dict[str, str]:
        """As it stands in an address."""
        return {**self.goal.text("goal"), "which": self.which, "look_back": self.look_back,
                "model": self.model, "by": self.by}  # fmt: skip


@dataclass(frozen=True)
class PathsAsked:
    """Of the page of paths. ``anchor``: ``from`` or ``to`` the event, empty: from the beginning."""

    anchor: str
    event: str
    steps: int
    gap: str
    by: By


@dataclass(frozen=True)
class AffinityAsked:
    """Of the page of affinity."""

    how: How
    of: Of
    least: int


def moments_asked(query: Mapping[str, str]) -> MomentsAsked:
    """What is not said is usual."""
    return MomentsAsked(
        goal=picked(query, "goal", BUYING),
        which=next((w for w in get_args(Which) if w == query.get("which")), "all"),
        look_back=query["look_back"] if query.get("look_back") in WINDOWS else "30d",
        model=next((m for m in MODELS if m == query.get("model")), "markov"),
        by="event" if query.get("by") == "event" else "touchpoint",
    )


def paths_asked(query: Mapping[str, str]) -> PathsAsked:
    """What is not said is usual."""
    steps = query.get("steps", "")
    return PathsAsked(
        anchor=query["anchor"] if query.get("anchor") in ("from", "to") else "",
        event=query.get("event", "").strip()[:200],
        steps=int(steps) if steps in map(str, range(2, 11)) else 5,
        gap=query["gap"] if query.get("gap") in ("1d", "7d", "never") else "",
        by="touchpoint" if query.get("by") == "touchpoint" else "event",
    )


def affinity_asked(query: Mapping[str, str]) -> AffinityAsked:
    """What is not said is usual."""
    least = query.get("least", "")
    fits = least.isascii() and least.isdecimal() and 2 <= int(least[:7]) <= 100_000
    return AffinityAsked(
        how=next((h for h in get_args(How) if h == query.get("how")), "together"),
        of=next((o for o in get_args(Of) if o == query.get("of")), "product"),
        least=int(least[:7]) if fits else LEAST,
    )


def cohorts_asked(query: Mapping[str, str], *, revenue: bool = True) -> CohortsAsked:
    """What is not said is usual. ``revenue``: whether it may be asked for."""
    return CohortsAsked(
        begin=picked(query, "begin", BUYING),
        back=picked(query, "back", BUYING),
        every=next((g for g in GRANULARITIES if g == query.get("every")), "month"),
        mode=query["mode"] if query.get("mode") in MODES else "in",
        first=query["first"] if query.get("first") in FIRSTS else "first-ever",
        revenue=revenue and query.get("revenue") == "1",
        trait=query.get("trait", "").strip()[:200],
        said=query.get("said", "").strip()[:500],
    )


def funnel_asked(query: Mapping[str, str], usual: Sequence[str] = ()) -> FunnelAsked:
    """What is not said is usual."""
    given = [picked(query, f"step{i}") for i in range(1, MOST + 1)]
    by = query.get("by", "").strip()[:200]
    return FunnelAsked(
        steps=tuple(one for one in given if one) if is_built(query) else tuple(map(Pick, usual)),
        window=query["window"] if query.get("window") in WINDOWS else "7d",
        strict=query.get("order") == "strict",
        without=picked(query, "without"),
        by=by.removeprefix(TRAIT) if by.startswith(TRAIT) else "",
        every=next((g for g in GRANULARITIES if g == query.get("every")), None),
    )


def is_built(query: Mapping[str, str]) -> bool:
    """Whether an address names steps at all."""
    return "built" in query or any(key.startswith("step") for key in query)


def usual_steps(shop: Shop, period: Period) -> list[str]:
    """The steps of a purchase, as far as people took them in the period."""
    sql = (
        "SELECT DISTINCT name FROM events WHERE traffic IS NULL AND person IS NOT NULL"
        " AND ts >= $since AND ts < $until AND name IN (SELECT unnest($names))"
    )
    values = {"since": period.since, "until": period.until, "names": list(USUAL_STEPS)}
    found = shop.door.ask(Question(sql, values, "usual steps", period.since, period.until))
    taken = {row["name"] for row in found}
    return [name for name in USUAL_STEPS if name in taken]


def names_seen(shop: Shop) -> list[str]:
    """Names of events that came in, orders of files among them."""
    found = set(proposals(shop)["names"])
    if shop.door.has_event("name = 'Order Completed'"):
        found.add(BUYING)
    return sorted(found)


def builder(shop: Shop, user: Any) -> dict[str, Any]:
    """What the form of a page needs: events to pick, and for who may see people what was said of them."""
    traits = groupable_traits(shop) if sees_people(user) else []
    return {"names": named(names_seen(shop)), "pick_ops": OPS.items(), "trait_mark": TRAIT,
            "traits": traits}  # fmt: skip


def shown(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page; a question that cannot be answered is an error for all but the page itself, which
    shows it beside the form."""
    failed = context["problem"] and not request.htmx  # type: ignore[attr-defined]
    return render(request, template, context, status=422 if failed else 200)


def named(names: list[str]) -> list[tuple[str, str]]:
    """(name, what it is called in the reader's language)."""
    known = meanings()
    return [(name, event_name(name, known)) for name in names]


def state_of(request: HttpRequest, shop: Shop) -> PageState:
    """The period of the address; else the last twelve months, from the first of one."""
    today = shop.today()
    usual = shop.period(add_months(today, -12).replace(day=1), today)
    return read_state(request, shop, usual=usual)


def may_list(user: Any) -> bool:
    """Whether the list of customers shows them who is behind a number."""
    return may_open(user, reverse("customers"), "editor") and not hidden_from(user)


def days_text(period: Period) -> dict[str, str]:
    """A period as it stands in an address; ``to`` is its last day."""
    return {"from": str(period.start), "to": str(period.last_day)}


def period_of(query: Mapping[str, str], shop: Shop) -> Period:
    """The period of an address; ``BadInput`` when it names none."""
    start, last = parse_day(query.get("from", ""), "from"), parse_day(query.get("to", ""), "to")
    if last == date.max:
        raise BadInput(
            "The period ends too late.", param="to", german="Der Zeitraum endet zu spät."
        )
    return shop.period(start, last + timedelta(days=1))


def link_of(kind: str, text: Mapping[str, str]) -> str:
    """How the list of customers is asked for the people of a cell or step (`found.found`)."""
    return f"{kind}:{urlencode({name: value for name, value in text.items() if value})}"


def checked_number(text: str | None, param: str) -> int:
    """A small whole number; ``BadInput`` when it is none."""
    if text and text.isascii() and text.isdecimal() and len(text) < 5:
        return int(text)
    raise BadInput(f"{text!r} is no number.", param=param, german=f"„{text}“ ist keine Zahl.")
