"""Making, changing and removing audiences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from gern.core.audiences.rule import resolved
from gern.core.audiences.sets import people_of_query
from gern.core.conditions.nodes import All, Condition, Member
from gern.core.conditions.tree import check, check_names_nobody, from_json, leaves, to_json
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.log.erasure import MEMBERS
from gern.core.people.finding import compact
from gern.core.shop import Shop
from gern.rooms.customers.audiences.members import fill, one_at_a_time
from gern.rooms.customers.audiences.rules import rules
from gern.rooms.customers.models import Audience, AudienceChange, Listed

MOST_LISTED = 200_000


@dataclass(frozen=True)
class Matched:
    """``people``: customers found; ``unknown``: lines nobody was found for."""

    people: tuple[str, ...]
    unknown: tuple[str, ...]


def define(
    shop: Shop, *, name: str, note: str, by: Any, audience: Audience | None = None,
    condition: Condition | None = None, query: str = "", people: Sequence[str] | None = None,
) -> Audience:  # fmt: skip
    """Make an audience, or change what one is; exactly one of condition, query and people.
    Effects: it is filled, and so is every audience that asks for it; its history of members begins
    anew when what it is has changed. ``BadInput`` says what is wrong."""
    kind = Audience.LIST if people is not None else Audience.QUERY if query else Audience.RULE
    if kind == Audience.RULE:
        check_rule(condition or All())
    elif kind == Audience.QUERY:
        people_of_query(query)
    taken = Audience.objects.filter(name__iexact=name).exclude(pk=audience.pk if audience else 0)
    if not name or taken.exists():
        raise BadInput(
            f"An audience needs a name of its own; {name!r} is taken." if name else "An audience needs a name.",
            param="name",
            german=f"Eine Zielgruppe braucht einen eigenen Namen; „{name}“ gibt es schon."
            if name else "Eine Zielgruppe braucht einen Namen.",
        )  # fmt: skip
    text = to_json(condition or All()) if kind == Audience.RULE else ""
    found = audience or Audience(by=by)
    same = bool(found.pk) and (found.kind, found.condition, found.query) == (kind, text, query)
    with one_at_a_time(shop):
        with transaction.atomic():
            found.name, found.note, found.kind = name, note, kind
            found.condition, found.query = text, query
            if not same:
                found.base = ""
            # not the others: a pass may have written them since this was read
            fields = ["name", "note", "kind", "condition", "query", *([] if same else ["base"])]
            found.save(update_fields=fields if found.pk else None)
            if not same:
                AudienceChange.objects.filter(audience=found).delete()
            if people is not None:
                _put_on_list(found, people)
            if kind == Audience.RULE:
                resolved(Member(found.pk), rules(shop))  # it must not come back to itself
        if not same or people is not None:
            _fill_with_dependents(shop, found)
    found.refresh_from_db()
    return found


def check_rule(condition: Condition) -> None:
    """``BadInput`` unless it is a condition about customers that names none of them."""
    check(condition, people=True, now=True)
    check_names_nobody(condition)


def _fill_with_dependents(shop: Shop, audience: Audience) -> None:
    """Work it out; for whoever asks for it, note who came and left by that. Not in a transaction:
    it may take a while."""
    known = rules(shop)
    if audience.kind != Audience.LIST:
        fill(shop, audience, known)
    for other in dependents(audience):
        fill(shop, other, known, compare=True)


def asks_for(audience: Audience, id: int, seen: frozenset[int] = frozenset()) -> bool:
    """Whether a rule names another audience, or one that does."""
    if not audience.condition or audience.pk in seen:
        return False
    try:
        parts = leaves(from_json(audience.condition))
    except BadInput:
        return False
    named = {leaf.audience for leaf in parts if isinstance(leaf, Member)}
    if id in named:
        return True
    others = Audience.objects.filter(pk__in=named)
    return any(asks_for(other, id, seen | {audience.pk}) for other in others)


def dependents(audience: Audience) -> list[Audience]:
    """Audiences that ask for it."""
    rest = Audience.objects.exclude(pk=audience.pk)
    return [other for other in rest if asks_for(other, audience.pk)]


def remove(shop: Shop, audience: Audience) -> None:
    """It is gone, with its members' history and file. ``BadInput`` while another asks for it."""
    if found := dependents(audience):
        listed = ", ".join(other.name for other in found)
        raise BadInput(
            f"Other audiences ask for it: {listed}. Nothing was changed.",
            param="audience",
            german=f"Andere Zielgruppen fragen danach: {listed}. Es wurde nichts geändert.",
        )
    with one_at_a_time(shop):
        files = list(shop.home.cache.glob(f"{MEMBERS}{audience.pk}-*.parquet"))
        audience.delete()
        for path in files:
            path.unlink(missing_ok=True)


def _now(shop: Shop, names: Sequence[str]) -> list[str | None]:
    """Who somebody of this name is now, where they were joined to somebody; else None."""
    now = shop.log.people(names)
    return [new if new != old else None for old, new in zip(names, now, strict=True)]


def _put_on_list(audience: Audience, people: Sequence[str]) -> None:
    if len(people) > MOST_LISTED:
        raise BadInput(
            f"A list holds {MOST_LISTED:,} customers at most; these are {len(people):,}.",
            param="people",
            german=f"Eine Liste fasst höchstens {MOST_LISTED} Kunden; das sind {len(people)}.",
        )
    Listed.objects.filter(audience=audience).delete()
    Listed.objects.bulk_create(
        [Listed(audience=audience, person=p) for p in dict.fromkeys(people)], batch_size=500
    )
    Audience.objects.filter(pk=audience.pk).update(size=len(set(people)), as_of=timezone.now())


def matched(shop: Shop, lines: Sequence[str]) -> Matched:
    """Whom these lines name: by customer number in any notation, card or e-mail address. A line
    that fits several customers finds none."""
    wanted = list(dict.fromkeys(line.strip() for line in lines if line.strip()))[: MOST_LISTED + 1]
    if not wanted:
        return Matched((), ())
    values = {
        "exact": wanted, "bare": [compact(w) or "-" for w in wanted],
        "mail": [w.lower() for w in wanted],
    }  # fmt: skip
    rows = shop.door.ask(Question(
        "WITH asked AS (SELECT unnest(CAST($exact AS VARCHAR[])) AS line,"
        " unnest(CAST($bare AS VARCHAR[])) AS bare, unnest(CAST($mail AS VARCHAR[])) AS mail),"
        " known AS (SELECT person, lower(email) AS email, string_split(numbers, ' ') AS marks FROM customers),"
        " marked AS (SELECT person, unnest(marks) AS mark FROM known),"
        " found AS (SELECT line, person, 1 AS way FROM asked JOIN customers ON person = line"
        " UNION ALL SELECT line, person, 2 FROM asked JOIN known ON email = mail"
        " UNION ALL SELECT line, person, 3 FROM asked JOIN marked ON mark = bare AND length(bare) >= 2)"
        " SELECT line, CASE WHEN bool_or(way = 1) THEN min(person) FILTER (way = 1)"
        " WHEN count(DISTINCT person) = 1 THEN min(person) END AS person FROM found GROUP BY line",
        values, "customers of a list",
    ))  # fmt: skip
    by_line = dict(zip(wanted, _now(shop, wanted), strict=True))  # also who was joined to somebody
    by_line |= {row["line"]: row["person"] for row in rows}
    people = dict.fromkeys(p for w in wanted if (p := by_line.get(w)) is not None)
    return Matched(tuple(people), tuple(w for w in wanted if by_line.get(w) is None))
