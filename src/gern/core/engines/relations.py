"""What a query can name, as SQL over a state of the log.

``rows``    everything, one row an event or order line: the columns of `log.schema`; bots and
            internal traffic (``traffic``) are in it and in ``events``, and in no line or order
``events``  one row an event: source, event_id, person, ts, kind, name, channel …; an order of a
            file counts as one event
``lines``   one row an order line, in the reporting currency; ``person`` is the customer or NULL
``foreign_lines``  the same, of lines in other currencies (counted, but in no figure)
``orders``  one row an order, rolled up from its lines: source, order_id, person, ts (its
            earliest line), purchase, cancelled, value (of its lines of positive quantity),
            country, store, channel, lines
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gern.core.engines.duckdb import Connection, literal
from gern.core.engines.few import LINES, SAID, Few
from gern.core.engines.names import ONE_EACH
from gern.core.engines.orders import Orders
from gern.core.engines.roster import Roster
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log.manifest import Manifest, Segment
from gern.core.log.schema import NAMES, VISITOR

RELATIONS = ("rows", "events", "lines", "foreign_lines", "orders")
OWN = ("file_events", "customers")
"""For Gern's own questions: the orders of files as events, and one row a customer
(`engines.roster`)."""
_RELATION = re.compile(rf"\b(?:FROM|JOIN)\s+\"?({'|'.join((*RELATIONS, *OWN))})\b")

_LINE = ", ".join(
    f"CASE WHEN starts_with(person, '{VISITOR}') THEN NULL ELSE person END AS person"
    if name == "person"
    else name
    for name in NAMES
)
_PEOPLE = "traffic IS NULL"
_EVENT = ("source", "event_id", "order_id", "person", "customer", "visitor", "ts", "received",
          "kind", "name", "channel", "form", "initiator", "sign", "store", "country", "amount",
          "currency", "properties", "context", "traffic")  # fmt: skip
_OF_FILE = {
    **{name: f"NULL AS {name}" for name in ("event_id", "received", "form", "initiator", "sign",
                                            "properties", "context", "traffic")},
    "kind": "'track' AS kind",
    "name": "CASE WHEN purchase THEN 'Order Completed' ELSE 'Order Refunded' END AS name",
    "amount": "balance AS amount",
}  # fmt: skip


class Relations:
    """The relations of one home, for any state of its log. Some are kept as disposable files."""

    def __init__(self, home: Home, manifest: Manifest, connection: Callable[[], Connection]):
        self._home = home
        self._orders = Orders(home, connection)
        self._lines = Few(home, connection, "lines", LINES)
        said = Few(home, connection, "said", SAID)
        self._roster = Roster(home, manifest, connection, self._orders, said)

    def make(self, state: State, currency: str) -> None:
        """Make the kept files ahead of a question."""
        self.sql(frozenset(("orders", "lines")), state, state.segments, currency)
        self._roster.make(state, currency)

    def sql(
        self, used: frozenset[str], state: State, kept: list[Segment], currency: str
    ) -> dict[str, str]:
        """SQL of each relation ``used``. ``kept``: the segments that can matter."""
        found = {}
        if used & {"rows", "events"}:
            rows = state.rows(self._home, kept)
        if used & {"lines", "foreign_lines"}:
            lines = (
                f"SELECT {_LINE} FROM {self._lines.rows(state, kept)}"
                f" WHERE line IS NOT NULL AND {_PEOPLE} AND currency"
            )
        if "rows" in used:
            found["rows"] = f"SELECT * FROM {rows}"
        if "lines" in used:
            found["lines"] = f"{lines} = {literal(currency)}"
        if "foreign_lines" in used:
            found["foreign_lines"] = f"{lines} <> {literal(currency)}"
        if "customers" in used:
            found["customers"] = self._roster.sql(state, currency)
        if used & {"orders", "events", "file_events"}:
            orders = self._orders.sql(state, currency)
            columns = ", ".join(_OF_FILE.get(n, n) for n in _EVENT)
            of_files = f"SELECT {columns} FROM ({orders}) WHERE of_file"
        if "orders" in used:
            found["orders"] = orders
        if "events" in used:
            found["events"] = (
                f"SELECT {', '.join(_EVENT)} FROM {rows} WHERE {ONE_EACH} UNION ALL {of_files}"
            )
        if "file_events" in used:
            found["file_events"] = of_files
        return found


def named_in(sql: str) -> frozenset[str]:
    """The relations a query of ours names."""
    return frozenset(_RELATION.findall(sql))


def with_relations(sql: str, relations: dict[str, str]) -> str:
    """The query with its relations in front, as steps."""
    sql = sql.strip()
    if not relations:
        return sql
    head = ", ".join(f"{name} AS ({step})" for name, step in relations.items())
    for start in ("WITH RECURSIVE ", "WITH "):
        if sql.startswith(start):
            return f"{start}{head}, {sql.removeprefix(start)}"
    return f"WITH {head} {sql}"
