"""Finding duplicates, looking at what joining two would do, joining and taking back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.people.duplicates import Pair, find_pairs
from gern.core.people.duplicates.pairs import compared
from gern.core.people.duplicates.score import SURE
from gern.core.people.listing import COLUMNS
from gern.core.shop import Shop
from gern.kit.people import names_of
from gern.kit.registry import stores
from gern.rooms.customers.models import DuplicatePair

MOST_KEPT = 50_000
AT_ONCE = 500
"""Sure pairs that are joined by one press of a button."""
PLACES = ("customers.Note", "customers.Tagging", "customers.Task", "customers.Listed",
          "customers.AudienceChange", "customers.CustomerFile", "customers.Relation")  # fmt: skip
"""Where what people of the firm store of a customer lies."""
COMPARED = tuple(c for c in COLUMNS if c not in ("due", "rhythm_days"))


@dataclass(frozen=True)
class Side:
    """One of two customers. ``row``: of the roster; ``has``: what is stored of them, by place."""

    person: str
    row: dict[str, Any]
    has: dict[str, int]


@dataclass(frozen=True)
class Merge:
    """What joining would do. ``fields``: (field, value kept, value of the one who goes) where they
    differ or both have one."""

    kept: Side
    gone: Side
    fields: list[tuple[str, Any, Any]]
    pair: Pair


def look_for_duplicates(shop: Shop) -> int:
    """Find all pairs anew; how many are open. What somebody has decided stays decided."""
    found = find_pairs(shop.door)[:MOST_KEPT]
    mend(shop)
    with transaction.atomic():
        decided = _decided(shop)
        DuplicatePair.objects.filter(state=DuplicatePair.OPEN).delete()
        DuplicatePair.objects.bulk_create(
            [
                DuplicatePair(one=p.one, other=p.other, score=p.score,
                              reasons=[[r.code, r.points] for r in p.reasons])
                for p in found
                if (p.one, p.other) not in decided
            ],
            batch_size=500,
            ignore_conflicts=True,
        )  # fmt: skip
    return DuplicatePair.objects.filter(state=DuplicatePair.OPEN).count()


def _decided(shop: Shop) -> set[tuple[str, str]]:
    """Pairs somebody has kept apart, under the ids they have now."""
    pairs = list(
        DuplicatePair.objects.exclude(state=DuplicatePair.OPEN).values_list("one", "other")
    )
    names = sorted({name for pair in pairs for name in pair})
    now = dict(zip(names, shop.log.people(names), strict=True))
    return set(pairs) | {(min(now[a], now[b]), max(now[a], now[b])) for a, b in pairs}


def mend(shop: Shop) -> None:
    """A process that was killed between its two halves has noted a pair as merged that is not."""
    pairs = list(DuplicatePair.objects.filter(state=DuplicatePair.MERGED))
    now = shop.log.people([pair.gone for pair in pairs])
    kept = shop.log.people([pair.kept for pair in pairs])
    for pair, gone, into in zip(pairs, now, kept, strict=True):
        if gone != into:
            pair.state, pair.kept = DuplicatePair.OPEN, ""
            pair.save()


def preview(shop: Shop, kept: str, gone: str) -> Merge:
    """What joining ``gone`` into ``kept`` would do; nothing is changed. ``BadInput`` when one of
    them is no customer, or they are one already."""
    _check(shop, kept, gone)
    sides = [_side(shop, person) for person in (kept, gone)]
    fields = [
        (column, sides[0].row.get(column), sides[1].row.get(column))
        for column in COMPARED
        if sides[0].row.get(column) is not None or sides[1].row.get(column) is not None
    ]
    return Merge(*sides, fields, compared(shop.door, kept, gone))


def merge(shop: Shop, kept: str, gone: str, by: Any) -> DuplicatePair:
    """These two are one from now on, and always were. Effects: everything of ``gone`` (events,
    orders, notes, tags, tasks, lists …) shows at ``kept``; nothing is rewritten, so that `undo`
    gives it back."""
    _check(shop, kept, gone)
    pair = _pair_row(shop, kept, gone, by)  # first: a merge without its note could not be undone
    shop.log.merge(gone, kept)
    return pair


def merge_sure(shop: Shop, by: Any, shown: Sequence[int] | None = None) -> int:
    """Join the surest open pairs, each once; how many. ``shown``: only these. Who is in two of them
    waits for the next time."""
    taken: set[str] = set()
    chosen = []
    for pair in sure_pairs() if shown is None else sure_pairs().filter(pk__in=shown):
        if {pair.one, pair.other} & taken or len(chosen) == AT_ONCE:
            continue
        taken |= {pair.one, pair.other}
        chosen.append(pair)
    now = dict(zip(sorted(taken), shop.log.people(sorted(taken)), strict=True))
    chosen = [p for p in chosen if now[p.one] == p.one and now[p.other] == p.other]
    rows = {
        row["person"]: row for row in _rows(shop, [n for p in chosen for n in (p.one, p.other)])
    }
    chosen = [p for p in chosen if p.one in rows and p.other in rows]
    for pair in chosen:
        pair.kept = better(rows[pair.one], rows[pair.other])
        pair.state, pair.by = DuplicatePair.MERGED, by
    DuplicatePair.objects.bulk_update(chosen, ["kept", "state", "by"], batch_size=100)
    shop.log.merge_all([(p.gone, p.kept) for p in chosen])
    return len(chosen)


def sure_pairs() -> Any:
    """Open pairs against which hardly anything speaks."""
    return DuplicatePair.objects.filter(state=DuplicatePair.OPEN, score__gte=SURE)


def better(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Who is kept when nobody says otherwise: who bought more often, then whom one has known longer."""

    def rank(row: dict[str, Any]) -> tuple[Any, ...]:
        return (-int(row["purchases"]), row["first_seen"], row["person"])

    return str(min(one, other, key=rank)["person"])


