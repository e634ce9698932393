"""The touchpoints of a shop that has not named its own: those of usual events, as far as they came
in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gern.core.conditions.nodes import Any, Compare, Condition
from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door
from gern.core.figures.roles import role_condition
from gern.core.text import Text
from gern.core.touchpoints.journey import PHASES, Journey, Touchpoint

ACTIVATION, INFORMATION, ACTION, RETENTION = range(4)
_OF_ROLES = (
    ("ad", Text("Anzeige", "ad"), ACTIVATION, ("impression", "click")),
    ("mail", Text("E-Mail", "e-mail"), ACTIVATION, ("mail_clicked", "mail_opened")),
    ("network", Text("Soziales Netzwerk", "social network"), ACTIVATION,
     ("social_reply", "mention")),
    ("referral", Text("Empfehlung", "referral"), ACTIVATION, ("referred",)),
)  # fmt: skip
_OF_NAMES = (
    ("search", Text("Suche im Shop", "search in the shop"), INFORMATION, ("Products Searched",)),
    ("product", Text("Produktseite", "product page"), INFORMATION,
     ("Product Viewed", "Product List Viewed", "Product List Filtered")),
    ("download", Text("Download", "download"), INFORMATION, ("File Downloaded",)),
    ("store", Text("Besuch im Laden", "visit of the store"), INFORMATION, ("Store Visited",)),
)  # fmt: skip
_LATER_ROLES = (
    ("page", Text("Website", "website"), INFORMATION, ("page",)),
    ("cart", Text("Warenkorb und Kasse", "cart and checkout"), ACTION, ("cart", "cart_activity")),
    ("purchase", Text("Kauf", "purchase"), ACTION, ("order",)),
    ("service", Text("Kundenservice", "customer service"), RETENTION,
     ("ticket_opened", "complaint", "help")),
    ("survey", Text("Umfrage", "survey"), RETENTION, ("answer",)),
    ("review", Text("Bewertung oder Empfehlung", "review or recommendation"), RETENTION,
     ("review", "referral_made")),
    ("community", Text("Community", "community"), RETENTION, ("community", "idea", "vote")),
    ("programme", Text("Bonusprogramm", "loyalty programme"), RETENTION,
     ("joined", "points_redeemed")),
)  # fmt: skip


def usual_journey(door: Door, roles: Mapping[str, Sequence[str]]) -> Journey:
    """The four phases and the touchpoints of which an event came in.

    ``mail``: clicked or opened, not delivered; ``purchase`` before ``service``: an order is no
    contact of its own.
    """
    wanted = [
        *(_of_roles(roles, *one) for one in _OF_ROLES),
        *(Touchpoint(key, name, phase, Compare("name", "one_of", names))
          for key, name, phase, names in _OF_NAMES),
        *(_of_roles(roles, *one) for one in _LATER_ROLES),
    ]  # fmt: skip
    rules = [event_sql(one.when) for one in wanted if one.when is not None]
    seen = zip(wanted, door.has_events(rules), strict=True)
    return Journey(PHASES["four"], tuple(one for one, is_seen in seen if is_seen), "four")


def _of_roles(
    roles: Mapping[str, Sequence[str]], key: str, name: Text, phase: int, ids: tuple[str, ...]
) -> Touchpoint:
    parts: tuple[Condition, ...] = tuple(role_condition(id, roles) for id in ids)
    return Touchpoint(key, name, phase, parts[0] if len(parts) == 1 else Any(parts))
