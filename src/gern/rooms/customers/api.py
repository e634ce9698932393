"""Audiences and customers as JSON: the same people as the pages show. Needs the scope ``people``."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from gern.core.audiences.why import Reason, why
from gern.core.conditions.tree import from_json
from gern.core.conditions.words import said
from gern.core.errors import BadInput
from gern.core.people.listing import COLUMNS, SORTS, Filter
from gern.core.text import Text
from gern.kit.api.keys import need
from gern.kit.shop import current_shop
from gern.rooms.customers.audiences.members import members
from gern.rooms.customers.audiences.rules import in_words, names, rules
from gern.rooms.customers.models import Audience

MOST = 1000
router = Router()
Words = dict[Literal["de", "en"], str]


class AudienceOf(Schema):
    """A set of customers. ``words``: its rule as a sentence; null for lists and queries."""

    id: int
    name: str
    note: str
    kind: Literal["rule", "list", "query"]
    words: Words | None
    condition: dict[str, Any] | None = Field(description="The rule as it is kept.")
    size: int
    as_of: datetime | None = Field(description="Since when the size holds.")
    problem: str = Field(description="Why it cannot be told; empty: it can.")


class CustomerOf(Schema):
    """A customer. What is not known is null; days are local days of the shop."""

    customer: str
    name: str | None
    company: str | None
    email: str | None
    phone: str | None
    street: str | None
    postcode: str | None
    city: str | None
    country: str | None
    birthday: str | None
    card: str | None
    language: str | None
    revenue: float
    purchases: int
    first_purchase: datetime | None
    last_purchase: datetime | None
    rhythm_days: int | None
    due: date | None
    first_seen: datetime | None
    last_seen: datetime | None


class CustomersOf(Schema):
    """A page of customers. ``like``: nobody fits the words, these are alike."""

    total: int
    like: bool
    customers: list[CustomerOf]


class ReasonOf(Schema):
    """One part of a rule for one customer; ``found``: what was counted or known."""

    words: Words
    fits: bool
    found: str | None
    parts: list[ReasonOf]


Limit = Annotated[int, Query(ge=1, le=MOST)]
Offset = Annotated[int, Query(ge=0, le=10**9)]
Sort = Annotated[str, Query(description=f"One of {', '.join(SORTS)}.")]


@router.get("/audiences", response=list[AudienceOf], tags=["audiences"])
def audiences(request: HttpRequest) -> list[dict[str, Any]]:
    """All of them, by name."""
    need(request, "people")
    return [_told(one) for one in Audience.objects.all()]


@router.get("/audiences/{id}", response=AudienceOf, tags=["audiences"])
def audience(request: HttpRequest, id: int) -> dict[str, Any]:
    """One of them."""
    need(request, "people")
    return _told(_named(id))


@router.get("/audiences/{id}/members", response=CustomersOf, tags=["audiences"])
def audience_members(
    request: HttpRequest, id: int, sort: Sort = "customer", limit: Limit = 100, offset: Offset = 0
) -> dict[str, Any]:
    """The customers in it."""
    need(request, "people")
    wanted = Filter(subsets=(members(current_shop(), _named(id)),))
    return _page(wanted, sort, limit, offset)


@router.get("/audiences/{id}/why/{customer}", response=ReasonOf, tags=["audiences"])
def audience_why(request: HttpRequest, id: int, customer: str) -> dict[str, Any]:
    """Why a customer is in it, or is not: the rule part by part. Only for audiences by a rule."""
    need(request, "people")
    found = _named(id)
    if not found.condition:
        raise BadInput("Only audiences by a rule have reasons.", param="id")
    shop = current_shop()
    person = shop.log.person(customer)
    reason = why(shop, from_json(found.condition), rules(shop), person, shop.today())
    called = names(shop)

    def told(one: Reason) -> dict[str, Any]:
        return {"words": _words(said(one.condition, called)), "fits": one.fits, "found": one.found,
                "parts": [told(part) for part in one.parts]}  # fmt: skip

    return told(reason)


@router.get("/customers", response=CustomersOf, tags=["people"])
def customers(
    request: HttpRequest,
    search: Annotated[str, Query(description="Words, numbers, e-mail; as on the page.", max_length=200)] = "",
    overdue: bool = False, sort: Sort = "revenue", limit: Limit = 100, offset: Offset = 0,
) -> dict[str, Any]:  # fmt: skip
    """Customers that fit."""
    need(request, "people")
    return _page(Filter(search=search, overdue=overdue), sort, limit, offset)


@router.get("/customers/{customer}", response=CustomerOf, tags=["people"])
def customer(request: HttpRequest, customer: str) -> dict[str, Any]:
    """One customer, under any id they ever had."""
    need(request, "people")
    shop = current_shop()
    found = _page(Filter(among=(shop.log.person(customer),)), "customer", 1, 0)["customers"]
    if not found:
        raise BadInput(f"There is no customer {customer!r}.", param="customer")
    one: dict[str, Any] = found[0]
    return one


def _page(wanted: Filter, sort: str, limit: int, offset: int) -> dict[str, Any]:
    found = current_shop().customers(wanted, columns=COLUMNS, sort=sort, limit=limit, offset=offset)
    rows = [
        {**{k: v for k, v in row.items() if k != "person"}, "customer": row["person"],
         "revenue": float(row["revenue"])}
        for row in found.rows
    ]  # fmt: skip
    return {"total": found.total, "like": found.like, "customers": rows}


def _named(id: int) -> Audience:
    found = Audience.objects.filter(pk=id).first() if id < 2**63 else None
    if found is None:
        raise BadInput(f"There is no audience {id}.", param="id")
    return found


def _told(one: Audience) -> dict[str, Any]:
    condition = from_json(one.condition) if one.condition else None
    return {
        "id": one.pk, "name": one.name, "note": one.note, "kind": one.kind, "size": one.size,
        "as_of": one.as_of, "problem": one.problem,
        "words": condition and _words(in_words(current_shop(), condition)),
        "condition": condition and json.loads(one.condition),
    }  # fmt: skip


def _words(text: Text) -> Words:
    return {"de": text.de, "en": text.en}
