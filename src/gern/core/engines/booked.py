"""What was ordered and booked, as arrays sorted by person and time: one pass over them answers what
SQL must group by person for. Made of the relations ``orders`` and ``lines`` when a walk asks for
them, and kept in memory for a minute.

Amounts are whole millionths, so that their sums are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gern.core.engines.duckdb import Connection, literal, one_row
from gern.core.engines.names import Array
from gern.core.engines.relations import with_relations
from gern.core.log.manifest import Segment
from gern.core.log.schema import VISITOR

PURCHASE, CANCELLED, LINE, SOLD, TAKEN_BACK, NOBODY = 1, 2, 4, 8, 16, 32
"""Bits of ``what``: an order that is a purchase, one that is cancelled, an order line, one that was
sold, one that was taken back, any of these without a known customer."""
RELATIONS = frozenset(("orders", "lines"))
MOST = 6_000_000
"""With more orders and lines SQL answers: so many take 126 MB, and a walk by month up to 300 more."""
_LARGEST, _MOST_MONEY = 1e9, 9e12
"""The same with a larger amount, or more money: beyond it millionths would not be exact."""
_BOOKED = f"""
WITH booked AS (
  SELECT coalesce(person, concat('{VISITOR}', source, ' ', order_id)) AS unit, ts, value AS amount,
    CASE WHEN purchase THEN {PURCHASE} ELSE 0 END + CASE WHEN cancelled THEN {CANCELLED} ELSE 0 END
    + CASE WHEN person IS NULL THEN {NOBODY} ELSE 0 END AS what FROM orders
  UNION ALL
  SELECT coalesce(person, concat('{VISITOR}', source, ' ', order_id)), ts, amount,
    {LINE} + CASE WHEN quantity > 0 AND NOT cancelled THEN {SOLD} ELSE 0 END
    + CASE WHEN quantity <= 0 OR cancelled THEN {TAKEN_BACK} ELSE 0 END
    + CASE WHEN person IS NULL THEN {NOBODY} ELSE 0 END FROM lines
)"""
_SIZE = """
SELECT count(*), coalesce(max(size), 0), coalesce(sum(size), 0)
FROM (SELECT abs(CAST(amount AS DOUBLE)) AS size FROM booked)
"""
_CODED = """
SELECT CAST(dense_rank() OVER (ORDER BY unit) - 1 AS INTEGER) AS who, epoch_us(ts) AS ts,
  CAST(round(CAST(amount AS DOUBLE) * 1000000) AS BIGINT) AS amount, CAST(what AS UTINYINT) AS what
FROM booked ORDER BY who, ts
"""


@dataclass(frozen=True)
class Booked:
    """One entry an order and an order line, people one after the other, each in the order of time.

    ``who``: number of the customer, or of the order where nobody is known; ``ts``: µs since 1970, UTC;
    ``amount``: millionths of the currency; ``what``: bits.
    """

    who: Array
    ts: Array
    amount: Array
    what: Array


def files_with_lines(
    cursor: Connection, folder: Path, segments: Sequence[Segment]
) -> dict[str, bool]:
    """By file of these segments, whether it has an order line. (The oldest hold nothing else.)"""
    found = {s.file: s.schema < 2 for s in segments}
    asked = ", ".join(literal(f"{folder}/{s.file}") for s in segments if s.schema >= 2)
    if asked:
        rows = cursor.execute(
            "SELECT parse_filename(filename), count(line) > 0"
            f" FROM read_parquet([{asked}], filename = true) GROUP BY ALL"
        ).fetchall()
        found |= dict(rows)
    return found


def booked(cursor: Connection, relations: dict[str, str]) -> Booked | None:
    """Those of these relations; None: they are too many, or amounts too large."""
    rows, largest, money = one_row(cursor, with_relations(f"{_BOOKED} {_SIZE}", relations))
    if rows > MOST or largest > _LARGEST or money > _MOST_MONEY:
        return None
    found = cursor.execute(with_relations(f"{_BOOKED} {_CODED}", relations)).fetchnumpy()
    types = {"who": np.int32, "ts": np.int64, "amount": np.int64, "what": np.uint8}
    return Booked(**{n: np.ascontiguousarray(found[n], dtype=t) for n, t in types.items()})
