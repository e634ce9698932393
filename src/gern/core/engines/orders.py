"""Orders, rolled up from their lines, kept as a disposable file (`engines.kept`). What came later
is rolled up at every query and joined to it."""

from __future__ import annotations

from collections.abc import Callable

from gern.core.engines.duckdb import Connection, literal
from gern.core.engines.kept import Kept
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log.schema import VISITOR

_PARTS = """
SELECT source, order_id, max(customer) AS customer, max(visitor) AS visitor,
  arg_max(person, coalesce('1' || customer, '0' || visitor)) AS person, min(ts) AS ts,
  bool_or(quantity > 0) AS bought, coalesce(bool_or(cancelled), false) AS cancelled,
  coalesce(sum(amount) FILTER (quantity > 0), 0) AS value,
  sum(amount) AS balance, count(*) AS lines,
  min(country) AS country, min(store) AS store, min(channel) AS channel,
  coalesce(bool_and(day_only), false) AS day_only, min(currency) AS currency,
  bool_and(event_id IS NULL) AS of_file
FROM {lines} WHERE line IS NOT NULL AND traffic IS NULL AND currency = {currency} GROUP BY source, order_id
"""

_JOINED = """
SELECT source, order_id, max(customer) AS customer, max(visitor) AS visitor,
  arg_max(person, coalesce('1' || customer, '0' || visitor)) AS person, min(ts) AS ts,
  bool_or(bought) AS bought, bool_or(cancelled) AS cancelled, sum(value) AS value,
  sum(balance) AS balance, CAST(sum(lines) AS BIGINT) AS lines,
  min(country) AS country, min(store) AS store, min(channel) AS channel,
  bool_and(day_only) AS day_only, min(currency) AS currency, bool_and(of_file) AS of_file
FROM (SELECT * FROM kept_orders SEMI JOIN new_orders USING (source, order_id)
  UNION ALL SELECT * FROM new_orders) GROUP BY source, order_id
"""


class Orders:
    """The relation ``orders`` of one home, for any state of its log."""

    def __init__(self, home: Home, connection: Callable[[], Connection]):
        self._home = home
        self._kept = Kept(home, connection, "orders")

    def sql(self, state: State, currency: str) -> str:
        """SQL of the orders in this currency."""
        parts = _PARTS.format(lines="{rows}", currency=literal(currency))
        kept, newer = self._kept.file(state, f"{parts} ORDER BY person, ts")
        orders = f"SELECT * FROM read_parquet({literal(str(kept))})"
        if newer or state.tail_lines:
            new = parts.format(rows=state.rows(self._home, newer))
            orders = (
                f"WITH kept_orders AS ({orders}), new_orders AS ({new})"
                " SELECT * FROM kept_orders ANTI JOIN new_orders USING (source, order_id)"
                f" UNION ALL {_JOINED}"
            )
        who = state.corrections.who
        person = "o.person"
        if who:
            person = "coalesce(c.person, v.person, o.person)"
            orders = (
                f"SELECT o.* EXCLUDE (person), {person} AS person FROM ({orders}) AS o"
                f" LEFT JOIN {who} AS c ON c.kind = 'customer' AND c.id = o.customer"
                f" LEFT JOIN {who} AS v ON v.kind = 'visitor' AND o.customer IS NULL"
                " AND v.id = o.visitor"
            )
        return (
            f"SELECT * EXCLUDE (person, bought), bought AND NOT cancelled AS purchase,"
            f" CASE WHEN starts_with(person, '{VISITOR}') THEN NULL ELSE person END AS person"
            f" FROM ({orders})"
        )
