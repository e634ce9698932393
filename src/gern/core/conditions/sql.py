"""Conditions as SQL, in the portable subset. Texts are written as literals in one place, so that
the query shown is the query that ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gern.core.conditions.customer_fields import customer_field
from gern.core.conditions.fields import field_named
from gern.core.conditions.nodes import (
    All,
    Any,
    Bought,
    Compare,
    Condition,
    Consent,
    Customer,
    Did,
    InOrder,
    Not,
    Trait,
)  # fmt: skip
from gern.core.conditions.tree import NUMBER_OPS, number_of

PEOPLE_ONLY = "traffic IS NULL"
_SIGNS = {"equals": "=", "more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}
CONSENTS = ("Consent Given", "Consent Withdrawn")


@dataclass(frozen=True)
class Moment:
    """From where a person is looked at. ``instant``: local midnight of a day as naive UTC."""

    day: date
    instant: Callable[[date], datetime]

    @property
    def last_day(self) -> date:
        """The last day that counts."""
        return self.day - timedelta(days=1)

    @property
    def until(self) -> datetime:
        """What happened at or after this does not count."""
        return self.instant(self.day)

    def since(self, within_days: int | None) -> datetime | None:
        """Where a window of local days before the moment begins."""
        return None if within_days is None else self.instant(self.day - timedelta(days=within_days))


def text(value: str) -> str:
    """A text as an SQL literal."""
    quoted = "'" + value.replace("'", "''") + "'"
    # a dollar in a text must not look like a value to bind
    return "(" + quoted.replace("$", "' || chr(36) || '") + ")" if "$" in value else quoted


def number(sql: str) -> str:
    """A text in SQL as an exact number, NULL when it is none."""
    return f"TRY_CAST({sql} AS DECIMAL(18,6))"


def event_sql(condition: Condition) -> str:
    """SQL that is true or false (never NULL) for a row of ``events``."""
    match condition:
        case Compare(field, op, value):
            return compare_sql(field_named(field).sql, op, value, field_named(field).number)
        case All(parts):
            return "(" + " AND ".join(map(event_sql, parts)) + ")" if parts else "true"
        case Any(parts):
            return "(" + " OR ".join(map(event_sql, parts)) + ")" if parts else "false"
        case Not(inner):
            return f"NOT {event_sql(inner)}"
    raise TypeError(condition)


def compare_sql(sql: str, op: str, value: str | tuple[str, ...], is_number: bool = False) -> str:
    """SQL that is true where ``sql`` compares so with the value."""
    if op == "known":
        return f"({sql} IS NOT NULL)" if is_number else f"(coalesce({sql}, '') <> '')"
    if op in NUMBER_OPS:
        left = sql if is_number else number(sql)
        return f"coalesce({left} {_SIGNS[op]} {number_of(str(value)):f}, false)"
    if isinstance(value, tuple):
        listed = ", ".join(map(text, value))
        return _known(sql, f"{sql} IN ({listed})") if value else "false"
    if op == "is":
        return _known(sql, f"{sql} = {text(value)}")
    function = {"contains": "contains", "starts_with": "starts_with"}[op]
    return f"coalesce({function}({sql}, {text(value)}), false)"


def _known(sql: str, comparison: str) -> str:
    """False where ``sql`` is NULL; of a plain column so that files are read by it."""
    if sql.isidentifier():
        return f"({sql} IS NOT NULL AND {comparison})"
    return f"coalesce({comparison}, false)"


Sets = Mapping[Condition, str]
"""Leaves that are worked out beforehand: SQL of their people, one column ``person``."""


def people_sql(condition: Condition, moment: Moment, sets: Sets | None = None) -> str:
    """SQL that is true or false for a row with a column ``person`` that is never NULL.

    ``sets`` says who fits the leaves that no SQL over the log alone can tell: members of other
    audiences, people behind a figure, places in the portfolio.
    """
    if sets and condition in sets:
        return _in(sets[condition])
    match condition:
        case All(parts):
            return "(" + " AND ".join(people_sql(p, moment, sets) for p in parts) + ")" if parts else "true"  # fmt: skip
        case Any(parts):
            return "(" + " OR ".join(people_sql(p, moment, sets) for p in parts) + ")" if parts else "false"  # fmt: skip
        case Not(inner):
            return f"NOT {people_sql(inner, moment, sets)}"
        case Did(_, at_least, at_most, _):
            if at_least == 0:
                return "true" if at_most is None else f"NOT {_in(_counted(condition, at_most + 1, None, moment))}"  # fmt: skip
            return _in(_counted(condition, at_least, at_most, moment))
        case Bought():
            return _in(_bought(condition, moment))
        case InOrder():
            return _in(_in_order(condition, moment))
        case Trait(key, op, value):
            return _in(_trait(key, op, value, moment))
        case Consent():
            return _in(_consent(condition, moment))
        case Customer(name, op, value) if not customer_field(name).relative:
            found = customer_field(name)
            fits = compare_sql(found.at(moment.last_day), op, value, found.number)
            return _in(f"SELECT person FROM customers WHERE {fits}")
    raise TypeError(condition)


def _in(query: str) -> str:
    # orders without a customer are events of nobody: one NULL in a list makes NOT IN true of nobody
    return f"person IN (SELECT person FROM ({query}) WHERE person IS NOT NULL)"


def _time(moment: Moment, within_days: int | None) -> str:
    since = moment.since(within_days)
    begun = f" AND ts >= TIMESTAMP '{since}'" if since is not None else ""
    return f"ts < TIMESTAMP '{moment.until}'{begun}"


def _counted(did: Did, at_least: int, at_most: int | None, moment: Moment) -> str:
    most = f" AND count(*) <= {at_most}" if at_most is not None else ""
    return (
        f"SELECT person FROM events WHERE {PEOPLE_ONLY} AND {_time(moment, did.within_days)}"
        f" AND {event_sql(did.event)} GROUP BY person HAVING count(*) >= {at_least}{most}"
    )


def _bought(bought: Bought, moment: Moment) -> str:
    what, where = bought_sql(bought, moment)
    below = f" AND {what} < {number_of(bought.below):f}" if bought.below is not None else ""
    return (
        f"SELECT person FROM lines WHERE person IS NOT NULL AND {where}"
        f" GROUP BY person HAVING {what} >= {number_of(bought.at_least):f}{below}"
    )


def bought_sql(bought: Bought, moment: Moment) -> tuple[str, str]:
    """(what is counted, of which ``lines``)."""
    what = {
        "pieces": "sum(quantity)",
        "value": "sum(amount)",
        "purchases": "count(DISTINCT concat(source, ' ', order_id))",
    }[bought.what]
    narrowed = "".join(
        f" AND {column} = {text(value)}"
        for column, value in (("product", bought.product), ("product_group", bought.product_group))
        if value is not None
    )
    where = (
        f"quantity > 0 AND NOT coalesce(cancelled, false) AND {_time(moment, bought.within_days)}"
    )
    return what, where + narrowed


def _in_order(order: InOrder, moment: Moment) -> str:
    """The latest begin of a chain that reaches each step, carried forward from step to step."""
    steps = ", ".join(f"{event_sql(s)} AS is_{i}" for i, s in enumerate(order.steps))
    stop = event_sql(order.then_not) if order.then_not is not None else "false"
    sql = (
        f"WITH chosen AS (SELECT person, ts, {steps}, {stop} AS stops FROM events"
        f" WHERE {PEOPLE_ONLY} AND {_time(moment, order.within_days)}),"
        " step_0 AS (SELECT *, CASE WHEN is_0 THEN ts END AS begun_0 FROM chosen)"
    )
    for i in range(1, len(order.steps)):
        sql += (
            f", step_{i} AS (SELECT *, CASE WHEN is_{i} THEN max(begun_{i - 1}) OVER earlier"
            f" END AS begun_{i} FROM step_{i - 1} WINDOW earlier AS (PARTITION BY person ORDER BY ts"
            " RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING))"
        )
    last = len(order.steps) - 1
    within = (
        f" AND ts <= begun_{last} + INTERVAL {order.within_minutes} MINUTE"
        if order.within_minutes
        else ""
    )
    return (
        f"{sql} SELECT person FROM step_{last} GROUP BY person"
        f" HAVING max(ts) FILTER (begun_{last} IS NOT NULL{within})"
        " > coalesce(max(ts) FILTER (stops), TIMESTAMP '0001-01-01')"
    )


def _trait(key: str, op: str, value: str | tuple[str, ...], moment: Moment) -> str:
    return (
        f"SELECT person FROM ({trait_sql(key, _time(moment, None))})"
        f" WHERE {compare_sql('value', op, value)}"
    )


def trait_sql(key: str, when: str) -> str:
    """SQL: (person, value) of the last value said of each person."""
    value = field_named(f"properties.{key}").sql
    return (
        f"SELECT person, arg_max({value}, (ts, event_id)) AS value FROM events"
        f" WHERE kind = 'identify' AND {when} AND {value} IS NOT NULL GROUP BY person"
    )


def _consent(consent: Consent, moment: Moment) -> str:
    asked = [Compare("properties.purpose", "is", consent.purpose)]
    if consent.channel is not None:
        asked.append(Compare("properties.channel", "is", consent.channel))
    names = ", ".join(map(text, CONSENTS))
    said = text(CONSENTS[0] if consent.given else CONSENTS[1])
    return (
        f"SELECT person FROM events WHERE name IN ({names}) AND {event_sql(All(tuple(asked)))}"
        f" AND {_time(moment, None)} GROUP BY person HAVING arg_max(name, (ts, name)) = {said}"
    )
