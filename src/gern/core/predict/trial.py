"""An experiment in the log: who was to be contacted by a campaign, who was held out, what was known of them
before, and what they did afterwards.

Events of the role ``targeted`` (``Campaign Targeted``) with ``properties.campaign_id`` (or ``campaign``)
and ``properties.group``: ``holdout`` for those held out, the name of what they got for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from gern.core.conditions.nodes import Any, Compare
from gern.core.conditions.sql import event_sql
from gern.core.engines.door import Door
from gern.core.engines.duckdb import interval
from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.figures.roles import role_condition

Outcome = Literal["revenue", "bought", "visited"]
OUTCOMES: tuple[Outcome, ...] = ("revenue", "bought", "visited")
HELD_OUT = ("holdout", "hold-out", "control", "kontrollgruppe")
"""What the group of those held out is called, in small letters."""
MOST_KINDS = 12
"""A trait of text with more different values says nothing about others."""
_CAMPAIGN = (
    "coalesce(json_extract_string(properties, '$.campaign_id'), json_extract_string(properties, '$.campaign'),"
    " json_extract_string(context, '$.campaign.id'))"
)

OURS = Compare("initiator", "is", "company")
"""What we did, such as a push notification, is no visit."""
_DRAWN = "drawn AS (SELECT unnest($people) AS person, unnest($drawn) AS ts)"


@dataclass(frozen=True)
class Trial:
    """One entry a customer in the experiment. ``contacted``, ``outcome``; ``features``: a row each of what was
    known before they were drawn, a column each of ``names``."""

    person: Array
    contacted: Array
    outcome: Array
    features: Array
    names: list[str]
    group: str
    drawn: tuple[int, int]
    """How many were drawn for any group of the campaign, and how many of them held out."""


def trial(
    door: Door, roles: Mapping[str, Sequence[str]], campaign: str, outcome: Outcome, days: int,
    group: str | None = None,
) -> Trial:  # fmt: skip
    """The experiment of a campaign: what those contacted (as ``group`` says, where there are several) and
    those held out did within ``days`` of being drawn. A time that is not over yet is refused.
    ``BadInput``: there is no such campaign or group."""
    rows = door.columns(Question(
        f"SELECT person, lower(coalesce(json_extract_string(properties, '$.group'), '')) AS part, min(ts) AS ts"
        f" FROM events WHERE {event_sql(role_condition('targeted', roles))} AND person IS NOT NULL"
        f" AND {_CAMPAIGN} = $campaign GROUP BY person, part ORDER BY person, ts, part",
        {"campaign": campaign}, "an experiment",
    ))  # fmt: skip
    person, part = rows["person"].astype(str), rows["part"].astype(str)
    out = np.isin(part, HELD_OUT)
    groups = sorted({*part[~out].tolist()})
    if not len(person):
        raise _nobody(campaign, campaigns(door, roles))
    chosen = _chosen(groups, group)
    twice = np.flatnonzero(person[1:] == person[:-1])
    mixed = np.isin(person, person[twice])  # in two groups: of neither
    some = (out | (part == chosen)) & ~mixed
    ts = rows["ts"][some]
    if len(ts):
        _check_over(door, ts, days)
    names, known = _known(door, person[some], ts)
    came = _outcome(door, roles, person[some], ts, outcome, days)
    drawn = (int((~mixed).sum()), int((out & ~mixed).sum()))
    return Trial(person[some], ~out[some], came, known, names, chosen, drawn)


def campaigns(door: Door, roles: Mapping[str, Sequence[str]]) -> list[str]:
    """Those somebody was held out of."""
    listed = ", ".join(f"'{name}'" for name in HELD_OUT)
    rows = door.ask(Question(
        f"SELECT DISTINCT {_CAMPAIGN} AS campaign FROM events WHERE {event_sql(role_condition('targeted', roles))}"
        f" AND lower(json_extract_string(properties, '$.group')) IN ({listed}) ORDER BY campaign",
        {}, "experiments",
    ))  # fmt: skip
    return [row["campaign"] for row in rows if row["campaign"]]


def _nobody(campaign: str, known: list[str]) -> BadInput:
    listed = ", ".join(known[:20])
    there = f" Somebody was held out of: {listed}." if known else ""
    dort = f" Eine Kontrollgruppe haben: {listed}." if known else ""
    return BadInput(
        f"Nobody was drawn for a campaign {campaign!r}: there is no event “Campaign Targeted” with this"
        f" campaign_id.{there} It is imported as a CSV with time, customer, event, campaign_id and group.",
        param="campaign",
        german=f"Für eine Kampagne „{campaign}“ wurde niemand ausgelost: Es gibt kein Ereignis „Campaign"
        f" Targeted“ mit dieser campaign_id.{dort} Es wird importiert als CSV mit time, customer, event,"
        " campaign_id und group.",
    )  # fmt: skip


def _chosen(groups: list[str], group: str | None) -> str:
    wanted = (group or "").lower()
    if (group is None and len(groups) > 1) or (group is not None and wanted not in groups):
        listed = ", ".join(groups)
        raise BadInput(f"The campaign has several groups; name one of: {listed}.", param="group",
                       german=f"Die Kampagne hat mehrere Gruppen; nennen Sie eine von: {listed}.")  # fmt: skip
    return wanted or (groups[0] if groups else "")


def _check_over(door: Door, ts: Array, days: int) -> None:
    last = door.span()[1]
    end = ts.max().astype("datetime64[us]").item() + timedelta(days=days)
    if last is not None and last < end:
        raise BadInput(
            f"The {days} days after the last one was drawn are not over: there are data until {last:%Y-%m-%d},"
            f" they end on {end:%Y-%m-%d}.", param="days",
            german=f"Die {days} Tage nach der letzten Auslosung sind nicht um: Daten reichen bis {last:%Y-%m-%d},"
            f" sie enden am {end:%Y-%m-%d}.",
        )  # fmt: skip


def _known(door: Door, person: Array, ts: Array) -> tuple[list[str], Array]:
    """Purchases and traits, as they were known when each was drawn."""
    if not len(ts):
        return [], np.zeros((0, 0))
    bought = door.columns(Question(f"""
