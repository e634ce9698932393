"""What a customer's contacts say: trouble, answers, and what to leave alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gern.core.conditions.plain import holds_for_event
from gern.core.figures.roles import role_condition
from gern.core.people.card.line import CardLine, english, german
from gern.core.people.events import Events, properties
from gern.core.people.traits import ConsentSaid
from gern.core.text import Text
from gern.core.zones import local_day

MANY_CONTACTS, CONTACT_DAYS = 8, 30
"""So many messages from us in so many days are enough."""
_TROUBLE = ("Ticket Opened", "Ticket Solved", "Ticket Reopened", "Complaint Filed", "Complaint Settled")  # fmt: skip


_SETTLED = ("Ticket Solved", "Complaint Settled")


def trouble(events: Events, here: ZoneInfo) -> list[CardLine]:
    """Tickets and complaints that are open; when none is, the latest and when it was settled.
    Of one without a number nobody can say whether it is."""
    things: dict[tuple[str, str, str], dict[str, Any]] = {}
    rows = [event for event in events if event["name"] in _TROUBLE and not event["traffic"]]
    for row in sorted(rows, key=lambda r: (r["ts"], r["name"] in _SETTLED, r["event_id"] or "")):
        kind, sent = row["name"].split()[0], properties(row)
        number = str(sent.get("ticket") or sent.get("complaint") or "")
        if not number and row["name"] in _SETTLED:
            continue
        key = (row["source"], kind, number or f"event {row['event_id']}")
        thing = things.setdefault(key, {"kind": kind, "begun": row["ts"], "subject": ""})
        thing["open"] = (row["name"] not in _SETTLED) if number else None
        thing["changed"] = row["ts"]
        thing["subject"] = (
            str(sent.get("subject") or sent.get("topic") or "")[:120] or thing["subject"]
        )
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
    if thing["open"] is None:
        state = Text("", "")
    elif thing["open"]:
        state = Text(": noch offen", ": still open")
    else:
        state = Text(f": erledigt am {german(changed)}", f": settled on {english(changed)}")
    return CardLine(
        "trouble",
        Text(f"{what.de}{subject} vom {german(begun)}{state.de}",
             f"{what.en}{subject_en} of {english(begun)}{state.en}"),
        begun, Text("Anliegen und Reklamationen", "tickets and complaints"), good=None if thing["open"] is None else not thing["open"],
    )  # fmt: skip


def answers(events: Events, here: ZoneInfo) -> list[CardLine]:
    """The last answer with a score of recommendation, satisfaction or effort, and its comment."""
    for row in events:
        if row["name"] != "Survey Answered" or row["traffic"]:
            continue
        sent = properties(row)
        question, score = str(sent.get("question", "")).lower(), sent.get("score")
        scale = {"nps": 10, "csat": 5, "ces": 7}.get(question)
        if scale is None or not isinstance(score, int | float) or not 0 <= score <= scale:
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


def dont(
    events: Events, today: date, here: ZoneInfo, *, roles: Mapping[str, Sequence[str]],
    consents: Sequence[ConsentSaid], trouble: Sequence[CardLine],
) -> list[CardLine]:  # fmt: skip
    """What not to do: against their word, while something is open, or once too often."""
    found = []
    for said in consents:
        if not said.given:
            what = ", ".join(part for part in (said.purpose, said.channel) if part)
            day = local_day(said.ts, here)
            found.append(
                CardLine("not", Text(f"ansprechen für: {what or 'alles'} (widerrufen am {german(day)})",
                                     f"contact for: {what or 'anything'} (withdrawn on {english(day)})"),
                         day, Text(f"Einwilligung aus {said.source}", f"consent from {said.source}"), good=False)
            )  # fmt: skip
    last = next((e for e in events if e["name"] in ("Unsubscribed", "Subscribed")), None)
    if last and last["name"] == "Unsubscribed":
        day = local_day(last["ts"], here)
        found.append(
            CardLine("not", Text(f"den Newsletter schicken (abgemeldet am {german(day)})",
                                 f"send the newsletter (unsubscribed on {english(day)})"),
                     day, Text(f"Abmeldung aus {last['source']}", f"unsubscription from {last['source']}"), good=False)
        )  # fmt: skip
    if any(line.good is False for line in trouble):
        found.append(
            CardLine("not", Text("werben, solange etwas offen ist", "advertise while something is open"),
                     None, Text("Anliegen und Reklamationen", "tickets and complaints"), good=False)
        )  # fmt: skip
    by_us = role_condition("message_out", roles)
    since = today - timedelta(days=CONTACT_DAYS)
    late = itertools.takewhile(lambda event: local_day(event["ts"], here) >= since, events)
    n = sum(holds_for_event(by_us, event) for event in late)
    if n >= MANY_CONTACTS:
        found.append(
            CardLine("not", Text(f"noch einmal schreiben: schon {n} Nachrichten in {CONTACT_DAYS} Tagen",
                                 f"write once more: {n} messages in {CONTACT_DAYS} days already"),
                     today, Text("Nachrichten von uns", "messages from us"), good=False)
        )  # fmt: skip
    return found
