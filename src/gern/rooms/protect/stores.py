"""Erasure registry of the room."""

from __future__ import annotations

from typing import Any

from gern.kit.registry import Store, register, register_rows
from gern.kit.shop import current_shop
from gern.rooms.protect import models
from gern.rooms.protect.erasure import sealed
from gern.rooms.protect.models import PreferenceLink, Request, Restriction
from gern.rooms.protect.preferences.own_data import remove as remove_link
from gern.rooms.protect.requests.delivery import remove
from gern.rooms.protect.requests.services import forget
from gern.rooms.protect.signup.services import remove as remove_signup
from gern.rooms.protect.transfers.services import of_person


def _links(person: str) -> list[dict[str, Any]]:
    return [{"link": "own choices"} for _ in PreferenceLink.objects.filter(person=person)]


def _requests(person: str) -> list[dict[str, Any]]:
    return [
        {"request": r.number, "kind": r.kind, "received": str(r.received), "name": r.name,
         "contact": r.contact, "text": r.text, "identity": r.identity}
        for r in Request.objects.filter(person=person)
    ]  # fmt: skip


def _forget_request(person: str) -> int:
    found = list(Request.objects.filter(person=person))
    for one in found:
        forget(one)
    return len(found)


def _packages(person: str) -> list[dict[str, Any]]:
    found = models.Package.objects.filter(request__person=person)
    return [{"made": str(one.created), "bytes": one.size} for one in found]


def _forget_packages(person: str) -> int:
    found = list(models.Package.objects.filter(request__person=person))
    for one in found:
        remove(current_shop(), one)
    return len(found)


def _erasures(person: str) -> list[dict[str, Any]]:
    return [{"state": one.state} for one in models.Erasure.objects.exclude(people=[]) if person in one.people]  # fmt: skip


def _forget_erasure(person: str) -> int:
    found = [one for one in models.Erasure.objects.exclude(people=[]) if person in one.people]
    for one in found:
        one.people = [other for other in one.people if other != person]
        one.save(update_fields=["people"])
    return len(found)


def _sealed(person: str) -> list[dict[str, Any]]:
    found = sealed.of_person(current_shop(), person)
    return [
        {"kind": one.kind, "year": one.year, "records": one.records, "until": str(one.until)}
        for one in found
    ]


def _signups(person: str) -> list[dict[str, Any]]:
    return [
        {"form": one.form_id, "version": one.form_version, "read": one.shown, "page": one.url, "email": one.email,
         "name": one.name, "asked": str(one.asked), "from": one.asked_ip, "confirmed": str(one.confirmed),
         "confirmed_from": one.confirmed_ip, "mail": one.mail}
        for one in models.Signup.objects.filter(person=person)
    ]  # fmt: skip


def _forget_signups(person: str) -> int:
    found = list(models.Signup.objects.filter(person=person))
    for one in found:
        remove_signup(one)
    return len(found)


def _transfers(person: str) -> list[dict[str, Any]]:
    return [
        {"day": one.day.isoformat(), "what": one.what, "handed on to": one.recipient}
        for one in of_person([person])
    ]  # fmt: skip


register(Store("protect.Breach", False, "what happened to data; names of people do not belong there", ""))  # fmt: skip
register(Store("protect.Retention", False, "for how long people are kept", ""))
register(Store("protect.RetentionRun", False, "how many were erased in which night", ""))


def _data_links(person: str) -> list[dict[str, Any]]:
    found = models.DataLink.objects.filter(person=person)
    return [{"link": "own data", "created": str(one.created)} for one in found]


def _forget_data_links(person: str) -> int:
    found = list(models.DataLink.objects.filter(person=person))
    for one in found:
        remove_link(one)
    return len(found)


register(Store(
    "protect.DataLink", True, "links by which customers see their own data", "a day",
    exporter=_data_links, eraser=_forget_data_links,
))  # fmt: skip


register_rows(models.CustomerLook, ("at",), "who of the firm looked at which customer's page", "a year")  # the customer learns when, not who  # fmt: skip
register(Store("protect.SignupForm", False, "forms by which people sign up", ""))
register(Store("protect.SignupForm_purposes", False, "what a form is for", ""))
register(Store(
    "protect.Signup", True, "who signed up, what they read and did: the proof of the consent",
    "as long as the customer; not confirmed, 14 days", exporter=_signups, eraser=_forget_signups,
))  # fmt: skip
register(Store("protect.Purpose", False, "what customers are contacted for", ""))
register(Store("protect.Firm", False, "the firm that answers for the data", ""))
register(Store(
    "protect.Suppressed", False, "keyed hashes of addresses that must not be contacted: they have to"
    " outlast the erasure (Art. 21)", "",
))  # fmt: skip
register_rows(Restriction, ("why", "since"), "whose data are locked (Art. 18)")
register(Store(
    "protect.PreferenceLink", True, "the link to a customer's own choices", "as long as the customer",
    exporter=_links,
    eraser=lambda person: int(PreferenceLink.objects.filter(person=person).delete()[0]),
))  # fmt: skip
register_rows(models.Hold, ("kind", "why", "until"), "why somebody must not be erased for now", "until it is settled")  # fmt: skip
register(Store(  # before the requests that say whose they are
    "home/packages", True, "data packages for people who asked for theirs", "14 days",
    exporter=_packages, eraser=_forget_packages,
))  # fmt: skip
register(Store(
    "protect.Package", True, "which data packages there are", "14 days",
    exporter=_packages, eraser=_forget_packages,
))  # fmt: skip
register(Store(
    "protect.Request", True, "what people asked about their data", "three years after the answer",
    exporter=_requests, eraser=_forget_request, anonymised=True,
))  # fmt: skip
register(Store(
    "protect.Erasure", True, "whom an erasure under way is about; certificates name nobody",
    "until it is done", exporter=_erasures, eraser=_forget_erasure, anonymised=True,
))  # fmt: skip
register(Store(
    "protect.Sealed", True, "what a law wants kept of people who were erased: encrypted",
    "orders 8 years (§ 147 AO), proof of consents to calls 5 years (§ 7a UWG)", exporter=_sealed, eraser=lambda _: 0,
))  # fmt: skip
register(Store("protect.Opening", False, "who of the firm opened what is sealed, and why", ""))
register(Store("protect.Step", False, "what was done for a request; remarks go with the person", ""))  # fmt: skip
register(Store(
    "protect.Transfer", True, "who got files about them: keyed hashes of whom they were about",
    "three years", exporter=_transfers, eraser=lambda _: 0,
))  # fmt: skip
register(Store("protect.Notice", False, "published privacy notices", ""))
