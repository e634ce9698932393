"""Orders as they were before an instant: what was sent back or cancelled afterwards is not known yet."""

from __future__ import annotations

ORDERS_THEN = """
SELECT source, order_id, max(person) AS person, min(ts) AS ts,
  bool_or(quantity > 0) AND NOT bool_or(coalesce(cancelled, false)) AS purchase,
  coalesce(sum(amount) FILTER (quantity > 0), 0) AS value, sum(amount) AS balance,
  min(country) AS country, min(channel) AS channel
FROM lines WHERE ts < $until GROUP BY source, order_id
"""
"""SQL with the value ``until``; columns as those of the relation ``orders``."""