def undo(shop: Shop, pair: DuplicatePair) -> None:
    """They are two again, each with what was theirs, and stay so: the pair is not proposed again.
    ``BadInput`` when they are no longer joined."""
    shop.log.split("customer", pair.gone)
    pair.state, pair.kept = DuplicatePair.APART, ""
    pair.save()


def _check(shop: Shop, kept: str, gone: str) -> None:
    for person in (kept, gone):
        if shop.customer(person) is None:
            raise BadInput(
                f"There is no customer {person!r} any more. Nothing was changed.", param="customer",
                german=f"Einen Kunden „{person}“ gibt es nicht (mehr). Es wurde nichts geändert.",
            )  # fmt: skip
    if kept == gone:
        raise BadInput(
            "These are one customer already.", param="customer",
            german="Das ist schon ein und derselbe Kunde.",
        )  # fmt: skip


def _pair_row(shop: Shop, kept: str, gone: str, by: Any) -> DuplicatePair:
    one, other = sorted((kept, gone))
    pair = DuplicatePair.objects.filter(one=one, other=other).first()
    if pair is None:
        found = compared(shop.door, one, other)
        pair = DuplicatePair(one=one, other=other, score=found.score,
                             reasons=[[r.code, r.points] for r in found.reasons])  # fmt: skip
    pair.state, pair.kept, pair.by = DuplicatePair.MERGED, kept, by
    pair.save()
    return pair


def _rows(shop: Shop, people: Iterable[str]) -> list[dict[str, Any]]:
    return shop.door.ask(
        Question(
            "SELECT person, purchases, first_seen FROM customers WHERE person IN (SELECT unnest($p))",
            {"p": list(people)},
            "two customers",
        )
    )


def _side(shop: Shop, person: str) -> Side:
    row = shop.customer(person) or {}
    counts = shop.timeline(person, limit=1).counts
    has = {"events": sum(counts.values()), "purchases": int(row.get("purchases") or 0)}
    for store in stores().values():
        if store.name in PLACES and store.exporter:
            n = sum(len(store.exporter(name)) for name in names_of(shop, person))
            if n:
                has[store.name] = n
    return Side(person, row, has)


def pairs_of(names: Sequence[str]) -> list[DuplicatePair]:
    """Open pairs somebody is in."""
    found = DuplicatePair.objects.filter(state=DuplicatePair.OPEN)
    return list(found.filter(Q(one__in=names) | Q(other__in=names))[:5])
