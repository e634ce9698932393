"""Requests of people about their data: the list, one of them, the form for the public, the link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.exports import PDF, attachment
from gern.kit.inputs import one_line, some_lines
from gern.kit.outside import private
from gern.kit.people import names_of
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.models import Firm, Package, Request
from gern.rooms.protect.requests import delivery, services
from gern.rooms.protect.requests.letters import LANGUAGES, LETTERS, letter, letter_pdf
from gern.rooms.protect.requests.words import STEPS
from gern.rooms.protect.transfers.services import of_person

AN_HOUR_MOST = 30
"""So many requests come in by the form in an hour; who floods it does no more."""


class RequestForm(forms.ModelForm[Request]):
    """A request that came in by letter, mail, phone or in person."""

    class Meta:
        model = Request
        fields = ["kind", "way", "received", "name", "contact", "text"]
        widgets = {
            "received": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "text": forms.Textarea(attrs={"rows": 4}),
        }
        labels = {
            "kind": gettext_lazy("What is asked for"), "way": gettext_lazy("How it came in"),
            "received": gettext_lazy("Came in on"), "name": gettext_lazy("Name"),
            "contact": gettext_lazy("Where the answer goes (address, e-mail)"),
            "text": gettext_lazy("What they wrote"),
        }  # fmt: skip

    def clean_received(self) -> Any:
        """Not a day to come."""
        day = self.cleaned_data["received"]
        if day > real_today(current_shop()):
            raise forms.ValidationError(_("This day is still to come."))
        return day


class PublicForm(forms.ModelForm[Request]):
    """The same for the person."""

    website = forms.CharField(required=False, widget=forms.HiddenInput)
    """Only machines fill it in."""

    class Meta:
        model = Request
        fields = ["kind", "name", "contact", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}
        labels = {
            "kind": gettext_lazy("What do you ask for?"), "name": gettext_lazy("Your name"),
            "contact": gettext_lazy("Where shall the answer go? (e-mail or address you have given us before)"),
            "text": gettext_lazy("What we should know, for example your customer number"),
        }  # fmt: skip

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        for name in ("name", "contact"):
            self.fields[name].required = True


@allow("editor")
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """What is open, the most urgent first; what was answered."""
    today = real_today(current_shop())
    context = {
        "open": services.open_requests(today),
        "closed": Request.objects.exclude(state=Request.State.OPEN).order_by("-closed")[:200],
        "form_url": request.build_absolute_uri(reverse("data_request")) if Firm.objects.exists() else "",
        "section": "protect",
    }  # fmt: skip
    return render(request, "protect/requests.html", context)


@allow("editor")
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """Write down one that came in."""
    start = {
        "received": real_today(current_shop()),
        "way": Request.Way.EMAIL,
        "name": "",
        "contact": "",
    }
    person = one_line(request.GET.get("customer", "") or request.POST.get("customer", ""), 500)
    if person and (row := current_shop().customer(current_shop().log.person(person))):
        start |= {"name": row.get("name") or "", "contact": row.get("email") or ""}
    form = RequestForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        known = {"person": current_shop().log.person(person)} if person else {}
        made = services.take_in({**form.cleaned_data, **known}, request.user)
        return redirect("request", made.pk)
    context = {"form": form, "person": person, "section": "protect"}
    return render(request, "protect/request_new.html", context, status=422 if form.errors else 200)


@allow("editor")
@require_safe
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what was asked, by when, who it is, what was done, what comes next."""
    return _page(request, get_object_or_404(Request, pk=pk))


def _page(request: HttpRequest, found: Request, status: int = 200, **more: Any) -> HttpResponse:
    shop = current_shop()
    person = shop.log.person(found.person) if found.person else ""
    context = {
        "asked": found, "deadline": services.deadline(found, real_today(shop)), "person": person,
        "row": (shop.customer(person) or {}) if person else {},
        "candidates": [] if found.identity or found.state != Request.State.OPEN else services.candidates(shop, found),
        "steps": [(step, STEPS.get(step.what, step.what)) for step in found.steps.select_related("by")],
        "packages": list(found.packages.all()), "erasures": found.erasures.all(),
        "letters": LETTERS.items(), "languages": LANGUAGES, "section": "protect",
        "wants_package": found.kind in (Request.Kind.ACCESS, Request.Kind.PORTABILITY),
        "told": _to_be_told(shop, found, person), **more,
    }  # fmt: skip
    response = render(request, "protect/request.html", context, status=status)
    return private(response) if "link" in more else response


def _to_be_told(shop: Shop, found: Request, person: str) -> list[str]:
    """To whom files about them were handed on: told of a correction, an erasure, a restriction."""
    if not person or found.kind not in (Request.Kind.RECTIFICATION, Request.Kind.ERASURE, Request.Kind.RESTRICTION):  # fmt: skip
        return []
    return sorted({one.recipient for one in of_person(names_of(shop, person)) if one.recipient})


