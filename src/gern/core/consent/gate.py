"""The contact gate: whether somebody may be contacted, on which legal basis, and why.

One SQL query decides for one person as for a million. A consent counts for the purpose and the
channel it names, and only if both are named; a withdrawal counts for everything but the purpose or
channel it names if that is another one: one that is not understood counts for all. The last word
holds; of two at the same moment the withdrawal. A withdrawal counts from when it reached us, though
its clock be ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from gern.core.conditions.sql import CONSENTS
from gern.core.consent.purpose import ADDRESS, CALLED, CHANNELS, SERVICE, Purpose
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.zones import midnight_utc, zone_named

OWN_CUSTOMER_DAYS = 730
"""So long after the last purchase somebody counts as an own customer (UWG §7(3))."""
STALE_DAYS = 730
"""A consent of which no use was made for so long is doubted by courts."""
GIVEN, WITHDRAWN = CONSENTS
AS_WITHDRAWN = ("Unsubscribed", "Email Marked As Spam")
"""Events of mailing tools that take back the consent to e-mail."""
PAUSED, EVERY = "Contact Paused", "Contact Frequency Chosen"
SENT = {"email": "Email Sent", "sms": "Message Sent", "phone": "Call Made", "post": "Letter Sent"}
ALLOWED = ("contract", "consent", "own_customer", "interest")
"""Codes of decisions that allow; all others forbid."""
CODES = (*ALLOWED, "restricted", "no_address", "withdrawn", "suppressed", "paused", "too_often",
         "no_proof", "no_consent")  # fmt: skip

_NAMES = (GIVEN, WITHDRAWN, *AS_WITHDRAWN, PAUSED, EVERY)
_GATE = """
WITH words AS (
  SELECT person, ts, source, event_id, name,
    {purpose} AS purpose,
    CASE WHEN name IN ({as_withdrawn}) THEN 'email' ELSE {channel} END AS channel,
    nullif(trim(coalesce(json_extract_string(properties, '$.evidence'), '')), '') AS evidence,
    coalesce(json_extract_string(properties, '$.method'), '') AS method,
    json_extract_string(properties, '$.until') AS until,
    json_extract_string(properties, '$.days') AS days
  FROM events WHERE name IN ({names}) AND person IS NOT NULL
    AND CASE WHEN name = '{given}' THEN ts ELSE least(ts, coalesce(received, ts)) END < $at
), broad AS (
  SELECT *, name = '{given}' AS given FROM words
  WHERE (name = '{given}' AND list_contains($purposes, purpose) AND list_contains($channels, channel))
    OR (name <> '{given}' AND NOT (list_contains($other_purposes, purpose)
        AND NOT list_contains($purposes, purpose))
      AND NOT list_contains($other_channels, channel))
), last AS (
  SELECT person, max_by(struct_pack(given := given, ts := ts, source := source, event_id := event_id,
    evidence := evidence, method := method), (ts, NOT given, event_id)) AS word
  FROM broad WHERE name NOT IN ('{paused}', '{every}') GROUP BY person
), wishes AS (
  SELECT person,
    max_by({until}, (ts, event_id)) FILTER (name = '{paused}') AS paused_until,
    max_by({days}, (ts, event_id)) FILTER (name = '{every}') AS every_days
  FROM broad WHERE name IN ('{paused}', '{every}') GROUP BY person
), sent AS (
  SELECT person, max(ts) FILTER (list_contains($purposes, {purpose})) AS sent_for_it
  FROM events WHERE name = $sent AND person IS NOT NULL AND ts < $at GROUP BY person
), known AS (
  SELECT c.person, c.purchases, c.first_purchase, c.last_purchase, w.word,
    nullif(trim({address}), '') AS address, p.paused_until, p.every_days, s.sent_for_it,
    list_contains($restricted, c.person) AS restricted, {suppressed} AS suppressed
  FROM customers AS c LEFT JOIN last AS w USING (person) LEFT JOIN wishes AS p USING (person)
    LEFT JOIN sent AS s USING (person)
)
SELECT person, word.ts AS ts, word.source AS source, word.event_id AS event_id,
  word.evidence AS evidence, word.method AS method, word.given AS given, paused_until, every_days,
  sent_for_it, last_purchase, {otherwise} AS otherwise, CASE
    WHEN restricted THEN 'restricted'
    WHEN address IS NULL THEN 'no_address'
    {by_contract}
    WHEN NOT word.given THEN 'withdrawn'
    WHEN suppressed IS NOT NULL AND NOT coalesce(word.method = 'double_opt_in'
      AND word.ts > suppressed, false) THEN 'suppressed'
    WHEN paused_until > $day THEN 'paused'
    WHEN sent_for_it + to_days(every_days) > $at THEN 'too_often'
    {by_consent}
    WHEN {otherwise} <> 'no_consent' THEN {otherwise}
    WHEN word.given THEN 'no_proof'
    ELSE 'no_consent' END AS code
