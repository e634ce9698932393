"""From a definition and a period to an answer, or to a time series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.answer import Answer, Group, Result, exact
from gern.core.figures.asking import (
    Granularity,
    around,
    buckets,
    first_day,
    in_steps,
    next_day,
    stepped_question,
    unit_question,
)
from gern.core.figures.definition import PER_HOUR, Figure
from gern.core.figures.intervals import MANY_UNITS, bootstrap, bootstrap_median, normal, wilson
from gern.core.figures.intervals import normal_limit as limit
from gern.core.figures.notes import left_out, notes
from gern.core.figures.periods import Period
from gern.core.figures.terms import Terms

Row = dict[str, Any]
Key = tuple[str | None, dt.date | None]
"""(group, first day of the bucket)."""


@dataclass(frozen=True)
class Point(Result):
    """One bucket of a time series; ``whole``: not cut off by the period's ends."""

    period: Period
    whole: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        days = {"from": self.period.start.isoformat(), "to": self.period.end.isoformat()}
        return {**days, "whole": self.whole, **super().to_dict()}


def compute(
    door: Door, figure: Figure, period: Period, terms: Terms, *, by: str | None = None,
    with_interval: bool = True, among: Sequence[str] | None = None,
) -> Answer:  # fmt: skip
    """The figure over the period; see `Answer`. ``among``: as if there were these people only."""
    only = None if among is None else tuple(among)
    question = replace(unit_question(door, figure, period, terms), among=only)
    measured = _measured(door, figure, question, with_interval)
    row = measured.get((None, None)) or _nobody(figure)
    groups = []
    if by:
        broken = replace(unit_question(door, figure, period, terms, by=by), among=only)
        for (name, _), found in _measured(door, figure, broken, with_interval, by=True).items():
            groups.append(
                Group(name=name or "", **_result(door, figure, broken, found, with_interval, name))
            )
        groups = [g for g in groups if g.n or g.numerator]
        groups.sort(key=lambda g: (-(g.denominator or abs(g.numerator)), g.name))
        question = broken
    return Answer(
        **_result(door, figure, question, row, with_interval, None),
        figure=figure,
        period=period,
        window_days=terms.window_days if figure.needs_window else None,
        currency=terms.currency,
        by=by,
        groups=groups,
        left_out=left_out(door, figure, period, row),
        notes=notes(door, figure, period, terms, groups, row["n"]),
        query=question.sql,
    )  # fmt: skip


def series(
    door: Door, figure: Figure, period: Period, terms: Terms, granularity: Granularity
) -> list[Point]:
    """The figure for every day, week, month … of the period, as if each had been asked alone.

    One query where rows depend on their own time only, or where it can be told of whole
    stretches who is a customer (`primitives.stepped`); else one for each bucket.
    """
    points = []
    parts = buckets(period, granularity)
    together: dict[Key, Row] | None = None
    if figure.primitive.in_buckets:
        question = unit_question(door, figure, period, terms, bucket=granularity)
        together = _measured(door, figure, question, False)
    elif len(parts) > 1 and in_steps(figure, terms):
        question = stepped_question(door, figure, period, terms, granularity)
        together = _measured(door, figure, question, False, steps=True)
    for part in parts:
        begin = first_day(part.start, granularity)
        clipped_to_a_day = part.days == 1 and granularity != "day"  # one day may say more
        if together is not None and not clipped_to_a_day:
            row = together.get((None, begin))
        else:
            question = unit_question(door, figure, part, terms)
            row = _measured(door, figure, question, False).get((None, None))
        whole = part.start == begin and part.end == next_day(begin, granularity)
        fields = _result(door, figure, question, row or _nobody(figure), False, None)
        points.append(Point(**fields, period=part, whole=whole))
    return points


def weigh(weights: Mapping[str, Fraction | int], row: Row) -> Fraction:
    """Σ weight × measure, exactly."""
    return sum((weight * Fraction(row[name]) for name, weight in weights.items()), Fraction(0))


def _measured(
    door: Door, figure: Figure, question: Question, with_interval: bool, *, by: bool = False,
    steps: bool = False,
) -> dict[Key, Row]:  # fmt: skip
    """Sums of all measures, how many units, and what else the figure needs, by group and bucket.
    ``steps``: of a `stepped_question`."""
    each = ", ".join(_sums(figure, with_interval, "1"))
    outer = f"SELECT grp, bucket, {each} FROM units GROUP BY grp, bucket"
    of_times = ", ".join(_sums(figure, with_interval, "times"))
    of_times = f"SELECT NULL AS grp, bucket, {of_times} FROM units GROUP BY bucket"
    rows = door.ask(around(question, of_times if steps else outer, of_times))
    return {(row["grp"] if by else None, row["bucket"]): row for row in rows}


