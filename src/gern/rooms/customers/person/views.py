"""The page of one customer, their counter card, and what is written down about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.figures.leaving import Standing, standing
from gern.core.figures.periods import parse_day
from gern.core.people.events import GROUPS
from gern.core.people.timeline import Timeline
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.access import allow, sees
from gern.kit.errors import said
from gern.kit.inputs import number, one_line, some_lines
from gern.kit.people import guard, looked_at, names_of, page_of, part_named, parts, posted_person
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Note, Tag
from gern.rooms.customers.person.contacts import contacts
from gern.rooms.customers.person.owners import hand_to
from gern.rooms.customers.person.parts import OTHER
from gern.rooms.customers.person.saying import note_contact, say
from gern.rooms.customers.person.services import add_note, give_tag, may_own, remove_note, take_tag
from gern.rooms.customers.person.sight import shown_card, shown_contacts, shown_row
from gern.rooms.customers.person.slips import Slip


@dataclass(frozen=True)
class Part:
    """A part of the page with its content; one without a template is fetched by its id."""

    template: str
    content: dict[str, Any]
    id: str = ""


@allow("editor", shows=(), own=True)
@require_safe
def customer(request: HttpRequest) -> HttpResponse:
    """Everything known of one customer."""
    shop, person = current_shop(), request.GET.get("customer", "")
    now = shop.log.person(person)
    if now != person:  # joined to somebody since the link was made
        return redirect(page_of(now))
    return customer_page(request, shop, person)


def customer_page(
    request: HttpRequest, shop: Shop, person: str, slip: Slip | None = None
) -> HttpResponse:
    """The page. ``slip``: the form of it that was not taken."""
    shop.ask_ahead(person)
    line, problem = _line(request, shop, person)
    row = shop.customer(person)
    if not line.counts and row is None:
        raise Http404
    guard(request, person)
    looked_at(request, person)
    names = names_of(shop, person)
    shown = []
    for part in parts(request.user):
        if part.late and not request.GET.get("whole"):
            shown.append(Part("", {}, part.id))
        elif (content := part.content(request, person, names)) is not None:
            of_part = slip if slip and slip.part == part.id else None
            shown.append(Part(part.template, {**content, "slip": of_part}))
    figure = request.GET.get("figure", "")
    context = {
        "person": person,
        "row": shown_row(request.user, row or {}),
        "standing": _standing(shop, row),
        "card": shown_card(request.user, shop.counter_card(person)),
        "names": names,
        "line": line,
        "contacts": shown_contacts(request.user, contacts(line.events, shop, person)),
        "groups": [(id, formats.text(GROUPS[id]), n) for id, n in line.counts.items()],
        "all_events": sum(line.counts.values()),
        "group": request.GET.get("group") if request.GET.get("group") in GROUPS else None,
        "before": request.GET.get("before", ""),
        "older": _skip(request) + len(line.events),
        "problem": problem,
        "parts": shown,
        "figure": next((f for f in shop.figures() if f.id == figure), None),
        "from_leaving": figure == "leaving",
        "section": "customers",
        **_order(request, shop, person),
    }
    return render(request, "customers/customer.html", context, status=422 if slip else 200)


def refused(
    request: HttpRequest, person: str, part: str, why: str, choices: Sequence[dict[str, Any]] = ()
) -> HttpResponse:
    """The page again, with the form as it was filled in and why it was not taken."""
    return customer_page(request, current_shop(), person, Slip(part, why, request.POST, choices))


@allow("editor", shows=(), own=True)
@require_safe
def customer_part(request: HttpRequest, id: str) -> HttpResponse:
    """A part that is fetched after the page; nothing where there is nothing to say."""
    shop, person = current_shop(), request.GET.get("customer", "")
    part = part_named(id, request.user)
    if part is None or (
        shop.customer(person) is None and not shop.timeline(person, limit=1).counts
    ):
        raise Http404
    guard(request, person)
    content = part.content(request, person, names_of(shop, person))
    if content is None:
        return HttpResponse("")
    return render(request, part.template, {"part": content, "person": person})


@allow("editor", shows=(), own=True)
@require_safe
def customer_card(request: HttpRequest) -> HttpResponse:
    """The counter card alone, for the till and to print."""
    shop, person = current_shop(), request.GET.get("customer", "")
    if (now := shop.log.person(person)) != person:
        return redirect(f"{reverse('customer_card')}?{urlencode({'customer': now})}")
    row = shop.customer(person)
    if row is None:
        raise Http404
    guard(request, person)
    looked_at(request, person)
    context = {
        "person": person,
        "row": shown_row(request.user, row),
        "card": shown_card(request.user, shop.counter_card(person)),
        "section": "customers",
    }
    return render(request, "customers/card_page.html", context)


@allow("editor", shows=(), own=True)
@require_POST
def customer_contact(request: HttpRequest) -> HttpResponse:
    """Somebody met them at a touchpoint."""
    person = posted_person(request)
    try:
        day = parse_day(request.POST.get("day", ""), "day")
        note_contact(person, request.POST.get("touchpoint", ""), day, request.user)
        messages.success(request, _("The contact is noted."))
    except BadInput as error:
        return refused(request, person, "noted", said(error))
    return redirect(f"{page_of(person)}#noted")


@allow("editor", shows=("notes",), own=True)
@require_POST
def customer_note(request: HttpRequest) -> HttpResponse:
    """Write a note."""
    person, text = posted_person(request), some_lines(request.POST.get("text", ""), 4000)
    if text:
        add_note(person, text, request.user)
    return redirect(f"{page_of(person)}#notes")


@allow("editor", shows=("notes",), own=True)
@require_POST
def customer_note_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a note away."""
    note = get_object_or_404(Note, pk=pk)
    person = current_shop().log.person(note.person)
    guard(request, person)
    remove_note(note, person, request.user)
    messages.success(request, _("The note is gone. It can be brought back for 30 days."))
    return redirect(f"{page_of(person)}#notes")


