"""Who is in an audience: a file of its members, and the changes since that file was written.

The file lies in the cache of the home; where it is missing (a person was erased, the cache was
cleared), it is made again from the rule.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from gern.core.audiences.asking import people_who_fit
from gern.core.audiences.rule import Rules, condition_of
from gern.core.engines.door import Question
from gern.core.engines.duckdb import literal
from gern.core.engines.kept import sweep_others
from gern.core.errors import BadInput
from gern.core.log.event import Event
from gern.core.people.listing import Subset
from gern.core.shop import Shop
from gern.kit.outbox.services import record_all
from gern.rooms.customers.audiences.rules import listed, rules
from gern.rooms.customers.models import Audience, AudienceChange

MOST_CHANGES = 2000
"""More changes than so many, and than a twentieth of the members, become a new file."""


@contextmanager
def one_at_a_time(shop: Shop) -> Iterator[None]:
    """Only one process of this machine changes who is in which audience."""
    with (shop.home.cache / "audiences.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def base_of(shop: Shop, audience: Audience) -> Path | None:
    """The file, when it is there."""
    path = shop.home.cache / audience.base
    return path if audience.base and path.exists() else None


def members(shop: Shop, audience: Audience) -> Subset:
    """SQL of its members."""
    if audience.kind == Audience.LIST:
        name = f"listed_{audience.pk}"
        people = list(listed(shop, audience.pk))
        return Subset(f"SELECT unnest(CAST(${name} AS VARCHAR[])) AS person", {name: people})
    base = base_of(shop, audience)
    if base is not None:
        return _told(audience, base)
    path = _worked_out(shop, audience, rules(shop))  # the next pass writes it down
    return Subset(f"SELECT person FROM read_parquet({literal(str(path))})")


def _worked_out(shop: Shop, audience: Audience, known: Rules) -> Path:
    """A file with whom its rule alone says. ``BadInput``: it cannot be told."""
    condition = condition_of(audience.pk, known)
    question = people_who_fit(shop, condition, known, shop.today())
    return shop.door.keep(f"audience-{audience.pk}", question)


def _told(audience: Audience, base: Path) -> Subset:
    came, left = f"came_{audience.pk}", f"left_{audience.pk}"
    now = latest(audience)
    sql = (
        f"SELECT person FROM read_parquet({literal(str(base))}) WHERE person NOT IN"
        f" (SELECT unnest(CAST(${left} AS VARCHAR[])))"
        f" UNION SELECT unnest(CAST(${came} AS VARCHAR[])) AS person"
    )
    return Subset(
        sql, {came: [p for p, e in now.items() if e], left: [p for p, e in now.items() if not e]}
    )


def latest(audience: Audience) -> dict[str, bool]:
    """Whom the changes since the file concern, and whether they are in now."""
    rows = AudienceChange.objects.filter(audience=audience, pk__gt=audience.base_upto).order_by(
        "pk"
    )
    return dict(rows.values_list("person", "entered"))


def people_in(shop: Shop, audience: Audience) -> list[str]:
    """Its members, as a list."""
    subset = members(shop, audience)
    question = Question(f"SELECT person FROM ({subset.sql}) ORDER BY person", dict(subset.values),
                        "members of an audience")  # fmt: skip
    return [str(row["person"]) for row in shop.door.ask(question)]


def audiences_of(shop: Shop, person: str) -> list[Audience]:
    """The audiences somebody is in."""
    found, values, by_id = [], {"person": person}, {}
    for audience in Audience.objects.all():
        try:
            subset = members(shop, audience)
        except BadInput:
            continue
        by_id[audience.pk] = audience
        values |= dict(subset.values)
        found.append(f"SELECT {audience.pk} AS id FROM ({subset.sql}) WHERE person = $person")
    if not found:
        return []
    question = Question(" UNION ALL ".join(found), values, "audiences of a customer")
    return [by_id[row["id"]] for row in shop.door.ask(question)]


def fill(shop: Shop, audience: Audience, known: Rules, *, compare: bool = False) -> None:
    """Work out who is in it from its rule alone, and write the file. Inside `one_at_a_time`.

    ``compare``: its rule is the same as before, so whoever came or left is noted.
    """
    before = base_of(shop, audience) if compare else None
    old = _told(audience, before) if before else None
    try:
        path = _worked_out(shop, audience, known)
    except BadInput as error:
        Audience.objects.filter(pk=audience.pk).update(problem=str(error), as_of=timezone.now())
        audience.refresh_from_db()
        return
    new = f"SELECT person FROM read_parquet({literal(str(path))})"
    with transaction.atomic():
        if old is not None:
            note(audience, _except(shop, new, old.sql, old), _except(shop, old.sql, new, old))
        write_down(audience, path, _count(shop, new))
    sweep_others(path, f"audience-{audience.pk}")


def write_down(audience: Audience, path: Path, size: int) -> None:
    """The file holds all members of this moment."""
    upto = AudienceChange.objects.filter(audience=audience).aggregate(last=Max("pk"))["last"] or 0
    audience.base, audience.base_upto, audience.size = path.name, upto, size
    audience.as_of, audience.problem = timezone.now(), ""
    audience.save(update_fields=["base", "base_upto", "size", "as_of", "problem"])


def shorten(shop: Shop, audience: Audience) -> None:
    """Make a new file when too much has changed since the old one."""
    changes = AudienceChange.objects.filter(audience=audience, pk__gt=audience.base_upto).count()
    if changes <= max(MOST_CHANGES, audience.size // 20):
        return
    subset = members(shop, audience)
    question = Question(f"SELECT person FROM ({subset.sql}) ORDER BY person", dict(subset.values),
                        "members of an audience")  # fmt: skip
    path = shop.door.keep(f"audience-{audience.pk}", question)
    write_down(
        audience, path, _count(shop, f"SELECT person FROM read_parquet({literal(str(path))})")
    )
    sweep_others(path, f"audience-{audience.pk}")


def note(
    audience: Audience, came: Sequence[str], left: Sequence[str], quiet: Iterable[str] = ()
) -> None:
    """Write down who came and who left, also as events of the log; inside a transaction.
    ``quiet``: for whom nothing happened but that two customers turned out to be one."""
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


def _except(shop: Shop, these: str, those: str, bound: Subset) -> list[str]:
    sql = f"SELECT person FROM ({these}) EXCEPT SELECT person FROM ({those})"
    question = Question(f"SELECT person FROM ({sql}) ORDER BY person", dict(bound.values),
                        "changes of an audience")  # fmt: skip
    return [str(row["person"]) for row in shop.door.ask(question)]


def _count(shop: Shop, sql: str) -> int:
    return int(shop.door.ask(Question(f"SELECT count(*) AS n FROM ({sql})", {}, "size of an audience"))[0]["n"])  # fmt: skip
