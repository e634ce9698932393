"""Rows as they count now: ids joined since they were written, and people being erased, applied.

Both come as small tables, made only when there is something to apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gern.core.engines.duckdb import Connection
from gern.core.log.manifest import Hidden, Segment
from gern.core.log.schema import NAMES

Who = list[tuple[str, str, str]]
"""(``customer`` or ``visitor``, id, person): ids that changed after some segments were written."""


@dataclass(frozen=True)
class Corrections:
    """Names of the tables to apply; None: nothing to do."""

    who: str | None = None
    hidden: str | None = None

    def apply(self, relation: str) -> str:
        """SQL: the rows of ``relation`` with the right ``person``, without the hidden ones."""
        sql = relation
        if self.who:
            columns = ", ".join(
                "coalesce(c.person, v.person, r.person) AS person" if n == "person" else f"r.{n}"
                for n in NAMES
            )
            sql = (
                f"(SELECT {columns} FROM {sql} AS r"
                f" LEFT JOIN {self.who} AS c ON c.kind = 'customer' AND c.id = r.customer"
                f" LEFT JOIN {self.who} AS v ON v.kind = 'visitor' AND r.customer IS NULL"
                " AND v.id = r.visitor)"
            )
        if self.hidden:
            for kind, whose in (("customer", "true"), ("visitor", "r.customer IS NULL")):
                sql = (
                    f"(SELECT r.* FROM {sql} AS r ANTI JOIN {self.hidden} AS h"
                    f" ON h.kind = '{kind}' AND h.id = r.{kind} AND {whose} AND {_EARLIER})"
                )
            columns = ", ".join(
                "CASE WHEN h.id IS NULL THEN r.visitor END AS visitor"
                if n == "visitor"
                else f"r.{n}"
                for n in NAMES
            )
            sql = (  # an erased visitor's id on another customer's rows
                f"(SELECT {columns} FROM {sql} AS r LEFT JOIN {self.hidden} AS h"
                f" ON h.kind = 'visitor' AND h.id = r.visitor AND {_EARLIER})"
            )
        return sql

    def taken_out(self, relation: str) -> str:
        """SQL: the hidden rows of ``relation``."""
        return (
            f"(SELECT r.* FROM {relation} AS r SEMI JOIN {self.hidden} AS h ON {_EARLIER} AND"
            " h.kind = 'customer' AND h.id = r.customer"
            f" UNION ALL SELECT r.* FROM {relation} AS r SEMI JOIN {self.hidden} AS h ON {_EARLIER}"
            " AND h.kind = 'visitor' AND h.id = r.visitor AND r.customer IS NULL)"
        )


_EARLIER = "(r.ts < h.before OR coalesce(r.received, TIMESTAMP '-infinity') < h.before)"


def make_who(con: Connection, name: str, who: Who) -> None:
    """Table (kind, id, person)."""
    kinds, ids, people = zip(*who, strict=True)
    _make(con, name, {"kind": kinds, "id": ids, "person": people}, "*")


def make_hidden(con: Connection, name: str, hidden: list[Hidden]) -> None:
    """Table (kind, id, before)."""
    columns = {"kind": [h.kind for h in hidden], "id": [h.id for h in hidden]}
    moments = np.array([h.before for h in hidden], dtype="int64")
    _make(con, name, columns, "kind, id, make_timestamp(before) AS before", before=moments)


def _make(con: Connection, name: str, texts: dict[str, Any], select: str, **arrays: Any) -> None:
    objects = {key: np.array(values, dtype=object) for key, values in texts.items()}
    con.register(f"new_{name}", objects | arrays)
    try:
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {select} FROM new_{name}")
    finally:
        con.unregister(f"new_{name}")


def oldest_identity(segments: list[Segment], now: int) -> int:
    """The version of who is who up to which all segments are right."""
    return min((s.identity for s in segments), default=now)