@allow("editor", shows=(), own=True)
@require_POST
def customer_tag(request: HttpRequest) -> HttpResponse:
    """Mark the customer with a tag."""
    person, name = posted_person(request), one_line(request.POST.get("tag", ""), 60)
    if name:
        give_tag(person, name, request.user)
    return redirect(page_of(person))


@allow("editor", shows=())
@require_POST
def customer_owner(request: HttpRequest) -> HttpResponse:
    """Say who looks after the customer."""
    person = posted_person(request)
    user = may_own().filter(pk=number(request.POST.get("user", ""))).first()
    hand_to(names_of(current_shop(), person), user, request.user)
    messages.success(request, _("Saved."))
    return redirect(page_of(person))


@allow("editor", shows=(), own=True)
@require_POST
def customer_tag_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a tag from the customer."""
    person = posted_person(request)
    take_tag(names_of(current_shop(), person), get_object_or_404(Tag, pk=pk), request.user)
    return redirect(page_of(person))


@allow("editor", shows=("contact",), own=True)
@require_POST
def customer_trait(request: HttpRequest) -> HttpResponse:
    """What somebody has found out about the customer."""
    person = posted_person(request)
    key, other = request.POST.get("key", ""), request.POST.get("other_key", "")
    try:
        say(person, one_line(other if key == OTHER else key, 60), one_line(request.POST.get("value", ""), 500), request.user)  # fmt: skip
    except BadInput as error:
        return refused(request, person, "traits", said(error))
    messages.success(request, _("Saved."))
    return redirect(page_of(person))


def _standing(shop: Shop, row: dict[str, Any] | None) -> Standing | None:
    """Whether they are still a customer, and how long; None: they never were."""
    last = row and row["last_day"]
    return standing(last, shop.today(), shop.window_days) if last else None


def _line(request: HttpRequest, shop: Shop, person: str) -> tuple[Timeline, str | None]:
    group = request.GET.get("group")
    before: datetime | None = None
    problem = None
    if given := request.GET.get("before"):
        try:
            day = parse_day(given[:10], "before") + timedelta(days=1)
            before = shop.period(day, day + timedelta(days=1)).since
        except (BadInput, ValueError, OverflowError):
            problem = _("“%(day)s” is no day; everything is shown.") % {"day": given[:40]}
    known = group if group in GROUPS else None
    return shop.timeline(person, group=known, before=before, skip=_skip(request)), problem


def _skip(request: HttpRequest) -> int:
    return min(number(request.GET.get("skip", "")), 1_000_000)


def _order(request: HttpRequest, shop: Shop, person: str) -> dict[str, Any]:
    """The order that is opened, with its lines."""
    wanted, source = request.GET.get("order"), request.GET.get("source")
    if not wanted:
        return {}
    found = next((o for o in shop.orders_of(person)
                  if o["order_id"] == wanted and source in (None, "", o["source"])), None)  # fmt: skip
    if found is None or not sees(request.user, "revenue"):
        return {}
    return {"chosen": found, "lines": shop.lines_of(person, found["source"], found["order_id"])}
