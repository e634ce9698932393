"""The room's own parts of the customer's page, added like those of any other (`kit.people`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from gern.core.figures.periods import add_months
from gern.core.people.contact import CONTACT
from gern.core.people.engaged import engagement_of
from gern.core.people.plane import NAMES, binding_of
from gern.core.people.portfolio import period_of
from gern.core.people.traits import label_of
from gern.core.people.worth import profit_terms, share_of, years_of
from gern.kit import formats
from gern.kit.access import own_only
from gern.kit.meanings import FORMS, INITIATORS, meanings
from gern.kit.shop import current_shop, real_today
from gern.rooms.customers.audiences.members import audiences_of
from gern.rooms.customers.duplicates.services import pairs_of
from gern.rooms.customers.files.services import ALLOWED, MOST_BYTES, files_of
from gern.rooms.customers.models import Note, Tag, Task
from gern.rooms.customers.person.owners import owner_of
from gern.rooms.customers.person.services import may_own, names_of_users, tags_of
from gern.rooms.customers.related.kinds import KINDS
from gern.rooms.customers.related.services import related

OTHER = "…"
"""The choice of a trait that has no name yet."""


def tags(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Tags of the customer, and those there are."""
    own = tags_of(names)
    return {"tags": own, "others": [tag for tag in Tag.objects.all() if tag not in own]}


def owner(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Who of the firm looks after them, and who could; somebody who sees only their own cannot
    hand them on."""
    users = [] if own_only(request.user) else list(may_own())
    return {"owner": owner_of(names), "users": users}


def audiences(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """The audiences they are in."""
    found = audiences_of(current_shop(), person, names)
    return {"audiences": found} if found else None


def duplicates(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Who may be the same customer."""
    found = [p.other if p.one in names else p.one for p in pairs_of(names)]
    return {"duplicates": found} if found else None


def binding(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Attachment and lock-in, and what they are made of; the largest first."""
    shop = current_shop()
    bound = binding_of(shop, person, shop.today())
    if bound is None or (bound.attachment is None and not bound.causes):
        return None
    known = sorted({**bound.parts, **bound.causes}.items(), key=lambda one: -one[1])
    return {"bound": bound, "parts": [(NAMES[id], value) for id, value in known]}


def tasks(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """What is to be done for the customer, and who could do it."""
    found = Task.objects.filter(person__in=names).select_related("owner")
    return {
        "open": found.filter(done=None),
        "done": found.exclude(done=None).order_by("-done")[:5],
        "users": may_own(),
        "today": current_shop().today(),
    }


def notes(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Notes about the customer, newest first."""
    return {"notes": Note.objects.filter(person__in=names).select_related("by")}


def traits(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """What was said of them, with where it comes from and what it was before."""
    shop = current_shop()
    found = [(formats.text(label_of(trait)), trait) for trait in shop.traits(person)]
    called = {trait.field: trait.key for _, trait in found}  # as it is called here already
    fields = [(called.get(f.id, f.names[0]), formats.text(f.label)) for f in CONTACT]
    others = [(trait.key, trait.key) for _, trait in found if trait.field is None]
    return {"traits": found, "keys": [*fields, *others], "other": OTHER,
            "names": names_of_users(said.by for _, t in found for said in (t.now, *t.history))}  # fmt: skip


def likes(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """What they like, each with why."""
    found = current_shop().likes(person)
    return {"likes": found} if found else None


def next_products(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """What they may want next, by what others bought together in the last twelve months, each with
    because of what."""
    shop, today = current_shop(), current_shop().today()
    found = shop.next_products(person, add_months(today, -12), today)
    return {"pairs": [(pair, 100 * pair.confidence) for pair in found]} if found else None


def contact_noted(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """A contact nobody measures, at one of the touchpoints of the shop."""
    shop = current_shop()
    if not shop.setting("touchpoints").value:  # only those that were named know more than events
        return None
    points = [(one.key, formats.text(one.name)) for one in shop.journey().points]
    return {"points": points, "today": real_today(shop)} if points else None


def engagement(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """How engaged they are among all, and on whose initiative the contacts of a year came about."""
    shop, today = current_shop(), current_shop().today()
    kinds = {name: (m.form, m.initiator) for name, m in meanings().items()}
    period = period_of(today, shop.zone)
    acts = shop.nine_kinds(period.start, today + timedelta(days=1), kinds, person=person)
    by = [
        (label, sum(acts.cells[form, initiator].acts for form in FORMS))
        for initiator, label in INITIATORS.items()
    ]
    level = engagement_of(shop, person, today)
    if level is None and not acts.acts:
        return None
    cells = [*acts.cells.values(), acts.unclear]
    return {
        "level": level, "by": by, "unclear": acts.unclear.acts,
        "positive": sum(cell.positive for cell in cells),
        "negative": sum(cell.negative for cell in cells),
    }  # fmt: skip


def worth(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """What the relationship has brought, by year, and which part of theirs we have."""
    shop, today = current_shop(), current_shop().today()
    terms, found = profit_terms(shop), years_of(shop, person, today)
    share = share_of(shop, person, today)
    told = share.of_wallet is not None or share.of_demand is not None
    if not told and (not found or (len(found) == 1 and terms.margin is None)):
        return None  # no more than the value of purchases, which the page tells already
    shown = [(year, year.profit(terms)) for year in found]
    total = (
        None if terms.margin is None else sum((p for _, p in shown if p is not None), Decimal(0))
    )
    return {"years": shown, "total": total, "share": share}


def files(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Files kept with them."""
    return {"files": files_of(names).select_related("by"), "allowed": ALLOWED,
            "most": MOST_BYTES // 1_000_000}  # fmt: skip


def relations(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any]:
    """Who they have to do with."""
    shop = current_shop()
    row = shop.customer(person) or {}
    ask = bool(row.get("company") or (row.get("street") and row.get("postcode")))
    kinds = [(id, label) for id, (_, label) in KINDS.items()]
    return {"related": related(shop, person, names), "kinds": kinds, "ask": ask}


def consents(request: HttpRequest, person: str, names: Sequence[str]) -> dict[str, Any] | None:
    """What they agreed to."""
    found = current_shop().consents(person)
    return {"consents": found} if found else None
