"""The counter card (Tante-Emma-Karte): the few lines the owner of a corner shop would know.

Each line is computed from the log, with its date and where it comes from; what the log does not
tell is left out, never guessed.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Any, Literal

from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door, Question
from gern.core.engines.roster import RHYTHM_DAYS
from gern.core.figures.periods import add_months
from gern.core.figures.roles import role_condition
from gern.core.people.traits import ConsentSaid, Trait
from gern.core.text import Text
from gern.core.zones import local_day, zone_named

About = Literal["usual", "due", "offer", "trouble", "said", "day", "not"]
TITLES: dict[About, Text] = {
    "usual": Text("Kauft gewöhnlich", "Usually buys"),
    "due": Text("Nächster Besuch", "Next visit"),
    "offer": Text("Anbieten", "Offer"),
    "trouble": Text("Letzter Ärger", "Last trouble"),
    "said": Text("Hat gesagt", "Has said"),
    "day": Text("Anlass", "Occasion"),
    "not": Text("Nicht", "Do not"),
}
USUAL_TIMES, USUAL_SHARE, USUAL_MOST = 3, 0.25, 5
"""Usual is what was in so many purchases of a year, and in this share of them."""
GIVEN_UP = 3
"""Who has not bought a product for so many of its usual gaps does not buy it any more."""
MANY_CONTACTS, CONTACT_DAYS = 8, 30
NEAR_DAYS = 14
"""A birthday or anniversary is told so many days before."""
MOST_LINES = 5_000


@dataclass(frozen=True)
class CardLine:
    """``when``: the day it rests on; ``source``: what it was computed from."""

    about: About
    text: Text
    when: date | None
    source: Text
    good: bool | None = None
    """Whether it is good news; None: neither."""


@dataclass(frozen=True)
class Bought:
    """One product in one order, on a local day."""

    product: str
    name: str
    order: str
    day: date


@dataclass(frozen=True)
class Rhythm:
    """``gap_days``: median of the gaps between days with a purchase; ``due``: the last of them
    and the gap."""

    days: int
    gap_days: int
    last: date
    due: date


def rhythm_of(days: Iterable[date]) -> Rhythm | None:
    """The rhythm these days show; None: too few.

    >>> rhythm_of([date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 16)]).due
    datetime.date(2026, 1, 23)
    """
    ordered = sorted(set(days))
    if len(ordered) < RHYTHM_DAYS:
        return None
    gap = median_low([(b - a).days for a, b in itertools.pairwise(ordered)])
    return Rhythm(len(ordered), gap, ordered[-1], ordered[-1] + timedelta(days=gap))


def counter_card(
    door: Door, person: str, today: date, zone: str, *, roles: Any, fees: Sequence[str],
    traits: Sequence[Trait], consents: Sequence[ConsentSaid],
) -> list[CardLine]:  # fmt: skip
    """All lines that can be said of this customer today, in the order of the counter."""
    here = zone_named(zone)
    bought, days = _bought(door, person, fees, here), _purchase_days(door, person, here)
    trouble = _trouble(door, person, here)
    lines = [
        *_usual(bought, today),
        *_due(days, today),
        *_offers(bought, today),
        *trouble,
        *_answers(door, person, here),
        *_days(traits, days, today),
        *_not(door, person, today, here, roles, consents, trouble),
    ]
    return lines


def _purchase_days(door: Door, person: str, here: Any) -> list[date]:
    rows = door.ask(
        Question(
            "SELECT ts FROM orders WHERE purchase AND person = $person ORDER BY ts",
            {"person": person},
            "purchases of a customer",
        )
    )
    return [local_day(row["ts"], here) for row in rows]


def _bought(door: Door, person: str, fees: Sequence[str], here: Any) -> list[Bought]:
    rows = door.ask(
        Question(
            "SELECT product, coalesce(max(product_name), product) AS name,"
            " concat(source, ' ', order_id) AS bought_in, min(ts) AS ts FROM lines"
            " WHERE person = $person AND quantity > 0 AND amount > 0 AND product IS NOT NULL"
            " AND NOT coalesce(cancelled, false) AND NOT list_contains($fees, product)"
            f" GROUP BY product, bought_in ORDER BY ts DESC, product LIMIT {MOST_LINES}",
            {"person": person, "fees": list(fees) or [""]},
            "what a customer buys",
        )
    )
    return [
        Bought(str(r["product"]), str(r["name"]), str(r["bought_in"]), local_day(r["ts"], here))
        for r in rows
    ]


def _usual(bought: list[Bought], today: date) -> list[CardLine]:
    year = [b for b in bought if b.day >= add_months(today, -12)]
    orders = {b.order for b in year}
    times: dict[str, set[str]] = defaultdict(set)
    for b in year:
        times[b.product].add(b.order)
    least = max(USUAL_TIMES, USUAL_SHARE * len(orders))
    usual = sorted(
        (p for p, among in times.items() if len(among) >= least), key=lambda p: (-len(times[p]), p)
    )
    if not usual:
        return []
    names = {b.product: b.name for b in reversed(year)}
    said = [f"{names[p]} ({len(times[p])}×)" for p in usual[:USUAL_MOST]]
    n = len(orders)
    return [
        CardLine(
            "usual", Text(", ".join(said), ", ".join(said)), max(b.day for b in year),
            Text(f"{n} Käufe in zwölf Monaten", f"{n} purchases in twelve months"),
        )
    ]  # fmt: skip


def _due(days: list[date], today: date) -> list[CardLine]:
    rhythm = rhythm_of(days)
    if rhythm is None:
        return []
    gap = rhythm.gap_days
    late = (today - rhythm.due).days
    source = Text(
        f"Median der Abstände von {rhythm.days} Einkaufstagen",
        f"median of the gaps between {rhythm.days} days with a purchase",
    )
    every = Text(f"kommt etwa alle {gap} Tage", f"comes about every {gap} days") if gap > 1 else Text("kommt jeden Tag", "comes every day")  # fmt: skip
    if late <= 0:
        text = Text(
            f"{every.de}; zu erwarten am {_de(rhythm.due)}",
            f"{every.en}; expected on {_en(rhythm.due)}",
        )
        return [CardLine("due", text, rhythm.last, source)]
    days_de, days_en = ("1 Tag", "1 day") if late == 1 else (f"{late} Tagen", f"{late} days")
    text = Text(
        f"{every.de}; war am {_de(rhythm.due)} zu erwarten, vor {days_de.replace('1 Tag', 'einem Tag')}",
        f"{every.en}; was expected on {_en(rhythm.due)}, {days_en} ago",
    )
    return [CardLine("due", text, rhythm.last, source, good=False if late > max(3, gap // 2) else None)]  # fmt: skip


def _offers(bought: list[Bought], today: date) -> list[CardLine]:
    """Products with a rhythm of their own that are due: each by what this customer does."""
    by_product: dict[str, list[Bought]] = defaultdict(list)
    for b in bought:
        by_product[b.product].append(b)
    due = []
    for rows in by_product.values():
        rhythm = rhythm_of(b.day for b in rows)
        if rhythm is None or rhythm.gap_days < 2:
            continue
        if rhythm.due <= today + timedelta(days=3) and today < rhythm.last + timedelta(days=GIVEN_UP * rhythm.gap_days):  # fmt: skip
            due.append((-rhythm.days, rhythm, rows[0].name))
    return [
        CardLine(
            "offer",
            Text(
                f"{name}: kauft das etwa alle {r.gap_days} Tage, zuletzt am {_de(r.last)}",
                f"{name}: buys it about every {r.gap_days} days, last on {_en(r.last)}",
            ),
            r.last,
            Text(f"an {r.days} Tagen gekauft", f"bought on {r.days} days"),
        )
        for _, r, name in sorted(due, key=lambda d: (d[0], d[2]))[:3]
    ]


_TROUBLE = ("Ticket Opened", "Ticket Solved", "Ticket Reopened", "Complaint Filed", "Complaint Settled")  # fmt: skip


def _trouble(door: Door, person: str, here: Any) -> list[CardLine]:
    """The latest ticket or complaint, and whether it is settled; open ones always."""
    rows = door.ask(
        Question(
            "SELECT ts, name, coalesce(json_extract_string(properties, '$.ticket'),"
            " json_extract_string(properties, '$.complaint'), '') AS thing,"
            " coalesce(json_extract_string(properties, '$.subject'),"
            " json_extract_string(properties, '$.topic'), '') AS subject FROM events"
            " WHERE person = $person AND list_contains($names, name) AND traffic IS NULL"
            " ORDER BY ts, event_id",
            {"person": person, "names": list(_TROUBLE)},
            "trouble of a customer",
            person=person,
        )
    )
    things: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        kind = row["name"].split()[0]
        thing = things.setdefault((kind, row["thing"]), {"kind": kind, "begun": row["ts"], "subject": "", "open": True})  # fmt: skip
        thing["open"] = row["name"] not in ("Ticket Solved", "Complaint Settled")
        thing["changed"] = row["ts"]
        thing["subject"] = row["subject"] or thing["subject"]
        if row["name"] in ("Ticket Opened", "Complaint Filed"):
            thing["begun"] = row["ts"]
    ordered = sorted(things.values(), key=lambda t: t["begun"], reverse=True)
    return [_trouble_line(t, here) for t in ordered if t["open"]] or [
        _trouble_line(t, here) for t in ordered[:1]
    ]


def _trouble_line(thing: dict[str, Any], here: Any) -> CardLine:
    begun, changed = local_day(thing["begun"], here), local_day(thing["changed"], here)
    what = Text("Reklamation", "complaint") if thing["kind"] == "Complaint" else Text("Anliegen", "ticket")  # fmt: skip
    subject = f" „{thing['subject']}“" if thing["subject"] else ""
    subject_en = f" “{thing['subject']}”" if thing["subject"] else ""
    state = (
        Text("noch offen", "still open")
        if thing["open"]
        else Text(f"erledigt am {_de(changed)}", f"settled on {_en(changed)}")
    )
    return CardLine(
        "trouble",
        Text(f"{what.de}{subject} vom {_de(begun)}: {state.de}",
             f"{what.en}{subject_en} of {_en(begun)}: {state.en}"),
        begun, Text("Anliegen und Reklamationen", "tickets and complaints"), good=not thing["open"],
    )  # fmt: skip


def _answers(door: Door, person: str, here: Any) -> list[CardLine]:
    """The last answer with a score of recommendation or satisfaction, and the last comment."""
    rows = door.ask(
        Question(
            "SELECT ts, properties FROM events WHERE person = $person AND name = 'Survey Answered'"
            " AND traffic IS NULL ORDER BY ts DESC, event_id LIMIT 20",
            {"person": person},
            "answers of a customer",
            person=person,
        )
    )
    for row in rows:
        sent = json.loads(row["properties"] or "{}")
        question, score = str(sent.get("question", "")).lower(), sent.get("score")
        scale = {"nps": 10, "csat": 5, "ces": 7}.get(question)
        if scale is None or not isinstance(score, int | float):
            continue
        comment = str(sent.get("comment") or "").strip()[:200]
        low = score <= {10: 6, 5: 2, 7: 3}[scale]
        high = score >= {10: 9, 5: 4, 7: 6}[scale]
        tail_de, tail_en = (f": „{comment}“", f": “{comment}”") if comment else ("", "")
        return [
            CardLine(
                "said",
                Text(f"{score:g} von {scale}{tail_de}", f"{score:g} of {scale}{tail_en}"),
                local_day(row["ts"], here),
                Text(f"Umfrage ({question.upper()})", f"survey ({question.upper()})"),
                good=True if high else False if low else None,
            )
        ]
    return []


def _days(traits: Sequence[Trait], days: list[date], today: date) -> list[CardLine]:
    found = []
    born = next((t for t in traits if t.field == "birthday"), None)
    birthday = parse_birthday(born.now.value) if born else None
    if born and birthday:
        coming = _next(birthday, today)
        if (coming - today).days <= NEAR_DAYS:
            found.append(
                CardLine("day", _on(coming, today, Text("Geburtstag", "birthday")),
                         born.now.ts.date(), Text(f"Angabe aus {born.now.source}", f"told by {born.now.source}"), good=True)
            )  # fmt: skip
    if days:
        coming = _next(min(days), today)
        years = coming.year - min(days).year
        if years and (coming - today).days <= NEAR_DAYS:
            what = Text(f"seit {years} {'Jahr' if years == 1 else 'Jahren'} Kunde",
                        f"a customer for {years} {'year' if years == 1 else 'years'}")  # fmt: skip
            found.append(
                CardLine("day", _on(coming, today, what), min(days), Text("erster Kauf", "first purchase"), good=True)
            )  # fmt: skip
    return found


def _on(day: date, today: date, what: Text) -> Text:
    left = (day - today).days
    if left == 0:
        return Text(f"heute: {what.de}", f"today: {what.en}")
    if left == 1:
        return Text(f"morgen: {what.de}", f"tomorrow: {what.en}")
    return Text(f"am {_de(day)}: {what.de}", f"on {_en(day)}: {what.en}")


def _next(day: date, today: date) -> date:
    """The next return of a day of the year; 29 February counts as the 28th in other years."""
    for year in (today.year, today.year + 1):
        try:
            coming = day.replace(year=year)
        except ValueError:
            coming = date(year, 2, 28)
        if coming >= today:
            return coming
    raise AssertionError


def parse_birthday(text: str) -> date | None:
    """A day written as 1980-02-29, 29.02.1980 or 29/02/1980; None: not to be read."""
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip()[:10], form).date()
        except ValueError:
            continue
    return None


def _not(
    door: Door, person: str, today: date, here: Any, roles: Any,
    consents: Sequence[ConsentSaid], trouble: list[CardLine],
) -> list[CardLine]:  # fmt: skip
    """What not to do: against their word, while something is open, or once too often."""
    found = []
    for said in consents:
        if not said.given:
            what = ", ".join(part for part in (said.purpose, said.channel) if part)
            day = local_day(said.ts, here)
            found.append(
                CardLine("not", Text(f"ansprechen für: {what or 'alles'} (widerrufen am {_de(day)})",
                                     f"contact for: {what or 'anything'} (withdrawn on {_en(day)})"),
                         day, Text(f"Einwilligung aus {said.source}", f"consent from {said.source}"), good=False)
            )  # fmt: skip
    if any(line.good is False for line in trouble):
        found.append(
            CardLine("not", Text("werben, solange etwas offen ist", "advertise while something is open"),
                     None, Text("Anliegen und Reklamationen", "tickets and complaints"), good=False)
        )  # fmt: skip
    sent = event_sql(role_condition("message_out", roles))
    since = datetime.combine(today - timedelta(days=CONTACT_DAYS), datetime.min.time())
    n = door.ask(
        Question(
            f"SELECT count(*) AS n FROM events WHERE person = $person AND ts >= $since AND {sent}",
            {"person": person, "since": since},
            "contacts of a customer",
            since=since,
            person=person,
        )
    )[0]["n"]
    if n >= MANY_CONTACTS:
        found.append(
            CardLine("not", Text(f"noch einmal schreiben: schon {n} Nachrichten in {CONTACT_DAYS} Tagen",
                                 f"write once more: {n} messages in {CONTACT_DAYS} days already"),
                     today, Text("Nachrichten von uns", "messages from us"), good=False)
        )  # fmt: skip
    return found


def _de(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _en(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
