"""A customer's own choices by their link, without an account; and the one click that ends a mailing.

Opening a link changes nothing: mail filters open every link. Only a POST does.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.consent.purpose import CHANNELS
from gern.kit import formats
from gern.kit.access import allow
from gern.kit.inputs import number
from gern.kit.outside import private
from gern.kit.people import page_of, posted_person
from gern.kit.shop import current_shop, real_today
from gern.rooms.protect.models import Purpose
from gern.rooms.protect.notices.services import current
from gern.rooms.protect.preferences import own_data as of_data
from gern.rooms.protect.preferences import services
from gern.rooms.protect.requests.package import own_page


@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest, token: str) -> HttpResponse:
    """What they want to hear of, which way, how often; a pause; nothing at all."""
    shop = current_shop()
    person = services.whose(shop, token)
    if person is None:
        raise Http404
    if request.method == "POST":
        _change(request, person)
        response = redirect("choices", token)
        response["Location"] += "?asked=1" if request.POST.get("do") == "data" else "?saved=1"
        return private(response)
    found = services.choices(shop, person)
    context = {
        "choices": [(purpose, [one for one in found if one.purpose == purpose])
                    for purpose in dict.fromkeys(one.purpose for one in found)],
        "channels": {id: formats.text(label) for id, label in CHANNELS.items()},
        "pauses": services.PAUSES, "every": services.EVERY_DAYS,
        "paused": next((one.paused for one in found if one.paused), None),
        "frequency": {one.purpose.pk: one.every_days for one in found},
        "saved": request.GET.get("saved") == "1", "asked": request.GET.get("asked") == "1", "token": token,
        "can_ask": of_data.can_ask(shop, person), "notice": current(),
    }  # fmt: skip
    return private(render(request, "protect/choices.html", context))


@allow("public")
@require_safe
def own_data(request: HttpRequest, token: str) -> HttpResponse:
    """What is stored about them, what is computed of it, and why."""
    person = of_data.whose(token)
    if person is None:
        raise Http404
    shop = current_shop()
    told = own_page(shop, shop.log.person(person), get_language() or "en")
    return private(render(request, "protect/own_data.html", told))


@allow("editor")
@require_POST
def choices_link(request: HttpRequest) -> HttpResponse:
    """Make the link of a customer, to be given to them."""
    person = posted_person(request)
    services.make_link(current_shop(), person)
    return redirect(f"{page_of(person)}#contact")


@csrf_exempt
@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """One click in a mail program (RFC 8058) posts here, without cookie, login or redirect. Who
    opens the link in a browser finds a button."""
    person = services.whose(current_shop(), token)
    if person is None:
        raise Http404
    known = Purpose.objects.filter(pk=purpose).first()  # it may be gone since the mail was sent
    done = request.method == "POST"
    if done:
        services.nothing_more(person, purpose, "email")
    context = {"name": known.name if known else purpose, "done": done, "token": token}
    return private(render(request, "protect/unsubscribe.html", context))


def _change(request: HttpRequest, person: str) -> None:
    shop, what = current_shop(), request.POST.get("do", "")
    if what == "nothing":
        services.nothing_more(person)
    elif what == "data":
        of_data.ask(shop, person)
    elif what == "pause":
        services.pause(person, real_today(shop), number(request.POST.get("days", "")))
    else:
        pairs = [tuple(text.split(":", 1)) for text in request.POST.getlist("on") if ":" in text]
        found = services.choices(shop, person)
        services.choose(found, person, pairs)  # type: ignore[arg-type]
        for purpose, days in {one.purpose.pk: one.every_days for one in found}.items():
            sent = request.POST.get(f"every:{purpose}")
            if sent is not None and number(sent) != days:
                services.how_often(person, purpose, number(sent))
