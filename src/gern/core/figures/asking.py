"""From a figure's primitive, a period and the shop's terms to the question for the door."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args

from gern.core.conditions.sql import Moment, people_sql, trait_sql
from gern.core.engines.door import Door
from gern.core.engines.local import local_day_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.definition import Figure
from gern.core.figures.periods import Period, add_months
from gern.core.figures.primitives.stepped import step_values
from gern.core.figures.primitives.visits import MONTH_LENGTHS
from gern.core.figures.primitives.walked import Span
from gern.core.figures.terms import Terms
from gern.core.figures.walks import walk_in_steps, walk_of
from gern.core.zones import local_instant, zone_named

Granularity = Literal["day", "week", "month", "quarter", "year"]
GRANULARITIES: tuple[Granularity, ...] = get_args(Granularity)
TRAIT = "trait:"
"""A breakdown by what was said of a person begins so: ``trait:plan``."""


def unit_question(
    door: Door, figure: Figure, period: Period, terms: Terms, *, by: str | None = None,
    bucket: Granularity | None = None,
) -> Question:  # fmt: skip
    """The question whose rows are the units (people) of the figure.

    Raises ``BadInput`` for a breakdown the figure does not have.
    """
    primitive = figure.primitive
    trait = by.removeprefix(TRAIT) if by and by.startswith(TRAIT) else None
    if trait is None and by is not None and by not in figure.dimensions:
        allowed = ", ".join((*figure.dimensions, f"{TRAIT}…"))
        raise BadInput(
            f"{figure.id} cannot be broken down by {by!r}. Allowed: {allowed}.",
            param="by",
            german=f"„{figure.name.de}“ lässt sich nicht nach „{by}“ aufgliedern. Möglich: {allowed}.",
        )
    local = _local(door, period)
    sql = primitive.query(terms, local, None if trait else by, bucket)
    values = _values(period, terms, one_day=bucket == "day")
    if "$unscored" in sql:
        values["unscored"] = sorted(terms.unscored()) or [""]
    if "$opens" in sql:
        values |= _calendar(period, terms, _years(door, period))
    since, until = None, None
    if primitive.history is not None:
        gap = terms.visit_gap_minutes if "{gap}" in primitive.sql else 0
        since = period.since - primitive.history - timedelta(minutes=gap)
    if primitive.ahead is not None:
        until = period.until + primitive.ahead
    if primitive.people is not None:
        moment = Moment(period.end, period.instant)
        sql = (
            f"SELECT * FROM ({sql}) WHERE person IS NOT NULL AND"
            f" {people_sql(primitive.people, moment)}"
        )
        since = None
    if trait is not None:
        measures = ", ".join(f"w.{m}" for m in primitive.measures)
        sql = (
            f"WITH whole AS ({sql}), said AS ({trait_sql(trait, 'ts < $since')})"
            f" SELECT w.unit, w.person, coalesce(s.value, '') AS grp, w.bucket, {measures}"
            " FROM whole AS w LEFT JOIN said AS s ON s.person = w.person"
        )
        since = None
    walk, walked = None, primitive.walked
    plain = by is None and primitive.people is None and not primitive.conditions
    if walked and plain and not _has_quantiles(figure) and not _of_contracts(figure, terms):
        span = _span(period, terms, bucket)
        walk = walk_of(
            walked, span, values, lambda of: primitive.query(terms, local, None, bucket, of)
        )
    # others would only make equal questions differ
    named = set(re.findall(r"\$(\w+)", sql + (walk.sql + (walk.beside or "") if walk else "")))
    values = {name: value for name, value in values.items() if name in named}
    return Question(sql, values, f"figure {figure.id}", since, until, walk=walk)


def in_steps(figure: Figure, terms: Terms) -> bool:
    """Whether one `stepped_question` gives a whole time series."""
    return (
        figure.primitive.stepped_sql is not None
        and not terms.contracts
        and not _has_quantiles(figure)
    )


def _has_quantiles(figure: Figure) -> bool:
    return figure.median or any(part.quantile is not None for part in figure.parts)


def _of_contracts(figure: Figure, terms: Terms) -> bool:
    return terms.contracts and figure.primitive.contracts_sql is not None


def stepped_question(
    door: Door, figure: Figure, period: Period, terms: Terms, granularity: Granularity
) -> Question:
    """The question whose rows are (bucket, person, measures, ``times``) of a whole time series."""
    parts = buckets(period, granularity)
    ends = [period.start, *(part.end for part in parts)]
    names = [first_day(part.start, granularity) for part in parts]
    primitive = figure.primitive
    sql = primitive.query(terms, _local(door, period), None, None, primitive.stepped_sql)
    values = {"until": period.until, **step_values(ends, names, terms.window_days)}
    walk = None
    if primitive.stepped_walked:
        walk = walk_in_steps(primitive.stepped_walked, period, ends, terms.window_days)
    return Question(sql, values, f"figure {figure.id}", None, period.until, walk=walk)


def _local(door: Door, period: Period) -> str:
    """SQL of the local day of a ``{column}``."""
    return local_day_sql("{column}", period.zone, *_years(door, period))


def _years(door: Door, period: Period) -> tuple[int, int]:
    first, last = door.span()
    return (first.year, last.year) if first and last else (period.start.year, period.end.year)


def _span(period: Period, terms: Terms, bucket: Granularity | None) -> Span:
    parts = buckets(period, bucket) if bucket else []
    begins = tuple((first_day(part.start, bucket), part.since) for part in parts if bucket)
    return Span(period.since, period.until, begins, terms.visit_gap_minutes)


def renamed(question: Question, prefix: str) -> tuple[str, dict[str, Any]]:
    """(SQL, values) of a question whose values have names of their own, to stand beside another."""
    sql = re.sub(r"\$(\w+)", rf"${prefix}\1", question.sql)
    return sql, {prefix + name: value for name, value in question.values.items()}


def around(question: Question, outer: str, of_times: str | None = None) -> Question:
    """A query over the units. ``of_times``: the same where they stand for several people (``times``),
    as those of a walk do; without it there is no walk."""
    walk = question.walk if of_times else None
    if walk:
        walk = replace(walk, sql=f"WITH units AS ({walk.sql}) {of_times}")
    return replace(question, sql=f"WITH units AS ({question.sql}) {outer}", walk=walk)


def buckets(period: Period, granularity: Granularity) -> list[Period]:
    """The days, weeks (Monday first), months … that touch the period, clipped to it."""
    found = []
    day = first_day(period.start, granularity)
    while day < period.end:
        following = next_day(day, granularity)
        found.append(Period(max(day, period.start), min(following, period.end), period.zone))
        day = following
    return found


def first_day(day: date, granularity: Granularity) -> date:
    """The first day of the bucket a day lies in."""
    if granularity == "week":
        return day - timedelta(days=day.weekday())
    if granularity == "month":
        return day.replace(day=1)
    if granularity == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if granularity == "year" else day


def next_day(day: date, granularity: Granularity) -> date:
    """The first day of the next bucket."""
    if granularity in ("day", "week"):
        return day + timedelta(days=1 if granularity == "day" else 7)
    return add_months(day, {"month": 1, "quarter": 3, "year": 12}[granularity])


def _values(period: Period, terms: Terms, *, one_day: bool) -> dict[str, Any]:
    window = timedelta(days=terms.window_days)
    gap = timedelta(minutes=terms.visit_gap_minutes)
    months = _whole_months(period)
    return {
        "since": period.since,
        "until": period.until,
        "before": period.before().since,
        "start_window": period.instant(period.start - window),
        "end_window": period.instant(period.end - window),
        "after_window": period.instant(period.end + window),
        "regular_since": period.instant(period.end - 2 * window),
        "year": period.instant(add_months(period.end, -12)),
        "visits_since": period.since - gap,
        "visits_until": period.until + timedelta(days=1),
        "first_day": period.start,
        "last_day": period.end,
        "days": period.days,
        "window_days": terms.window_days,
        "one_day": one_day or period.days == 1,
        "now": terms.now,
        "fees": list(terms.fees) or [""],
        "point_value": terms.point_value,
        "bundles": ["", *terms.binding["bundles"]],
        **{f"weight_{part}": float(w) for part, w in terms.binding["weights"].items()},
        **{f"mark_{cause}": m / 100 for cause, m in terms.binding["marks"].items()},
        "months": months or [date(1, 1, 1)],
        "month_weights": [MONTH_LENGTHS // monthrange(m.year, m.month)[1] for m in months] or [0],
    }


def _whole_months(period: Period) -> list[date]:
    month = period.start.replace(day=1)
    if month < period.start:
        month = add_months(month, 1)
    found = []
    while add_months(month, 1) <= period.end:
        found.append(month)
        month = add_months(month, 1)
    return found


def _calendar(period: Period, terms: Terms, years: tuple[int, int]) -> dict[str, Any]:
    """When the office opens and closes, and how much business time (µs) has passed by then."""
    zone = zone_named(period.zone)
    opens, closes, passed = [], [], []
    total = 0
    day, last = date(years[0], 1, 1), date(years[1], 12, 31)
    while day <= last:
        hours = terms.business_hours.get(day.weekday())
        if hours is not None:
            begin, end = (_at(day, minutes, zone) for minutes in hours)
            opens.append(begin)
            closes.append(end)
            passed.append(total)
            total += (end - begin) // timedelta(microseconds=1)
        day += timedelta(days=1)
    return {"opens": opens, "closes": closes, "passed": passed}


def _at(day: date, minutes: int, zone: Any) -> datetime:
    if minutes >= 1440:
        return local_instant(datetime.combine(day + timedelta(days=1), time()), zone)
    return local_instant(datetime.combine(day, time(minutes // 60, minutes % 60)), zone)
