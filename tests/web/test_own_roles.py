"""Roles of one's own: a room, a field, only one's own customers; nothing hidden shows anywhere."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from gern.core.log.event import Event, Line
from gern.kit.access import FIELDS, ROOMS, access_of, may_open
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Note, Task
from gern.rooms.customers.person.owners import hand_to
from gern.shell.accounts.models import OwnRole, User
from tests.web.conftest import _client
from tests.web.test_permissions import ARGUMENTS, routes

ALL = dict.fromkeys(ROOMS, "admin")
CONTACT = (
    "plant-mail@example.org",
    "0171 5550815",
    "Pflanzgasse 77",
    "98765",
    "1971-03-14",
    "14.03.1971",
)
REVENUE = ("7,654.32", "7.654,32", "7654.32")
NOTES = ("planted note", "planted task")
BY_TRAIT = ["by=trait:email", "by=trait:phone", "by=trait:name", "by=trait:address"]
PARTS = [[name] for name in ("notes", "traits", "worth", "tasks", "files", "consents", "contact")]
QUERY = ("search=plant&q=paula&order=o1&whole=1&from=2025-12-01&to=2026-12-31&columns=email"
         "&columns=revenue&columns=street")  # fmt: skip
PLANTED = {"contact": CONTACT, "revenue": REVENUE, "notes": NOTES}


@pytest.fixture
def planted(own_home, cast) -> str:
    """A customer of whom everything that can be hidden is known."""
    shop = current_shop()
    traits = {"email": CONTACT[0], "phone": CONTACT[1], "name": "Paula Pflanze", "birthday": CONTACT[4],
              "address": {"street": CONTACT[2], "postalCode": CONTACT[3], "city": "Pflanzstadt"}}  # fmt: skip
    shop.log.append([
        Event(id="p1", source="crm", name="Identify", kind="identify", customer="plant",
              ts=datetime(2026, 1, 5), channel="server", properties=traits),
        Event(id="p2", source="shop", name="Order Completed", kind="track", customer="plant",
              ts=datetime(2026, 1, 6), channel="server", order="o1", currency="EUR",
              lines=(Line(product="x", amount=Decimal("7654.32")),)),
        Event(id="p3", source="shop", name="Order Completed", kind="track", customer="neighbour",
              ts=datetime(2026, 1, 7), channel="server", order="o2", currency="EUR",
              lines=(Line(product="x", amount=Decimal("8.00")),)),
    ])  # fmt: skip
    Note.objects.create(person="plant", text=NOTES[0], by=cast["anna"])
    Task.objects.create(
        person="plant", text=NOTES[1], due="2020-12-01", owner=cast["anna"], by=cast["anna"]
    )
    return "plant"


def somebody(role: OwnRole, level: str = "admin") -> Client:
    user = User(email="dora@example.org", role=level, language="en", own_role=role)
    user.set_password("correct-horse-battery")
    user.save()
    return _client(user)


def pages(person: str) -> list[str]:
    """Every page that can be opened, about this customer where it is about one."""
    found = []
    for pattern in routes():
        if access_of(pattern.callback) in ("viewer", "editor", "admin", "user"):
            for args in [
                ARGUMENTS.get(pattern.name, []),
                *(PARTS if pattern.name == "customer_part" else []),
            ]:
                if args or "<" not in str(pattern.pattern):
                    address = reverse(pattern.name, args=args)
                    found.append(f"{address}?customer={person}&{QUERY}")
                    if pattern.name in ("figure", "figure_export", "people", "people_export"):
                        day = f"{address.replace('retention_rate', 'revenue')}?from=2026-01-06&to=2026-01-07"
                        found += [f"{day}&{by}" for by in BY_TRAIT]
    return found


def text_of(response) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace")


@pytest.mark.parametrize("field", list(FIELDS))
def test_what_is_hidden_is_on_no_page(planted: str, cast, field: str) -> None:
    role = OwnRole.objects.create(name="without", rooms=ALL, hidden=[field])
    client, open_to_all = somebody(role), _client(cast["anna"])
    seen, shown = 0, 0
    for page in pages(planted):
        response = client.get(page)
        if response.status_code != 200:
            continue
        text = text_of(response)
        seen += 1
        for secret in PLANTED[field]:
            assert secret not in text, (page, secret)
        shown += any(secret in text_of(open_to_all.get(page)) for secret in PLANTED[field])
    assert seen > 40
    assert shown  # the same pages do show it to others


def test_hidden_contact_data_cannot_be_asked_for(planted: str) -> None:
    client = somebody(OwnRole.objects.create(name="no contact", rooms=ALL, hidden=["contact"]))
    for address in (f"{reverse('customers')}?search=", f"{reverse('finder')}?q="):
        for words in (
            CONTACT[0],
            "01715550815",
            "pflanzgasse",
            "plant-mail",
            "98765",
            "Pflanzstadt",
        ):
            assert "customer=plant" not in text_of(client.get(address + words)), words
        for words in ("pflanze", "Paula", "plant"):
            assert "customer=plant" in text_of(client.get(address + words)), words


def test_a_list_by_what_is_hidden_is_nobody_and_says_so(planted: str) -> None:
    client = somebody(OwnRole.objects.create(name="no revenue", rooms=ALL, hidden=["revenue"]))
    assert "customer=plant" in text_of(client.get(reverse("customers")))
    for asked in ("revenue=5000", "abc=A", "band=1", "audience=1"):
        page = text_of(client.get(f"{reverse('customers')}?{asked}"))
        assert "customer=plant" not in page
        assert "rests on what your role does not show" in page


def test_only_settings_is_no_way_to_everything(anna: Client, cast) -> None:
    role = OwnRole.objects.create(name="only settings", rooms={"settings": "admin"})
    client = somebody(role)
    user = User.objects.get(email="dora@example.org")
    assert client.get(reverse("settings")).status_code == 200
    change = {"email": user.email, "role": "admin", "own_role": "", "is_active": "on"}
    everything = {f"room_{room}": "admin" for room in ROOMS}
    for address, sent in (
        (reverse("user", args=[user.pk]), change),
        (reverse("own_role", args=[role.pk]), {"name": "x", **everything}),
        (reverse("user_link", args=[cast["anna"].pk]), {}),
        (reverse("user_factor", args=[cast["anna"].pk]), {}),
        (reverse("users"), {"email": "x@example.org", "role": "admin"}),
        (reverse("api_keys"), {"name": "x", "scopes": ["people"]}),
    ):
        assert client.post(address, sent).status_code == 403, address
    user.refresh_from_db()
    assert not user.is_full_admin


def test_somebody_with_hidden_fields_sees_the_rest(planted: str) -> None:
    client = somebody(OwnRole.objects.create(name="no contact", rooms=ALL, hidden=["contact"]))
    page = text_of(client.get(f"{reverse('customer')}?customer=plant"))
    assert "Paula Pflanze" in page
    assert "7,654.32" in page
    assert "planted note" in page
    refused = client.get(reverse("duplicates"))
    assert refused.status_code == 403
    assert "contact data" in text_of(refused)


@pytest.mark.parametrize("room", list(ROOMS))
def test_a_room_that_is_closed_opens_nowhere(own_home, cast, room: str) -> None:
    role = OwnRole.objects.create(name="closed", rooms={**ALL, room: "none"})
    client = somebody(role)
    user = User.objects.get(email="dora@example.org")
    for pattern in routes():
        access = access_of(pattern.callback)
        module = pattern.callback.__module__.split(".")
        of_room = module[2] if module[:2] == ["gern", "rooms"] else "settings"
        if access in ("viewer", "editor", "admin") and of_room == room:
            address = reverse(pattern.name, args=ARGUMENTS.get(pattern.name, [1] if "<int" in str(pattern.pattern) else []))  # fmt: skip
            assert not may_open(user, address, access), pattern.name
            assert client.get(address).status_code == 403, pattern.name
    if room != "insights":
        home = text_of(client.get("/"))
        menu = re.findall(r'<li><a href="([^"]+)"', home[home.index('class="menu"') :][:4000])
        assert all(client.get(address).status_code in (200, 302) for address in menu)


def test_who_may_not_enter_customers_sees_none_in_figures(planted: str) -> None:
    role = OwnRole.objects.create(name="figures", rooms={**ALL, "customers": "none"})
    client = somebody(role)
    assert client.get(reverse("figure", args=["revenue"])).status_code == 200
    assert client.get(reverse("people", args=["revenue"])).status_code == 403
    assert "plant" not in text_of(client.get(reverse("finder") + "?q=paula"))


def test_a_role_narrows_and_never_widens(own_home, db) -> None:
    client = somebody(OwnRole.objects.create(name="all", rooms=ALL), level="viewer")
    assert client.get(reverse("figures")).status_code == 200
    assert client.get(reverse("customers")).status_code == 403
    assert client.get(reverse("users")).status_code == 403


def test_only_ones_own_customers(planted: str) -> None:
    other = "neighbour"
    client = somebody(OwnRole.objects.create(name="own", rooms=ALL, own_only=True))
    user = User.objects.get(email="dora@example.org")
    one = reverse("customer")
    assert client.get(f"{one}?customer=plant").status_code == 404
    assert "plant" not in text_of(client.get(reverse("customers") + "?search=pflanze"))
    hand_to(["plant"], user, None)
    assert client.get(f"{one}?customer=plant").status_code == 200
    listed = text_of(client.get(reverse("customers")))
    assert "1 customer<" in listed
    assert client.get(f"{one}?customer={other}").status_code == 404
    assert client.get(f"{reverse('customer_card')}?customer={other}").status_code == 404
    assert (
        client.get(f"{reverse('customer_part', args=['notes'])}?customer={other}").status_code
        == 404
    )
    assert (
        client.post(reverse("customer_note"), {"customer": other, "text": "x"}).status_code == 404
    )
    assert (
        client.post(reverse("customer_note"), {"customer": "plant", "text": "x"}).status_code == 302
    )
    assert other not in text_of(client.get(reverse("customers_export", args=["csv"])))
    assert f"customer={other}" not in text_of(client.get(f"{reverse('finder')}?q={other}"))
    assert (
        client.post(reverse("customer_owner"), {"customer": "plant", "user": ""}).status_code == 403
    )
    for name in ("people", "audience_new", "duplicates", "portfolio", "requests", "live"):
        args = ["revenue"] if name == "people" else []
        assert client.get(reverse(name, args=args)).status_code == 403, name


def test_the_owner_stays_through_a_merge(planted: str, cast) -> None:
    from gern.kit.people import names_of
    from gern.rooms.customers.person.owners import looked_after, owner_of

    shop = current_shop()
    hand_to(["plant"], cast["ben"], None)
    other = "neighbour"
    shop.log.merge("plant", other)
    assert owner_of(names_of(shop, other)) == cast["ben"]
    assert looked_after(shop, cast["ben"]) == (other,)


def test_no_group_of_a_few_tells_what_one_spent(cast) -> None:
    """The demo shop has one customer in Brazil."""
    role = OwnRole.objects.create(name="no revenue", rooms=ALL, hidden=["revenue"])
    client, query = somebody(role), "?from=2020-01-01&to=2030-01-01&by=country"
    for address in (
        reverse("figure", args=["revenue"]),
        reverse("figure_export", args=["revenue", "csv"]),
    ):
        page, whole = (
            text_of(client.get(address + query)),
            text_of(_client(cast["anna"]).get(address + query)),
        )
        assert "Germany" in page
        assert "Brazil" in whole
        assert "Brazil" not in page
