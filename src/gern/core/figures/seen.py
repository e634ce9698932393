"""What a figure waits for: events that the log has never seen."""

from __future__ import annotations

from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door, Question
from gern.core.figures.definition import Figure
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.figures.roles import ROLES, role_condition
from gern.core.figures.terms import Terms
from gern.core.text import Text

ORDERS = Text("Käufe", "purchases")
VISITS = Text("Ereignisse von Website oder App", "events of website or app")


def waits_for(door: Door, figure: Figure, terms: Terms) -> list[Text]:
    """Names of what is missing; empty when the figure has what it needs."""
    missing = []
    for need in figure.needs:
        if need == "orders":
            by_contract = terms.contracts and figure.primitive.contracts_sql is not None
            if by_contract or _any(door, "SELECT 1 FROM orders WHERE purchase LIMIT 1"):
                continue
            missing.append(ORDERS)
        elif need == "visits":
            if not _any(door, f"SELECT 1 FROM events WHERE traffic IS NULL AND {ON_WEB} LIMIT 1"):
                missing.append(VISITS)
        else:
            sql = event_sql(role_condition(need, terms.roles))
            if not _any(door, f"SELECT 1 FROM events WHERE {sql} LIMIT 1"):
                role = ROLES[need]
                names = ", ".join(terms.roles.get(need) or role.names)
                missing.append(Text(f"{role.label.de} ({names})", f"{role.label.en} ({names})"))
    return missing


def _any(door: Door, sql: str) -> bool:
    return bool(door.ask(Question(sql, {}, "what has been seen")))
