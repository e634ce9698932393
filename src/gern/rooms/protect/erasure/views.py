"""Erasing a customer: what it would do, doing it, and the proof; holds; what is kept by law."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.exports import JSON, PDF, attachment
from gern.kit.inputs import number, one_line
from gern.kit.outside import private
from gern.kit.people import names_of, page_of, posted_person
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.erasure import services
from gern.rooms.protect.erasure.certificate import as_json, certificate_pdf
from gern.rooms.protect.erasure.holds import hold, holds_of, in_force
from gern.rooms.protect.erasure.sealed import open_sealed
from gern.rooms.protect.erasure.words import shown
from gern.rooms.protect.models import Erasure, Firm, Hold, Request, Sealed


class FirmForm(forms.ModelForm[Firm]):
    """Who answers for the data."""

    class Meta:
        model = Firm
        fields = [
            "name",
            "address",
            "email",
            "officer",
            "authority",
            "recipients",
            "joint",
            "logs_looks",
            "keeps_documents",
        ]
        widgets = {
            key: forms.Textarea(attrs={"rows": 3}) for key in ("address", "recipients", "joint")
        }
        labels = {
            "name": gettext_lazy("Name of the firm"), "address": gettext_lazy("Address"),
            "email": gettext_lazy("E-mail for questions about data"),
            "officer": gettext_lazy("Data protection officer, and how to reach them"),
            "authority": gettext_lazy("Supervisory authority"),
            "recipients": gettext_lazy("Who gets personal data, by name: processors, partners"),
            "joint": gettext_lazy("With whom the firm answers for data jointly"),
            "logs_looks": gettext_lazy("Write down who of the firm looks at which customer’s page"),
            "keeps_documents": gettext_lazy("Booking documents (orders) lie nowhere but here: keep them sealed for 8 years when a customer is erased (§ 147 AO)"),
        }  # fmt: skip
        help_texts = {
            "joint": gettext_lazy("Who they are and the essence of the arrangement: who informs, who answers requests (Art. 26). People read it with their data and with the privacy notice."),
        }  # fmt: skip


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def firm(request: HttpRequest) -> HttpResponse:
    """Who answers for the data."""
    form = FirmForm(request.POST or None, instance=Firm.known() or Firm(pk=1))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("protect")
    context = {"form": form, "section": "protect"}
    return render(request, "protect/firm.html", context, status=422 if form.errors else 200)


@allow("editor")
@require_safe
def erasures(request: HttpRequest) -> HttpResponse:
    """Every erasure with its certificate, the holds, what the law wants kept."""
    context = {
        "erasures": Erasure.objects.all()[:200],
        "holds": in_force(real_today(current_shop())),
        "sealed": Sealed.objects.defer("content").prefetch_related("openings__by")[:500],
        "waiting": len(current_shop().log.waiting_erasures()),
        "section": "protect",
    }
    return render(request, "protect/erasures.html", context)


@allow("editor")
@require_safe
def erasure_plan(request: HttpRequest) -> HttpResponse:
    """What erasing this customer would do."""
    shop = current_shop()
    person = shop.log.person(request.GET.get("customer", ""))
    return _planned(request, person)


def _planned(request: HttpRequest, person: str, problem: str = "", status: int = 200) -> HttpResponse:  # fmt: skip
    shop = current_shop()
    if going := services.running(person):
        return redirect("erasure", going.pk)
    if shop.customer(person) is None and not shop.timeline(person, limit=1).counts:
        raise Http404
    found = services.plan_of(shop, person)
    context = {
        "person": person, "plan": found, "problem": problem, "row": shop.customer(person) or {},
        "rows": shown(found.to_dict()["rows"]),
        "holds": holds_of(names_of(shop, person), real_today(shop)), "kinds": Hold.KINDS,
        "request_pk": request.GET.get("request", "") or request.POST.get("request", ""),
        "section": "protect",
    }  # fmt: skip
    return render(request, "protect/erasure_plan.html", context, status=status)


@allow("admin")
@require_POST
def erasure_begin(request: HttpRequest) -> HttpResponse:
    """Erase them; the id, typed once more, says that it is meant."""
    shop, person = current_shop(), posted_person(request)
    if request.POST.get("typed", "").strip() != person.strip():
        return _planned(request, person, _("This is not the id of this customer. Nobody was erased."), 422)  # fmt: skip
    asked = Request.objects.filter(pk=number(request.POST.get("request", ""))).first()
    try:
        begun = services.begin(shop, person, request.user, asked)
    except BadInput as error:
        return _planned(request, person, said(error), 422)
    return redirect("erasure", begun.pk)


@allow("editor")
@require_safe
def erasure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far an erasure is; its certificate."""
    found = get_object_or_404(Erasure, pk=pk)
    rows = shown(found.plan["rows"])
    context = {"erasure": found, "rows": rows, "years": found.plan["years"], "section": "protect"}
    return render(request, "protect/erasure.html", context)


@allow("editor")
@require_safe
def certificate(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The certificate, as PDF or as the JSON its hash is of."""
    if kind not in ("pdf", "json"):
        raise Http404
    found = get_object_or_404(Erasure, pk=pk, state=Erasure.State.DONE)
    pdf = kind == "pdf"
    content = certificate_pdf(found, current_shop().zone) if pdf else as_json(found.certificate)
    return attachment(content, f"{found.number}.{kind}", PDF if pdf else JSON)


@allow("editor")
@require_POST
def hold_begin(request: HttpRequest) -> HttpResponse:
    """Somebody must not be erased for now."""
    person = posted_person(request)
    kind, why = request.POST.get("kind", ""), one_line(request.POST.get("why", ""), 300)
    day, problem = _day(request.POST.get("until", ""))
    if kind not in dict(Hold.KINDS) or not why or problem:
        return _planned(request, person, problem or _("Say what keeps them from being erased. Nothing was saved."), 422)  # fmt: skip
    if day and day < real_today(current_shop()):
        return _planned(request, person, _("This day is over. Nothing was saved."), 422)
    hold(person, kind, why, day, request.user)
    messages.success(request, _("Saved. They are not erased while this holds."))
    return redirect(f"{page_of(person)}#contact")


@allow("editor")
@require_POST
def hold_end(request: HttpRequest, pk: int) -> HttpResponse:
    """It holds no more."""
    get_object_or_404(Hold, pk=pk).delete()
    messages.success(request, _("It holds no more."))
    return redirect("erasures")


@allow("admin")
@require_POST
def sealed_open(request: HttpRequest, pk: int) -> HttpResponse:
    """What is kept by law, as a file; who opened it and why stays."""
    found = get_object_or_404(Sealed, pk=pk)
    why = one_line(request.POST.get("why", ""), 300)
    if not why:
        messages.error(request, _("Say why it is opened. It stays closed."))
        return redirect("erasures")
    content = open_sealed(current_shop(), found, why, request.user)
    opened: HttpResponse = private(attachment(content, f"sealed-{found}.json", JSON))
    return opened


def _day(text: str) -> tuple[Any, str]:
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, _("“%(text)s” is no day. Nothing was saved.") % {"text": text[:20]}
