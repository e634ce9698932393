"""Who fits: conditions about people as one question for the door.

What people did how often is counted in one pass over the events for all conditions at once; the
rest is asked leaf by leaf (`conditions.sql`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gern.core.audiences.rule import Rules, by_the_day, windows
from gern.core.audiences.sets import sets_of
from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.nodes import Behind, Condition, Customer, Did
from gern.core.conditions.sql import PEOPLE_ONLY, Moment, compare_sql, event_sql, people_sql
from gern.core.conditions.tree import leaves
from gern.core.engines.heard import MATTERS
from gern.core.engines.question import Question
from gern.core.engines.relations import named_in
from gern.core.figures.catalogue import FIGURES
from gern.core.log.schema import VISITOR
from gern.core.predict.standing import SCORES

if TYPE_CHECKING:
    from gern.core.shop import Shop


LONGEST_SECONDS = 120
"""A question that takes longer is broken off."""


@dataclass(frozen=True)
class Asked:
    """``fits``: SQL of each condition over ``customers``; ``steps``: what goes before, each
    ``name AS (…)``."""

    fits: list[str]
    steps: list[str]
    values: dict[str, Any]
    since: datetime | None
    relations: frozenset[str]

    def question(self, select: str, purpose: str, among: Sequence[str] | None = None) -> Question:
        """``select`` with the steps in front of it."""
        head = f"WITH {', '.join(self.steps)} " if self.steps else ""
        sql = head + select
        few = None if among is None else tuple(among)
        return Question(
            sql, self.values, purpose, self.since, among=few, seconds=LONGEST_SECONDS,
            relations=self.relations | named_in(sql),
        )  # fmt: skip


def moment_of(shop: Shop, today: date) -> Moment:
    """Seen from a day, the day itself included: ``within_days=1`` is the day."""
    return Moment(today + timedelta(days=1), shop.period(today, today + timedelta(days=1)).instant)


def asked(shop: Shop, conditions: Sequence[Condition], rules: Rules, today: date) -> Asked:
    """``conditions``: resolved."""
    moment = moment_of(shop, today)
    sets = sets_of(shop, conditions, rules, moment)
    counted, steps = _counted(conditions, moment)
    known = {**sets.sql, **counted}
    fits = [people_sql(c, moment, known) for c in conditions]
    scored = [any(map(_by_score, leaves(c))) for c in conditions]
    if any(scored):  # nor by a "not" around it
        sets.values["left_out"] = sorted(shop.left_out_of_scores()) or [""]
        without = "person NOT IN (SELECT unnest($left_out))"
        fits = [f"({fit}) AND {without}" if out else fit for fit, out in zip(fits, scored, strict=True)]  # fmt: skip
    return Asked(fits, steps, sets.values, _since(conditions, moment), sets.relations)


def _by_score(leaf: Condition) -> bool:
    """Whether it asks for what is predicted: a score, or who is behind a figure of scores."""
    if isinstance(leaf, Customer):
        return leaf.field in SCORES
    figure = FIGURES.get(leaf.figure) if isinstance(leaf, Behind) else None
    return figure is not None and figure.of_scores


def _since(conditions: Sequence[Condition], moment: Moment) -> datetime | None:
    """Before when no event can matter; None: all can."""
    longest = 0
    for leaf in (leaf for c in conditions for leaf in leaves(c)):
        if isinstance(leaf, Customer) and not customer_field(leaf.field).relative:
            continue
        days = getattr(leaf, "within_days", None)
        if days is None:
            return None
        longest = max(longest, days)
    return moment.since(longest) if longest else None


def _counted(
    conditions: Sequence[Condition], moment: Moment
) -> tuple[Mapping[Condition, str], list[str]]:
    """(people of each `Did`, the step that counts them all)."""
    dids = list(dict.fromkeys(
        leaf for c in conditions for leaf in leaves(c) if isinstance(leaf, Did)
    ))  # fmt: skip
    if len(dids) < 2:
        return {}, []
    found: dict[Condition, str] = {}
    kinds: dict[str, str] = {}
    for did in dids:
        since = moment.since(did.within_days)
        begun = f" AND ts >= TIMESTAMP '{since}'" if since is not None else ""
        counts = f"{event_sql(did.event)}{begun}"
        n = kinds.setdefault(counts, f"n{len(kinds)}")
        if did.at_least:
            most = f" AND {n} <= {did.at_most}" if did.at_most is not None else ""
            found[did] = f"SELECT person FROM counted WHERE {n} >= {did.at_least}{most}"
        elif did.at_most is not None:
            some = f"SELECT person FROM counted WHERE {n} > {did.at_most}"
            found[did] = f"SELECT person FROM customers WHERE person NOT IN ({some})"
        else:
            found[did] = "SELECT person FROM customers"
    days = [did.within_days for did in dids]
    first = None if None in days else moment.since(max(d for d in days if d is not None))
    begun = f" AND ts >= TIMESTAMP '{first}'" if first is not None else ""
    columns = ", ".join(f"count(*) FILTER ({sql}) AS {n}" for sql, n in kinds.items())
    step = (
        f"counted AS MATERIALIZED (SELECT person, {columns} FROM events WHERE {PEOPLE_ONLY}"
        f" AND person IS NOT NULL AND ts < TIMESTAMP '{moment.until}'{begun} AND ({' OR '.join(f'({sql})' for sql in kinds)}) GROUP BY person)"
    )
    return found, [step]


def people_who_fit(shop: Shop, condition: Condition, rules: Rules, today: date) -> Question:
    """The question for all who fit, one column ``person``."""
    one = asked(shop, [condition], rules, today)
    return one.question(
        f"SELECT person FROM customers WHERE {one.fits[0]} ORDER BY person",
        "members of an audience",
    )


def size_and_some(
    shop: Shop, condition: Condition, rules: Rules, today: date, most: int = 10
) -> tuple[int, list[str]]:
    """(how many customers fit, the first of them by id), in one question."""
    question = people_who_fit(shop, condition, rules, today)
    sql = f"SELECT person, count(*) OVER () AS n FROM ({question.sql}) ORDER BY person LIMIT {most}"
    rows = shop.door.ask(replace(question, sql=sql, purpose="size of an audience"))
    return (int(rows[0]["n"]), [row["person"] for row in rows]) if rows else (0, [])


def which_fit(
    shop: Shop, conditions: Sequence[Condition], rules: Rules, today: date, among: Sequence[str]
) -> list[set[str]]:
    """Of these people, those who fit each condition."""
    fit: list[set[str]] = [set() for _ in conditions]
    if not conditions or not among:
        return fit
    found = asked(shop, conditions, rules, today)
    columns = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(found.fits))
    select = f"SELECT person, {columns} FROM customers"
    for row in shop.door.ask(found.question(select, "who is in which audience", among)):
        for i, members in enumerate(fit):
            if row[f"c{i}"]:
                members.add(row["person"])
    return fit


def aged(shop: Shop, conditions: Sequence[Condition], before: date, today: date) -> list[str]:
    """Everybody for whom one of the conditions may have become true or false only because time
    went on from one day to another."""
    old, new = moment_of(shop, before), moment_of(shop, today)
    spans = [(old.until, new.until)]
    for days in sorted({n for c in conditions for n in windows(c)}):
        begun, now = old.since(days), new.since(days)
        if begun is not None and now is not None:
            spans.append((begun, now))
    when = " OR ".join(f"(ts >= TIMESTAMP '{a}' AND ts < TIMESTAMP '{b}')" for a, b in spans)
    first = min(a for a, _ in spans)
    found = {row["person"] for row in shop.door.ask(Question(
        f"SELECT DISTINCT person FROM (SELECT person FROM events WHERE {MATTERS} AND ({when})"
        f" UNION ALL SELECT person FROM lines WHERE {when})"
        f" WHERE NOT starts_with(person, '{VISITOR}')",
        {}, "for whom time went on", first,
    ))}  # fmt: skip
    flips = []
    for leaf in {leaf for c in conditions for leaf in by_the_day(c)}:
        known = customer_field(leaf.field)
        then, now_ = (compare_sql(known.at(day), leaf.op, leaf.value, known.number)
                      for day in (before, today))  # fmt: skip
        flips.append(f"({then}) <> ({now_})")
    if flips:
        rows = shop.door.ask(Question(
            f"SELECT person FROM customers WHERE {' OR '.join(flips)}", {}, "for whom time went on"
        ))  # fmt: skip
        found |= {row["person"] for row in rows}
    return sorted(found)
