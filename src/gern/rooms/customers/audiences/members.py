"""Who is in an audience: a file of its members, and the changes since that file was written.

The file lies in the cache of the home; where it is missing, its members are worked out from the rule.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from gern.core.audiences.asking import people_who_fit
from gern.core.audiences.rule import Rules, condition_of
from gern.core.engines.duckdb import literal
from gern.core.engines.kept import sweep_others
from gern.core.engines.question import Question
from gern.core.errors import GernError
from gern.core.log.erasure import MEMBERS
from gern.core.log.event import Event
from gern.core.people.listing import Subset
from gern.core.shop import Shop
from gern.kit.inputs import number
from gern.kit.outbox.services import record_all
from gern.rooms.customers.audiences.rules import listed, rules
from gern.rooms.customers.models import Audience, AudienceChange, Listed

MOST_CHANGES = 2000
"""More changes than so many, and than a twentieth of the members, become a new file."""


@contextmanager
def one_at_a_time(shop: Shop) -> Iterator[None]:
    """Only one process of this machine changes who is in which audience. Not inside a transaction:
    whoever waits for the lock must not hold the database."""
    with (shop.home.cache / "audiences.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def base_of(shop: Shop, audience: Audience) -> Path | None:
    """The file, when it is there."""
    path = shop.home.cache / audience.base
    return path if audience.base and path.exists() else None


def members(shop: Shop, audience: Audience) -> Subset:
    """SQL of its members. ``BadInput``: they cannot be told."""
    if audience.kind == Audience.LIST:
        name = f"listed_{audience.pk}"
        people = list(listed(shop, audience.pk))
        return Subset(f"SELECT unnest(CAST(${name} AS VARCHAR[])) AS person", {name: people})
    base = base_of(shop, audience)
    if base is not None:
        return _told(audience, base)
    path = _worked_out(shop, audience, rules(shop))  # the next pass writes it down
    return Subset(f"SELECT person FROM read_parquet({literal(str(path))})")


def listed_audiences() -> list[tuple[str, str]]:
    """(id, name) of all, for other rooms (`kit.subsets`)."""
    return [(str(one.pk), one.name) for one in Audience.objects.all()]


def audience_subset(shop: Shop, id: str) -> Subset | None:
    """Who is in it, for other rooms; None: there is no such audience."""
    found = Audience.objects.filter(pk=number(id)).first()
    return members(shop, found) if found else None


def people_in(shop: Shop, audience: Audience) -> list[str]:
    """Its members, as a list."""
    return _people(shop, members(shop, audience))


def audiences_of(shop: Shop, person: str, names: Sequence[str]) -> list[Audience]:
    """The audiences somebody is in. ``names``: every id they ever had."""
    found = set(Listed.objects.filter(person__in=names).values_list("audience", flat=True))
    found |= _in_files(shop, person)
    changes = AudienceChange.objects.filter(person=person, pk__gt=F("audience__base_upto"))
    for id, entered in changes.order_by("pk").values_list("audience", "entered"):
        (found.add if entered else found.discard)(id)
    return list(Audience.objects.filter(pk__in=found))


def _in_files(shop: Shop, person: str) -> set[int]:
    """The audiences in whose file somebody is."""
    parts = [
        f"SELECT {audience.pk} AS id FROM read_parquet({literal(str(base))}) WHERE person = $p"
        for audience in Audience.objects.exclude(base="")
        if (base := base_of(shop, audience)) is not None
    ]
    if not parts:
        return set()
    question = Question(" UNION ALL ".join(parts), {"p": person}, "audiences of a customer")
    return {row["id"] for row in shop.door.ask(question)}


def fill(
    shop: Shop, audience: Audience, known: Rules, *, compare: bool = False, joined: Iterable[str] = ()
) -> None:  # fmt: skip
    """Work out who is in it from its rule alone, and write the file. Inside `one_at_a_time`.

    ``compare``: its rule is the same as before, so whoever came or left is noted. ``joined``: who was
    joined to somebody or parted since. Whoever is no customer any more has not left: their data
    are gone.
    """
    before = base_of(shop, audience) if compare else None
    old = _told(audience, before) if before else None
    try:
        path = _worked_out(shop, audience, known)
    except GernError as error:
        problem = error.german if shop.language == "de" else str(error)
        Audience.objects.filter(pk=audience.pk).update(problem=problem, as_of=timezone.now())
        audience.refresh_from_db()
        return
    new = f"SELECT person FROM read_parquet({literal(str(path))})"
    with transaction.atomic():
        if old is not None:
            came = _people(
                shop, Subset(f"SELECT person FROM ({new}) EXCEPT ({old.sql})", old.values)
            )
            still = f"SELECT person FROM ({old.sql}) WHERE person IN (SELECT person FROM customers)"
            left = _people(shop, Subset(f"SELECT person FROM ({still}) EXCEPT ({new})", old.values))
            note(audience, came, left, set(came) & set(joined))
        write_down(shop, audience, path)
    sweep_others(path, f"{MEMBERS}{audience.pk}")


def without(shop: Shop, person: str) -> int:
    """Write the files anew in which an erased person is, and delete older ones; how many they were
    in. Inside `one_at_a_time`."""
    inside = _in_files(shop, person)
    for audience in Audience.objects.filter(pk__in=inside):
        file = literal(str(shop.home.cache / audience.base))
        others = f"SELECT person FROM read_parquet({file}) WHERE person <> $gone"
        path = _kept(shop, audience, Subset(others, {"gone": person}))
        Audience.objects.filter(pk=audience.pk).update(base=path.name)
    kept = set(Audience.objects.values_list("base", flat=True))
    for path in shop.home.cache.glob(f"{MEMBERS}*.parquet"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
    return len(inside)


def shorten(shop: Shop, audience: Audience) -> None:
    """Make a new file when too much has changed since the old one."""
    base = base_of(shop, audience)
    changes = AudienceChange.objects.filter(audience=audience, pk__gt=audience.base_upto).count()
    if base is None or changes <= max(MOST_CHANGES, audience.size // 20):
        return
    path = _kept(shop, audience, _told(audience, base))
    write_down(shop, audience, path)
    sweep_others(path, f"{MEMBERS}{audience.pk}")


def write_down(shop: Shop, audience: Audience, path: Path) -> None:
    """This file holds all members of this moment. The one before may still be read for a while."""
    before = base_of(shop, audience)
    if before is not None and before != path:
        os.utime(before)
    upto = AudienceChange.objects.filter(audience=audience).aggregate(last=Max("pk"))["last"] or 0
    counted = f"SELECT count(*) AS n FROM read_parquet({literal(str(path))})"
    size = int(shop.door.ask(Question(counted, {}, "size of an audience"))[0]["n"])
    Audience.objects.filter(pk=audience.pk).update(
        base=path.name, base_upto=upto, size=size, as_of=timezone.now(), problem=""
    )
    audience.refresh_from_db()


def note(
    audience: Audience, came: Sequence[str], left: Sequence[str], quiet: Iterable[str] = ()
) -> None:
    """Write down who came and who left, also as events of the log; inside a transaction.
    ``quiet``: for whom nothing happened but that customers turned out to be one, or two."""
    at, silent = datetime.now(UTC), set(quiet)
    changes = [(p, True) for p in came] + [(p, False) for p in left]
    AudienceChange.objects.bulk_create(
        [AudienceChange(audience=audience, person=p, entered=e, quiet=p in silent, at=at)
         for p, e in changes],
        batch_size=500,
    )  # fmt: skip
    record_all([
        Event(source="gern", id="", name="Audience Entered" if entered else "Audience Left", ts=at,
              customer=person, traffic="internal", initiator="company",
              properties={"audience": audience.pk, "name": audience.name})
        for person, entered in changes if person not in silent
    ])  # fmt: skip


def _told(audience: Audience, base: Path) -> Subset:
    """SQL of the file and the changes since."""
    came, left = f"came_{audience.pk}", f"left_{audience.pk}"
    rows = AudienceChange.objects.filter(audience=audience, pk__gt=audience.base_upto).order_by(
        "pk"
    )
    now = dict(rows.values_list("person", "entered"))
    sql = (
        f"SELECT person FROM read_parquet({literal(str(base))}) WHERE person NOT IN"
        f" (SELECT unnest(CAST(${left} AS VARCHAR[])))"
        f" UNION SELECT unnest(CAST(${came} AS VARCHAR[])) AS person"
    )
    return Subset(
        sql, {came: [p for p, e in now.items() if e], left: [p for p, e in now.items() if not e]}
    )


def _worked_out(shop: Shop, audience: Audience, known: Rules) -> Path:
    """A file with whom its rule alone says. ``BadInput``: it cannot be told."""
    condition = condition_of(audience.pk, known)
    question = people_who_fit(shop, condition, known, shop.today())
    return shop.door.keep(f"{MEMBERS}{audience.pk}", question)


def _kept(shop: Shop, audience: Audience, subset: Subset) -> Path:
    question = Question(f"SELECT person FROM ({subset.sql}) ORDER BY person", dict(subset.values),
                        "members of an audience")  # fmt: skip
    return shop.door.keep(f"{MEMBERS}{audience.pk}", question)


def _people(shop: Shop, subset: Subset) -> list[str]:
    question = Question(f"SELECT person FROM ({subset.sql}) ORDER BY person", dict(subset.values),
                        "members of an audience")  # fmt: skip
    return [str(row["person"]) for row in shop.door.ask(question)]
