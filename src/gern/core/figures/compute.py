"""From a definition and a period to an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gern.core.engines.door import Door, Question
from gern.core.errors import BadInput
from gern.core.figures.answer import Answer, Group, Note
from gern.core.figures.definition import Figure
from gern.core.figures.intervals import bootstrap, wilson
from gern.core.figures.periods import Period
from gern.core.text import Text

Row = dict[str, Any]


def compute(
    door: Door,
    figure: Figure,
    period: Period,
    *,
    by: str | None,
    window_days: int,
    fees: list[str],
    currency: str,
    with_interval: bool = True,
) -> Answer:
    """The figure over the period; see `Answer`. ``window_days`` is W in local calendar days."""
    question = unit_question(figure, period, by=by, window_days=window_days, fees=fees)
    total = question
    if by:
        total = unit_question(figure, period, by=None, window_days=window_days, fees=fees)
    fields: dict[str, Any] = _fields(door, figure, total, with_interval)[None]
    groups = []
    if by:
        answers = _fields(door, figure, question, with_interval, by)
        groups = [Group(name=name or "", **group) for name, group in answers.items()]
        groups.sort(key=lambda g: (-(g.denominator or g.numerator), g.name))
    return Answer(
        **fields,
        figure=figure,
        period=period,
        window_days=window_days if figure.needs_window else None,
        currency=currency,
        by=by,
        groups=groups,
        left_out=_left_out(door, figure, period),
        notes=_notes(door, figure, period, window_days, groups),
        query=question.sql.strip(),
    )


def unit_question(
    figure: Figure, period: Period, *, by: str | None, window_days: int, fees: list[str]
) -> Question:
    """The question whose rows are the units (customers) of the figure.

    Raises ``BadInput`` for a breakdown the figure does not have.
    """
    if by is not None and by not in figure.dimensions:
        raise BadInput(
            f"{figure.id} cannot be broken down by {by!r}."
            f" Allowed: {', '.join(figure.dimensions)}.",
            param="by",
            german=f"„{figure.name.de}“ lässt sich nicht nach „{by}“ aufgliedern."
            f" Möglich: {', '.join(figure.dimensions)}.",
        )
    window = timedelta(days=window_days)
    values = {
        "since": period.since,
        "until": period.until,
        "start_window": period.instant(period.start - window),
        "end_window": period.instant(period.end - window),
        "regular_since": period.instant(period.end - 2 * window),
        "fees": fees or [""],
    }
    since = None if figure.primitive.all_history else period.since
    # lines of an order placed in the period may be booked later
    until = period.until if figure.primitive.id in ("lines", "spenders") else None
    return Question(figure.primitive.query(by), values, f"figure {figure.id}", since, until)


def _fields(
    door: Door, figure: Figure, question: Question, with_interval: bool, by: str | None = None
) -> dict[str | None, dict[str, Any]]:
    """Group → fields of a `Result`; without a breakdown the one group is None."""
    measures = figure.primitive.measures
    sums = ", ".join(f"sum({m}) AS {m}" for m in measures)
    weighted = [*figure.numerator, *figure.denominator]
    used = " OR ".join(f"{m} <> 0" for m in dict.fromkeys(weighted))
    rows = door.ask(
        _around(
            question, f"SELECT grp, {sums}, count(*) FILTER ({used}) AS n FROM units GROUP BY grp"
        )
    )
    if not rows and not by:
        rows = [{"grp": None, "n": 0, **dict.fromkeys(measures, 0)}]
    samples = _samples(door, figure, question) if with_interval else {}
    result = {}
    for row in rows:
        numerator = weigh(figure.numerator, row)
        denominator = weigh(figure.denominator, row) if figure.denominator else None
        factor = 100 if figure.unit == "percent" else 1
        result[row["grp"]] = {
            "numerator": numerator,
            "denominator": denominator,
            "factor": factor,
            "parts": {part.id: _plain(row[part.measure]) for part in figure.parts},
            "n": int(row["n"]),
            "interval": _interval(figure, numerator, denominator, samples.get(row["grp"]), factor)
            if with_interval
            else None,
        }
    return result


def _samples(door: Door, figure: Figure, question: Question) -> dict[str | None, list[Row]]:
    """Per group the different rows of weighted measures and how often each occurs."""
    if figure.interval == "wilson":
        return {}
    measures = dict.fromkeys([*figure.numerator, *figure.denominator])
    used, condition = ", ".join(measures), " OR ".join(f"{m} <> 0" for m in measures)
    rows = door.ask(
        _around(
            question,
            f"SELECT grp, {used}, count(*) AS times FROM units WHERE {condition}"
            f" GROUP BY grp, {used} ORDER BY ALL",
        )
    )
    groups: dict[str | None, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["grp"], []).append(row)
    return groups


def _interval(
    figure: Figure,
    numerator: Fraction,
    denominator: Fraction | None,
    rows: list[Row] | None,
    factor: int,
) -> tuple[float, float] | None:
    if figure.interval == "wilson":
        return wilson(float(numerator), float(denominator or 0))
    if not rows or denominator == 0:
        return None
    return bootstrap(
        [float(weigh(figure.numerator, row)) for row in rows],
        [float(weigh(figure.denominator, row)) for row in rows] if figure.denominator else None,
        [int(row["times"]) for row in rows],
        factor,
    )


def weigh(weights: Mapping[str, Fraction | int], row: Row) -> Fraction:
    """Σ weight × measure, exactly."""
    return sum((weight * Fraction(row[name]) for name, weight in weights.items()), Fraction(0))


def _around(question: Question, outer: str) -> Question:
    sql = f"WITH units AS ({question.sql.strip()}) {outer}"
    return Question(sql, question.values, question.purpose, question.since, question.until)


def _plain(value: Any) -> Decimal | int:
    if isinstance(value, Decimal):
        return value.normalize() if value else Decimal(0)
    return int(value)


def _left_out(door: Door, figure: Figure, period: Period) -> dict[str, Decimal | int]:
    values = {"since": period.since, "until": period.until}
    foreign = door.ask(
        Question(
            "SELECT count(*) AS n FROM foreign_lines WHERE ts >= $since AND ts < $until",
            values,
            f"left out of {figure.id}",
            period.since,
            period.until,
        )
    )[0]["n"]
    left: dict[str, Decimal | int] = {"lines_in_other_currency": int(foreign)}
    if figure.customers_only:
        row = door.ask(
            Question(
                "SELECT count(*) AS n, coalesce(sum(value), 0) AS value FROM orders"
                " WHERE purchase AND person IS NULL AND ts >= $since AND ts < $until",
                values,
                f"left out of {figure.id}",
                period.since,
                period.until,
            )
        )[0]
        left["purchases_without_customer"] = int(row["n"])
        left["value_without_customer"] = _plain(row["value"])
    return left


def _notes(
    door: Door, figure: Figure, period: Period, window_days: int, groups: list[Group]
) -> list[Note]:
    notes = []
    first, last = span(door)
    if figure.needs_window and first:
        needed = period.instant(period.start - timedelta(days=window_days))
        if first > needed + timedelta(days=1):
            notes.append(
                Note(
                    "history_short",
                    Text(
                        f"Die Daten beginnen erst am {first:%d.%m.%Y}. Um zu wissen, wer am"
                        " Anfang des Zeitraums Kunde war, braucht es"
                        f" {window_days} Tage davor; die Zahl ist deshalb unvollständig.",
                        f"The data begin on {first:%Y-%m-%d}. To know who was a customer when the"
                        f" period began takes {window_days} days before it, so the number is"
                        " incomplete.",
                    ),
                )
            )
    if first and period.until <= first:
        notes.append(
            Note(
                "before_data",
                Text(
                    f"Die Daten beginnen erst am {first:%d.%m.%Y}, nach diesem Zeitraum.",
                    f"The data begin on {first:%Y-%m-%d}, after this period.",
                ),
            )
        )
    if last and period.until > last + timedelta(days=2):
        notes.append(
            Note(
                "data_end",
                Text(
                    f"Die Daten enden am {last:%d.%m.%Y}, vor dem Ende des Zeitraums.",
                    f"The data end on {last:%Y-%m-%d}, before the period does.",
                ),
            )
        )
    if groups and figure.primitive.id in ("orders", "buyers", "spenders", "products", "lines"):
        people = sum(g.n for g in groups)
        if figure.customers_only and people:
            notes.append(
                Note(
                    "groups_overlap",
                    Text(
                        "Wer in mehreren Gruppen gekauft hat, zählt in jeder; die Gruppen müssen"
                        " nicht die Gesamtzahl ergeben.",
                        "Who bought in several groups counts in each, so the groups need not"
                        " add up.",
                    ),
                )
            )
    return notes


def span(door: Door) -> tuple[datetime | None, datetime | None]:
    """(first, last) instant of the log, naive UTC; (None, None) when it is empty."""
    return door.span()
