"""What a primitive is, and how its SQL is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gern.core.conditions.fields import field_named
from gern.core.conditions.nodes import Condition
from gern.core.conditions.sql import event_sql
from gern.core.engines.duckdb import literal
from gern.core.figures.primitives.walked import Walked
from gern.core.figures.roles import question_condition, role_condition
from gern.core.figures.terms import Terms
from gern.core.text import Text

ORDER_DIMENSIONS = ("country", "store", "channel")
LINE_DIMENSIONS = (*ORDER_DIMENSIONS, "product", "product_group")
EVENT_DIMENSIONS = ("channel", "device", "country", "store", "page", "campaign", "touchpoint",
                    "source")  # fmt: skip
ON_EVENT = "coalesce({by}, '')"
"""A breakdown by the value on the event, line or order itself."""
AS_OF_BEGIN = (
    "coalesce(arg_max({by}, (ts, {by})) FILTER (ts < $since),"
    " arg_min({by}, (ts, {by})) FILTER (ts >= $since), '')"
)
"""A trait as of the period's begin; who came later has the one of their first purchase."""
AT_END = Text("Kunden am Ende des Zeitraums", "customers at the end of the period")
NOT_AT_ALL = "CAST(NULL AS VARCHAR)"
NO_BUCKET = "CAST(NULL AS DATE)"

_SLOT = re.compile(
    r"\{(group|bucket|keys|day|local|role|question|condition|gap|cart_hours|number|field|moment|scores)(?::([^}]+))?\}"
)


@dataclass(frozen=True)
class Primitive:
    """``sql`` with slots: ``{group}``, ``{bucket}`` or ``{bucket:column}``, ``{local:column}``,
    ``{keys}`` (``, grp, bucket`` where they are asked for), ``{role:name}``, ``{question:kind}``,
    ``{number:field}``, ``{moment:field}``, ``{field:field}``, ``{gap}``, ``{cart_hours}``,
    ``{scores:name}``.

    ``history``: how far back rows matter, None: all; ``ahead``: how far after the period, None:
    all. ``in_buckets``: rows depend on their own time only, so that one query gives a whole time
    series. ``left_out``: measures that count what does not count.
    """

    id: str
    sql: str
    measures: tuple[str, ...]
    dimensions: tuple[str, ...]
    whom: Text
    group_sql: str = ON_EVENT
    history: timedelta | None = timedelta(0)
    ahead: timedelta | None = timedelta(0)
    in_buckets: bool = True
    many_a_person: bool = False
    """Whether one person can have several rows (tickets)."""
    needs_window: bool = False
    customers_only: bool = True
    money_lines: bool = False
    """Rests on order lines, so that other currencies are left out."""
    left_out: Mapping[str, Text] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    """What ``{condition:0}`` … stand for."""
    people: Condition | None = None
    """Of whom, as they are at the end of the period."""
    contracts_sql: str | None = None
    """In place of ``sql`` where customers are those with a contract."""
    walked: Walked | None = None
    """Another way to the same rows without a breakdown."""
    stepped_sql: str | None = None
    """A whole time series where one query of ``sql`` gives one bucket only: rows (bucket, person, measures,
    ``times``: of how many people), where customers are those who bought."""
    stepped_walked: str | None = None
    """The same over ``walked`` (`purchased.stretches`)."""

    def query(
        self, terms: Terms, local: str, by: str | None, bucket: str | None, of: str | None = None
    ) -> str:
        """The SQL, with or without a breakdown, for one period or in buckets (``day``, ``week``,
        ``month`` …); ``local`` is the local day of a ``{column}``. ``of``: SQL with such slots to
        fill in place of its own."""
        group = self.group_sql.format(by=dimension_sql(by)) if by else NOT_AT_ALL

        def fill(slot: re.Match[str]) -> str:
            name, what = slot[1], slot[2] or ""
            if name == "group":
                return group
            if name == "bucket":
                day = local.format(column=what or "ts")
                return f"CAST(date_trunc('{bucket}', {day}) AS DATE)" if bucket else NO_BUCKET
            if name == "keys":  # what never differs is not grouped by: it costs a sixth
                return (", grp" if by else "") + (", bucket" if bucket else "")
            if name == "day":
                return "CAST(day AS DATE)" if bucket else NO_BUCKET
            if name == "local":
                return local.format(column=what)
            if name == "role":
                return event_sql(role_condition(what, terms.roles))
            if name == "question":
                return event_sql(question_condition(what, terms.questions))
            if name == "condition":
                return event_sql(self.conditions[int(what)])
            if name == "gap":
                return f"INTERVAL {int(terms.visit_gap_minutes)} MINUTE"
            if name == "scores":
                return scores_sql(terms, what)
            if name == "cart_hours":
                return f"INTERVAL {int(terms.cart_hours)} HOUR"
            value = field_named(what).sql
            if name == "moment":  # with an offset, or UTC
                return f"CAST(TRY_CAST({value} AS TIMESTAMPTZ) AS TIMESTAMP)"
            return value if name == "field" else f"TRY_CAST({value} AS DECIMAL(18,6))"

        sql = self.contracts_sql if terms.contracts and self.contracts_sql else self.sql
        return _SLOT.sub(fill, of or sql).strip()


def at_days(
    id: str, sql: str, measures: tuple[str, ...], whom: Text = AT_END, *,
    ahead: timedelta | None = timedelta(0), needs_window: bool = True,
    left_out: Mapping[str, Text] | None = None, contracts_sql: str | None = None,
    stepped_sql: str | None = None, stepped_walked: str | None = None, walked: Walked | None = None,
) -> Primitive:  # fmt: skip
    """A primitive about what people are at a day: all history counts, a breakdown is a trait as of
    the period's begin, and every point of a time series is a question of its own."""
    return Primitive(
        id=id, sql=sql, measures=measures, dimensions=ORDER_DIMENSIONS, whom=whom,
        group_sql=AS_OF_BEGIN, history=None, ahead=ahead, in_buckets=False,
        needs_window=needs_window, left_out=left_out or {}, contracts_sql=contracts_sql,
        stepped_sql=stepped_sql, stepped_walked=stepped_walked, walked=walked,
    )  # fmt: skip


def scores_sql(terms: Terms, score: str) -> str:
    """SQL: ``person``, ``told`` (the day of which it was told) and the columns of a score."""
    files = [
        f"SELECT *, DATE '{day}' AS told FROM read_parquet({literal(path)})"
        for day, path in terms.scores().get(score, ())
    ]
    return " UNION ALL BY NAME ".join(files) or _NOBODY


_NOBODY = (
    "SELECT CAST(NULL AS VARCHAR) AS person, CAST(NULL AS DATE) AS told, 0.0 AS risk,"
    " 0.0 AS spent_year, 0.0 AS value, 0.0 AS brought WHERE false"
)


def dimension_sql(by: str) -> str:
    """The column of a breakdown."""
    return by if by in LINE_DIMENSIONS else field_named(by).sql
