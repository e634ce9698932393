"""Who was given which notice otherwise than at a sign-up: by letter, at the till, with an order
(Art. 13), or within a month where the data came from somebody else (Art. 14(3)).

It is an event ``Notice Given`` of the log with ``version`` and ``how``: written down here, imported, or
sent by a till or shop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.people.listing import Subset
from gern.core.shop import Shop
from gern.core.zones import local_instant, midnight_utc, zone_named
from gern.kit.shop import real_today
from gern.rooms.protect.gate.services import SOURCE
from gern.rooms.protect.models import Signup

GIVEN = "Notice Given"
MONTH = timedelta(days=30)
AT_ONCE = 5000
_VERSION = "json_extract_string(properties, '$.version')"


@dataclass(frozen=True)
class Uninformed:
    """Customers of whom it is not known that any notice was given; ``late``: known for more than
    `MONTH`; ``all``: how many customers there are."""

    customers: int
    late: int
    all: int


def given_to(shop: Shop) -> dict[str, int]:
    """Version, as events name it → to how many it was given."""
    rows = shop.door.ask(Question(
        f"SELECT {_VERSION} AS version, count(DISTINCT person) AS n FROM events"
        f" WHERE name = '{GIVEN}' AND person IS NOT NULL GROUP BY 1", {}, "notices given",
    ))  # fmt: skip
    return {str(row["version"] or ""): int(row["n"]) for row in rows}


def uninformed(shop: Shop) -> Uninformed:
    """How many customers were given none."""
    sql, values = uninformed_sql(shop)
    late = midnight_utc(real_today(shop) - MONTH, zone_named(shop.zone))
    row = shop.door.ask(Question(
        "SELECT count(*) AS n, count(*) FILTER (first < $late) AS late FROM (SELECT person, min(ts) AS first"
        f" FROM events SEMI JOIN ({sql}) USING (person) GROUP BY person)",
        {**values, "late": late}, "who was given no notice",
    ))[0]  # fmt: skip
    everybody = shop.customers(columns=(), limit=1).total
    return Uninformed(int(row["n"]), int(row["late"]), everybody)


def uninformed_sql(shop: Shop) -> tuple[str, dict[str, Any]]:
    """(SQL of one column ``person``, values): customers who were given none and read none."""
    names = Signup.objects.exclude(confirmed=None).exclude(person="").values_list("person", "shown")
    read = shop.log.people(name for name, shown in names if shown.get("notice_version"))
    return (
        f"SELECT person FROM customers WHERE person NOT IN (SELECT person FROM events WHERE name = '{GIVEN}'"
        " AND person IS NOT NULL) AND person NOT IN (SELECT unnest($readers))",
        {"readers": sorted(set(read)) or [""]},
    )


def given_of(shop: Shop, person: str, names: Iterable[str]) -> dict[str, Any] | None:
    """The last notice this customer, of these ids, was given or read: ``version``, ``how`` ("": at a sign-up), ``ts``."""
    rows = shop.door.ask(Question(
        f"SELECT {_VERSION} AS version, json_extract_string(properties, '$.how') AS how, ts FROM events"
        f" WHERE name = '{GIVEN}' AND person = $person ORDER BY ts DESC, event_id DESC LIMIT 1",
        {"person": person}, "notice given", person=person,
    ))  # fmt: skip
    read = [
        {"version": one.shown["notice_version"], "how": "", "ts": one.confirmed.replace(tzinfo=None)}
        for one in Signup.objects.filter(person__in=list(names)).exclude(confirmed=None)
        if one.confirmed and one.shown.get("notice_version")
    ]  # fmt: skip
    return max([*rows, *read], key=lambda one: one["ts"], default=None)


def write_down(
    shop: Shop, who: Subset, version: str, how: str, day: date, *, first: bool = False
) -> int:
    """Write down that these customers were given this version on this local day; to how many. Who has
    that version noted is left out, so done twice it is done once; ``first``: also who has any.
    ``BadInput``: no version, no way, or a day to come or before the data begin."""
    if not version or not how or not earliest(shop) <= day <= real_today(shop):
        raise BadInput(
            "Name the version, how it was given, and a day that is neither to come nor before your data begin."
            " Nothing was saved.", param="how",
            german="Nennen Sie die Fassung, den Weg und einen Tag, der weder in der Zukunft noch vor dem Beginn"
            " Ihrer Daten liegt. Es wurde nichts gespeichert.",
        )  # fmt: skip
    noon = local_instant(datetime.combine(day, time(12)), zone_named(shop.zone))
    ts, count = min(noon, datetime.now(UTC).replace(tzinfo=None)), 0
    for people in _chunks(_lacking(shop, who, version, first)):
        shop.log.append([
            Event(source=SOURCE, id=f"notice {version} {day} {person}", name=GIVEN, ts=ts, customer=person,
                  initiator="company", form="offer", properties={"version": version, "how": how})
            for person in people
        ])  # fmt: skip
        count += len(people)
    return count


def earliest(shop: Shop) -> date:
    """The first day on which somebody can have been given a notice: that of the data."""
    span = shop.span()
    return span[0] if span else real_today(shop)


def _lacking(shop: Shop, who: Subset, version: str, first: bool) -> list[str]:
    none, values = uninformed_sql(shop) if first else ("SELECT person FROM customers", {})
    rows = shop.door.ask(Question(
        f"SELECT person FROM ({who.sql}) SEMI JOIN ({none}) USING (person) WHERE person NOT IN (SELECT person"
        f" FROM events WHERE name = '{GIVEN}' AND person IS NOT NULL AND {_VERSION} = $version) ORDER BY person",
        {**who.values, **values, "version": version}, "who lacks a notice",
    ))  # fmt: skip
    return [row["person"] for row in rows]


def _chunks(people: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(people), AT_ONCE):
        yield people[at : at + AT_ONCE]