FROM known
"""


_UNTIL = (
    "least(DATE '9999-12-31', coalesce(try_cast(until AS DATE),"
    " CAST(try_strptime(until, '%d.%m.%Y') AS DATE), DATE '9999-12-31'))"
)
"""SQL: a pause of which nobody can tell how long it lasts does not end by itself."""
_DAYS = "CASE WHEN try_cast(days AS INTEGER) BETWEEN 1 AND 3650 THEN try_cast(days AS INTEGER) ELSE 0 END"


@dataclass(frozen=True)
class Decision:
    """``code``: one of `CODES`. ``ts``, ``source``, ``event_id``, ``evidence``: of the last word on
    it, if there is one. ``used``: when they were last written to or called that way. ``until``: of a
    pause. ``stale``: the consent is old and was not used."""

    person: str
    purpose: str
    channel: str
    code: str
    ts: datetime | None = None
    source: str | None = None
    event_id: str | None = None
    evidence: str | None = None
    method: str = ""
    used: datetime | None = None
    until: date | None = None
    last_purchase: datetime | None = None
    stale: bool = False
    given: bool | None = None
    """The last word on it, whatever else holds; None: there is none."""
    otherwise: str = "no_consent"
    """What would hold without a word."""
    every_days: int = 0
    """They want it at most every so many days; 0: as it comes."""

    @property
    def allowed(self) -> bool:
        """Whether they may be contacted."""
        return self.code in ALLOWED


@dataclass(frozen=True)
class Terms:
    """What the gate knows beside the log. ``restricted``: customers whose data are locked (Art. 18).
    ``suppressed_sql``: SQL of a timestamp over ``c.email`` and ``c.phone``, NULL where an address is
    not on the list of those never to be contacted; ``values``: what it binds."""

    restricted: Sequence[str] = ()
    others: Sequence[str] = ()
    """Names of all purposes there are: a withdrawal that names one of the others is not of this."""
    zone: str = "UTC"
    suppressed_sql: str = "CAST(NULL AS TIMESTAMP)"
    values: Mapping[str, Any] = field(default_factory=dict)


def gate_sql(
    purpose: Purpose, channel: str, at: datetime, terms: Terms | None = None
) -> tuple[str, dict[str, Any]]:
    """(SQL, values): a row a customer with ``code`` and what it rests on; the relation ``customers``
    may be narrowed before. ``BadInput`` for a channel there is not."""
    if channel not in CHANNELS:
        raise BadInput(f"{channel!r} is no channel. Allowed: {', '.join(CHANNELS)}.", param="channel")  # fmt: skip
    terms = terms or Terms()
    own = purpose.own_goods and purpose.told_since is not None and channel == "email"
    proof = " AND (word.evidence IS NOT NULL OR word.method = 'double_opt_in')"
    sql = _GATE.format(
        purpose=plain_sql("purpose"), channel=plain_sql("channel"), until=_UNTIL, days=_DAYS,
        otherwise=_otherwise(own, channel), names=_listed(_NAMES), as_withdrawn=_listed(AS_WITHDRAWN), given=GIVEN, paused=PAUSED,
        every=EVERY, address=f"c.{ADDRESS[channel]}", suppressed=terms.suppressed_sql,
        by_contract="WHEN true THEN 'contract'" if purpose.kind == SERVICE else "",
        by_consent=f"WHEN word.given{proof if purpose.needs_proof else ''} THEN 'consent'",
    )  # fmt: skip
    values: dict[str, Any] = {
        "purposes": list(purpose.names), "channels": list(CALLED[channel]), "at": at, "day": at.date(),
        "other_purposes": [name.strip().lower() for name in terms.others] or [" "],
        "other_channels": [n for id, names in CALLED.items() if id != channel for n in names],
        "sent": SENT[channel], "restricted": list(terms.restricted) or [""], **terms.values,
    }  # fmt: skip
    if own and purpose.told_since:
        values |= {
            "told_since": midnight_utc(purpose.told_since, zone_named(terms.zone)),
            "own_since": at - timedelta(days=OWN_CUSTOMER_DAYS),
        }
    return sql, values


def may_contact(
    door: Door, person: str, purpose: Purpose, channel: str, at: datetime,
    terms: Terms | None = None,
) -> Decision | None:  # fmt: skip
    """Whether this customer may be contacted at an instant (naive UTC); None: there is no such
    customer."""
    sql, values = gate_sql(purpose, channel, at, terms)
    rows = door.ask(Question(
        f"SELECT * FROM ({sql}) WHERE person = $person", {**values, "person": person},
        "may they be contacted", person=person, among=(person,),
    ))  # fmt: skip
    return _decision(rows[0], purpose, channel, at) if rows else None


def words_of(door: Door, person: str) -> list[dict[str, Any]]:
    """Everything a customer said on being contacted, the newest first."""
    return door.ask(Question(
        "SELECT ts, received, source, event_id, name, properties FROM events WHERE person = $person"
        f" AND name IN ({_listed(_NAMES)}) ORDER BY ts DESC, event_id DESC",
        {"person": person}, "words on contact", person=person,
    ))  # fmt: skip


def decided(
    door: Door, people_sql: str, people_values: Mapping[str, Any], purpose: Purpose, channel: str,
    at: datetime, terms: Terms | None = None,
) -> dict[str, int]:  # fmt: skip
    """How many of these customers (SQL, one column ``person``) get which code; the most first."""
    sql, values = gate_sql(purpose, channel, at, terms)
    rows = door.ask(Question(
        f"SELECT code, count(*) AS n FROM ({sql}) SEMI JOIN ({people_sql}) USING (person)"
        " GROUP BY code ORDER BY n DESC, code",
        {**values, **people_values}, "who may be contacted",
    ))  # fmt: skip
    return {row["code"]: int(row["n"]) for row in rows}


def _decision(row: dict[str, Any], purpose: Purpose, channel: str, at: datetime) -> Decision:
    unused = max(filter(None, (row["ts"], row["sent_for_it"])), default=None)
    stale = row["code"] == "consent" and unused is not None and at - unused > timedelta(days=STALE_DAYS)  # fmt: skip
    until = row["paused_until"]
    if row["code"] == "too_often":
        until = (row["sent_for_it"] + timedelta(days=row["every_days"])).date()
    return Decision(
        row["person"], purpose.id, channel, row["code"], row["ts"], row["source"], row["event_id"],
        row["evidence"], row["method"] or "", row["sent_for_it"], until, row["last_purchase"], stale,
        row["given"], row["otherwise"], row["every_days"] or 0,
    )  # fmt: skip


def plain_sql(key: str) -> str:
    """SQL: a name in the properties, without case and blanks around it."""
    said = f"lower(nfc_normalize(coalesce(json_extract_string(properties, '$.{key}'), '')))"
    return f"regexp_replace({said}, '^\\s+|\\s+$', '', 'g')"


def _otherwise(own: bool, channel: str) -> str:
    """SQL: what holds for somebody who has not said anything."""
    if channel == "post":
        return "'interest'"
    if own:
        return ("CASE WHEN purchases > 0 AND first_purchase >= $told_since AND last_purchase >= $own_since"
                " THEN 'own_customer' ELSE 'no_consent' END")  # fmt: skip
    return "'no_consent'"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