def _sums(figure: Figure, with_interval: bool, times: str) -> list[str]:
    """Columns over units that stand for ``times`` people each."""
    used = " OR ".join(f"{m} <> 0" for m in {**figure.numerator, **figure.denominator})

    def total(what: str, when: str = "") -> str:
        found = f"sum({what} * times)" if times == "times" else f"sum({what})"
        return f"coalesce({found} FILTER ({when}), 0)" if when else found

    columns = [f"{total(m)} AS {m}" for m in figure.primitive.measures]
    columns.append(f"{total('1', used)} AS n")
    known = total("1", f"person IS NOT NULL AND ({used})")
    if figure.primitive.many_a_person:
        known = f"count(DISTINCT person) FILTER ({used})"
    unknown = total(_acts(figure), f"person IS NULL AND ({used})")
    columns.append(f"CASE WHEN {known} > 0 THEN {known} ELSE {unknown} END AS persons")
    if figure.median:
        value, counted = next(iter(figure.numerator)), next(iter(figure.denominator))
        columns.append(f"quantile_disc({value}, 0.5) FILTER ({counted} > 0) AS median_low")
        columns.append(f"-quantile_disc(-{value}, 0.5) FILTER ({counted} > 0) AS median_high")
    for part in figure.parts:
        if part.quantile is not None:
            among = next(iter(figure.denominator))
            columns.append(
                f"quantile_disc({part.measure}, {part.quantile}) FILTER ({among} > 0)"
                f" AS quantile_{part.id}"
            )
    if with_interval and figure.interval == "bootstrap" and not figure.median:
        top, bottom = _double(figure.numerator), _double(figure.denominator) or "0"
        columns += [
            f"{total(f'{top} * {top}', used)} AS top_top",
            f"{total(f'{top} * {bottom}', used)} AS top_bottom",
            f"{total(f'{bottom} * {bottom}', used)} AS bottom_bottom",
        ]
    return columns


def _acts(figure: Figure) -> str:
    """How many people at least are behind a row of nobody known: as many as were counted in it."""
    if figure.denominator:
        return f"greatest(1, {next(iter(figure.denominator))})"
    return f"greatest(1, {next(iter(figure.numerator))})" if figure.unit == "count" else "1"


def _double(weights: Mapping[str, Fraction | int]) -> str:
    terms = [f"{float(w)!r} * CAST({m} AS DOUBLE)" for m, w in weights.items()]
    return f"({' + '.join(terms)})" if terms else ""


def _nobody(figure: Figure) -> Row:
    return {"n": 0, "persons": 0, **dict.fromkeys(figure.primitive.measures, 0)}


def _result(
    door: Door, figure: Figure, question: Question, row: Row, with_interval: bool, group: str | None
) -> dict[str, Any]:
    """Fields of a `Result`."""
    numerator = weigh(figure.numerator, row)
    denominator = weigh(figure.denominator, row) if figure.denominator else None
    if figure.median:
        count = denominator or 0
        weight = next(iter(figure.numerator.values()))
        middle = Fraction(row.get("median_low") or 0) + Fraction(row.get("median_high") or 0)
        numerator, denominator = weight * middle / 2, Fraction(1 if count else 0)
    return {
        "numerator": numerator,
        "denominator": denominator,
        "factor": figure.factor,
        "offset": figure.offset,
        "parts": {part.id: _part(figure, part.id, row) for part in figure.parts},
        "n": int(row["n"]),
        "persons": int(row["persons"]),
        "interval": _interval(door, figure, question, row, numerator, denominator, group)
        if with_interval
        else None,
    }


def _part(figure: Figure, id: str, row: Row) -> Decimal | int | Fraction:
    part = figure.part_named(id)
    value = row.get(f"quantile_{id}") or 0 if part.quantile is not None else row[part.measure]
    if part.unit == "duration":
        return Fraction(value) * PER_HOUR
    return exact(value)


def _interval(
    door: Door, figure: Figure, question: Question, row: Row, numerator: Fraction,
    denominator: Fraction | None, group: str | None,
) -> tuple[float, float] | None:  # fmt: skip
    found: tuple[float, float] | None
    factor = float(figure.factor)
    if figure.interval == "wilson":
        return wilson(float(numerator), float(denominator or 0))
    if denominator == 0 or not row["n"]:
        return None
    if figure.interval == "normal":
        squares = float(sum(w * w * Fraction(row[m]) for m, w in figure.numerator.items()))
        return normal(float(numerator), squares, float(denominator or 0), factor)
    if figure.median:
        value, counted = next(iter(figure.numerator)), next(iter(figure.denominator))
        rows = _rows(door, question, f"coalesce(person, unit) AS whose, {value}", f"{counted} > 0", group)  # fmt: skip
        weight = float(next(iter(figure.numerator.values())))
        return bootstrap_median(
            [float(r[value]) * weight for r in rows], [str(r["whose"]) for r in rows]
        )
    if row["n"] > MANY_UNITS:
        bottom = None if denominator is None else float(denominator)
        moments = (float(row["top_top"]), float(row["top_bottom"]), float(row["bottom_bottom"]))
        found = limit(float(numerator), bottom, row["n"], moments, factor)
    else:
        weighted = list(dict.fromkeys([*figure.numerator, *figure.denominator]))
        some = " OR ".join(f"{m} <> 0" for m in weighted)
        columns = ", ".join(weighted)
        rows = _rows(door, question, columns, some, group, f"GROUP BY {columns}")
        found = bootstrap(
            [float(weigh(figure.numerator, r)) for r in rows],
            [float(weigh(figure.denominator, r)) for r in rows] if figure.denominator else None,
            [int(r["times"]) for r in rows],
            factor,
        )
    if found is None or not figure.offset:
        return found
    return found[0] + figure.offset, found[1] + figure.offset


def _rows(
    door: Door, question: Question, columns: str, where: str, group: str | None, rest: str = ""
) -> list[Row]:
    """Units by these columns. ``rest``: GROUP BY, then with their number (``times``)."""
    where = f"({where}){' AND grp = $group_name' if group is not None else ''}"

    def rows(times: str) -> str:
        return f"SELECT {columns}{times} FROM units WHERE {where} {rest} ORDER BY ALL"

    asked = around(question, rows(""))
    if rest:
        asked = around(question, rows(", count(*) AS times"), rows(", sum(times) AS times"))
    if group is not None:
        asked = replace(asked, values={**asked.values, "group_name": group})
    return door.ask(asked)
