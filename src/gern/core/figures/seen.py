"""What a figure waits for: events that the log has never seen."""

from __future__ import annotations

from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.figures.definition import SCORES, Figure
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.figures.roles import ROLES, role_condition
from gern.core.figures.terms import Terms
from gern.core.text import Text

ORDERS = Text("Käufe", "purchases")
_PURCHASE = Question("SELECT 1 FROM orders WHERE purchase LIMIT 1", {}, "what has been seen")
LEARNED = Text("gelernte Vorhersagen (sie entstehen von selbst, wenn genug Käufe da sind)",
               "predictions learned (they come by themselves once there are enough purchases)")  # fmt: skip
VISITS = Text("Ereignisse von Website oder App", "events of website or app")


def waits_for(door: Door, figure: Figure, terms: Terms) -> list[Text]:
    """Names of what is missing; empty when the figure has what it needs."""
    missing = []
    for need in figure.needs:
        if need == "orders":
            by_contract = terms.contracts and figure.primitive.contracts_sql is not None
            if not by_contract and not door.ask(_PURCHASE):
                missing.append(ORDERS)
        elif need == "visits":
            if not door.has_event(f"traffic IS NULL AND {ON_WEB}"):
                missing.append(VISITS)
        elif need.startswith(SCORES):
            if not terms.scores().get(need.removeprefix(SCORES)):
                missing.append(LEARNED)
        elif not door.has_event(event_sql(role_condition(need, terms.roles))):
            role = ROLES[need]
            names = ", ".join(terms.roles.get(need) or role.names)
            missing.append(Text(f"{role.label.de} ({names})", f"{role.label.en} ({names})"))
    return missing
