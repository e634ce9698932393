"""Customers and audiences, found from anywhere."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from gern.core.people.listing import Filter
from gern.kit.access import may, own_only, sees
from gern.kit.finders import MOST, Hit, fits
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Audience
from gern.rooms.customers.person.owners import looked_after


def customers(request: HttpRequest, text: str) -> list[Hit]:
    """By name, number, phone, e-mail, place; also written nearly so."""
    if not may(request.user, "editor", "customers"):
        return []
    shop, user = current_shop(), request.user
    own = looked_after(shop, user) if own_only(user) else None
    wanted = Filter(search=text, among=own, by_name=not sees(user, "contact"))
    found = shop.customers(wanted, columns=("name", "city"), limit=MOST)
    return [
        Hit(
            row["name"] or row["person"],
            f"{reverse('customer')}?{urlencode({'customer': row['person']})}",
            "user-round",
            " · ".join(
                filter(
                    None,
                    (
                        row["person"] if row["name"] else "",
                        row["city"] if sees(user, "contact") else "",
                    ),
                )
            ),
        )
        for row in found.rows
    ]


def audiences(request: HttpRequest, text: str) -> list[Hit]:
    """By name."""
    if not may(request.user, "editor", "customers"):
        return []
    return [
        Hit(one.name, reverse("audience", args=[one.pk]), "users-round", one.note)
        for one in Audience.objects.all()
        if fits(text, one.name)
    ]