WITH {_DRAWN}, before AS (
  SELECT l.person, l.source, l.order_id, min(l.ts) AS ts, any_value(d.ts) AS drawn, sum(l.amount) FILTER (l.quantity > 0) AS value
  FROM lines AS l JOIN drawn AS d ON d.person = l.person AND l.ts < d.ts GROUP BY l.person, l.source, l.order_id
)
SELECT d.person, CAST(count(b.order_id) AS DOUBLE) AS purchases, CAST(coalesce(sum(b.value), 0) AS DOUBLE) AS spent,
  CAST(date_diff('day', max(b.ts), any_value(b.drawn)) AS DOUBLE) AS silent,
  CAST(date_diff('day', min(b.ts), any_value(b.drawn)) AS DOUBLE) AS known
FROM drawn AS d LEFT JOIN before AS b ON b.person = d.person GROUP BY d.person ORDER BY d.person""",
        _values(person, ts), "what was known before",
    ))  # fmt: skip
    names = ["purchases", "spent", "silent", "known"]
    columns = [bought[name] for name in names]
    rows = door.ask(Question(f"""
WITH {_DRAWN}, said AS (
  SELECT e.person, e.ts, e.event_id, unnest(json_keys(e.properties)) AS key, e.properties FROM events AS e
  JOIN drawn AS d ON d.person = e.person AND e.ts < d.ts WHERE e.kind = 'identify'
)
SELECT person, key, arg_max(json_extract_string(properties, '$."' || key || '"'), (ts, event_id)) AS value
FROM said WHERE NOT contains(key, '"') AND key NOT IN ('', '*') GROUP BY person, key ORDER BY key, person""",
        _values(person, ts), "traits known before",
    ))  # fmt: skip
    traits: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["value"] is not None:
            traits.setdefault(row["key"], {})[row["person"]] = row["value"]
    order = np.sort(person)
    for key, values in traits.items():
        for name, column in _columns(key, [values.get(one) for one in order.tolist()]):
            names.append(name)
            columns.append(column)
    back = np.searchsorted(order, person)
    return names, np.column_stack(columns)[back]


def _columns(key: str, values: list[str | None]) -> list[tuple[str, Array]]:
    """Numbers as they are; of a few texts a column each; other texts say nothing about others."""
    kinds = sorted({value for value in values if value is not None})
    numbers = [_number(value) for value in kinds]
    if all(number is not None for number in numbers):
        return [(key, np.array([np.nan if value is None else float(value) for value in values]))]
    if len(kinds) > MOST_KINDS:
        return []
    return [(f"{key}: {kind}", np.array([float(value == kind) for value in values])) for kind in kinds]  # fmt: skip


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def _outcome(
    door: Door, roles: Mapping[str, Sequence[str]], person: Array, ts: Array, outcome: Outcome, days: int
) -> Array:  # fmt: skip
    if not len(ts):
        return np.zeros(0)
    automatic = event_sql(
        Any((role_condition("automatic", roles), role_condition("targeted", roles), OURS))
    )
    within = f"e.ts >= d.ts AND e.ts < d.ts + {interval(timedelta(days=days))}"
    value, of = {
        "revenue": ("CAST(coalesce(sum(e.balance), 0) AS DOUBLE)", "orders"),
        "bought": ("CAST(coalesce(bool_or(e.purchase), false) AS DOUBLE)", "orders"),
        "visited": ("CAST(count(e.person) > 0 AS DOUBLE)", f"(SELECT person, ts FROM events WHERE traffic IS NULL AND {ON_WEB} AND NOT {automatic})"),
    }[outcome]  # fmt: skip
    found = door.columns(Question(
        f"WITH {_DRAWN} SELECT d.person, {value} AS came FROM drawn AS d LEFT JOIN {of} AS e"
        f" ON e.person = d.person AND {within} GROUP BY d.person ORDER BY d.person",
        _values(person, ts), "what they did then",
    ))  # fmt: skip
    return np.asarray(found["came"][np.searchsorted(np.sort(person), person)], dtype=float)


def _values(person: Array, ts: Array) -> dict[str, object]:
    return {"people": person.tolist(), "drawn": ts.astype("datetime64[us]").tolist()}