@allow("editor")
@require_POST
def request_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Something was done: it is known who it is, it takes longer, it is answered, a remark."""
    found, shop = get_object_or_404(Request, pk=pk), current_shop()
    what, why = request.POST.get("do", ""), one_line(request.POST.get("why", ""), 300)
    if found.state != Request.State.OPEN and what != "note":
        return _page(request, found, 422, problem=_("It is closed already. Nothing was changed."))
    if not why and what != "answered":
        return _page(request, found, 422, problem=_("Say in a few words why or how. Nothing was changed."))  # fmt: skip
    try:
        _do(shop, found, what, why, request)
    except BadInput as error:
        return _page(request, found, 422, problem=said(error))
    return redirect("request", pk)


def _do(shop: Any, found: Request, what: str, why: str, request: HttpRequest) -> None:
    if what == "identify":
        person = shop.log.person(one_line(request.POST.get("customer", ""), 500))
        if shop.customer(person) is None and not shop.timeline(person, limit=1).counts:
            raise BadInput(
                "There is no such customer. Nothing was changed.", param="customer",
                german="Diesen Kunden gibt es nicht. Es wurde nichts geändert.",
            )  # fmt: skip
        if found.person and found.person != person:  # what was made was somebody else's
            for one in found.packages.all():
                delivery.remove(shop, one)
        services.identify(found, person, why, request.user)
    elif what == "extend":
        services.extend(found, why, real_today(shop), request.user)
    elif what in (Request.State.ANSWERED, Request.State.REFUSED):
        services.close(found, what, why, real_today(shop), request.user)
    elif what == "note":
        services.note(found, "note", why, request.user)


@allow("editor")
@require_POST
def package_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the data package made."""
    found = get_object_or_404(Request, pk=pk)
    try:
        delivery.order(found, _language(request), request.user)
    except BadInput as error:
        return _page(request, found, 422, problem=said(error))
    messages.success(
        request, _("The package is being made. Look through it before you pass it on.")
    )
    return redirect("request", pk)


@allow("editor")
@require_POST
def package_do(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Look through a package, make its link and code, or remove it."""
    shop, one = current_shop(), get_object_or_404(Package.objects.select_related("request"), pk=pk)
    what = request.POST.get("do", "")
    if what == "remove":
        delivery.remove(shop, one)
        return redirect("request", one.request.pk)
    if not one.file or not (shop.home.packages / one.file).exists():
        raise Http404
    if what == "look":
        services.note(one.request, "looked", "", request.user)
        return _file(shop.home.packages / one.file, one.request.number)
    token, code = delivery.issue(one, request.user)
    link = request.build_absolute_uri(reverse("data_package", args=[token]))
    return _page(request, one.request, link=link, code=f"{code[:4]} {code[4:]}")


@allow("editor")
@require_safe
def request_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter from its template, to be changed and printed."""
    found = get_object_or_404(Request, pk=pk)
    kind, language = request.GET.get("letter", ""), _language(request)
    if kind not in LETTERS:
        raise Http404
    context = {"mail_to": _address(found.contact), "asked": found, "kind": kind, "language": language, "languages": LANGUAGES,
               "letters": LETTERS.items(), "text": letter(found, kind, language), "section": "protect"}  # fmt: skip
    return render(request, "protect/letter.html", context)


@allow("editor")
@require_POST
def letter_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as PDF; that it was written stays."""
    found = get_object_or_404(Request, pk=pk)
    text = some_lines(request.POST.get("text", "").replace("\r", ""), 10_000)
    kind = request.POST.get("letter", "")
    if kind not in LETTERS or not text:
        raise Http404
    services.note(found, "letter", kind, request.user)
    return attachment(letter_pdf(text, _language(request)), f"{found.number}-{kind}.pdf", PDF)


@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def data_request(request: HttpRequest) -> HttpResponse:
    """The form for people who ask about their data."""
    firm = Firm.known()
    if firm is None:
        raise Http404
    form, number_ = PublicForm(request.POST or None), ""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        fields = {k: v for k, v in form.cleaned_data.items() if k != "website"}
        hour = timezone.now() - timedelta(hours=1)
        recent = Request.objects.filter(way=Request.Way.FORM, created__gte=hour).count()
        if recent >= AN_HOUR_MOST:
            form.add_error(None, _("Too many requests come in just now. Please write to us by mail or letter. Nothing was stored."))  # fmt: skip
            status = 429
        elif form.cleaned_data["website"]:
            number_ = "R"
        else:
            number_ = services.take_in({**fields, "way": Request.Way.FORM, "received": real_today(current_shop())}, None).number  # fmt: skip
    context = {"form": form, "firm": firm, "number": number_}
    return private(render(request, "protect/data_request.html", context, status=status))


@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def data_package(request: HttpRequest, token: str) -> HttpResponseBase:
    """The link of a package: asks for the code, then gives the file."""
    one = delivery.waiting(token)
    if one is None:
        raise Http404
    wrong = False
    if request.method == "POST":
        path = delivery.fetch(current_shop(), one, request.POST.get("code", "")[:40])
        if path is not None and not path.exists():
            raise Http404
        if path is not None:
            return private(_file(path, one.request.number))
        wrong = True
    context = {
        "wrong": wrong,
        "expires": one.expires,
        "tries": delivery.TRIES,
        "zone": current_shop().zone,
    }
    return private(render(request, "protect/data_package.html", context, status=422 if wrong else 200))  # fmt: skip


def _file(path: Any, name: str) -> FileResponse:
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{name}.zip", content_type="application/zip")  # fmt: skip


def _address(contact: str) -> str:
    """For a link that writes to it; empty when it is no e-mail address and nothing else."""
    try:
        validate_email(contact)
    except ValidationError:
        return ""
    return quote(contact, safe="@")


def _language(request: HttpRequest) -> str:
    asked = request.POST.get("language") or request.GET.get("language") or get_language() or "en"
    return asked if asked in dict(LANGUAGES) else "en"
