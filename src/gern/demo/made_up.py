"""Names and contact data for the customers of the demo shop. Made up: the data set has numbers only.

Everything follows from the customer's number, so that it is the same every time. Mail addresses
are at example.org, phone numbers from the range that is kept for fiction.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

from gern.core.engines.question import Question
from gern.core.log.event import Event
from gern.core.shop import DEMO_SOURCES, Shop

SOURCE = DEMO_SOURCES[1]
_FIRST = ("Amelia", "Oliver", "Isla", "George", "Ava", "Harry", "Emily", "Jack", "Sophie", "Noah", "Grace",
          "Leo", "Lily", "Arthur", "Freya", "Oscar", "Ivy", "Theo", "Willow", "Alfie", "Florence", "Henry",
          "Rosie", "Archie", "Evie", "Thomas", "Alice", "Joshua", "Poppy", "Edward", "Maja", "Jürgen", "Chloé",
          "José", "Zoë", "Søren", "Anaïs", "Björn", "Ingrid", "Luca")  # fmt: skip
_LAST = ("Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Robinson",
         "Wright", "Thompson", "Evans", "Walker", "White", "Roberts", "Green", "Hall", "Wood", "Jackson",
         "Clarke", "Müller", "Meyer", "Schäfer", "Groß", "Dubois", "García", "Rossi", "de Vries", "O'Brien",
         "MacDonald", "Hughes", "Edwards", "Khan", "Lewis", "Cooper", "Ward", "Turner", "Baker", "Fischer")  # fmt: skip
_TOWNS = {
    "United Kingdom": ("London", "Leeds", "Bristol", "York", "Norwich", "Cardiff", "Glasgow", "Exeter", "Bath", "Derby"),
    "Germany": ("Köln", "München", "Leipzig", "Lübeck", "Nürnberg"),
    "France": ("Lyon", "Nantes", "Lille"),
    "EIRE": ("Dublin", "Cork", "Galway"),
    "Netherlands": ("Utrecht", "Leiden"),
    "Switzerland": ("Zürich", "Basel"),
    "Spain": ("Sevilla", "Bilbao"),
    "Belgium": ("Gent", "Liège"),
}  # fmt: skip
_BATCH = 1_000


def make_up(shop: Shop) -> int:
    """Give every customer of the demo shop a name; how many."""
    rows = shop.door.ask(
        Question(
            "SELECT person, min(ts) AS first, arg_max(country, (ts, country)) AS country FROM orders"
            " WHERE person IS NOT NULL GROUP BY person ORDER BY person",
            {},
            "demo",
        )
    )
    events = [_said(row["person"], row["first"], row["country"] or "") for row in rows]
    for start in range(0, len(events), _BATCH):
        shop.log.append(events[start : start + _BATCH])
    shop.log.compact()
    return len(events)


def _said(person: str, first: datetime, country: str) -> Event:
    luck = hashlib.blake2b(person.encode(), digest_size=16).digest()
    first_name, last_name = _FIRST[luck[0] % len(_FIRST)], _LAST[luck[1] % len(_LAST)]
    traits: dict[str, object] = {
        "firstName": first_name,
        "lastName": last_name,
        "email": f"customer.{person}@example.org",
        "birthday": (date(1945, 1, 1) + timedelta(days=int.from_bytes(luck[2:4], "big") % 20_000)).isoformat(),
        "country": country,
    }  # fmt: skip
    if towns := _TOWNS.get(country):
        traits["address"] = {"city": towns[luck[4] % len(towns)]}
    if country == "United Kingdom":
        traits["phone"] = f"01632 960{luck[5] * 4 % 1000:03}"
    return Event(
        source=SOURCE, id=f"{person}", name="Identify", kind="identify", customer=person,
        ts=first.replace(tzinfo=UTC), properties=traits,
    )  # fmt: skip
