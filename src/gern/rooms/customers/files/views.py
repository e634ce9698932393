"""Files of a customer: handed in, fetched, taken away."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gern.core.errors import BadInput
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.people import guard, names_of, page_of, posted_person
from gern.kit.shop import current_shop
from gern.rooms.customers.files.services import add_file, remove
from gern.rooms.customers.models import CustomerFile
from gern.rooms.customers.person.views import refused


@allow("editor", shows=("notes",), own=True)
@require_POST
def customer_file(request: HttpRequest) -> HttpResponse:
    """Keep a file with the customer."""
    shop, person = current_shop(), posted_person(request)
    sent = request.FILES.get("file")
    if sent is None:
        return refused(request, person, "files", _("Choose a file first."))
    try:
        add_file(shop, person, names_of(shop, person), sent, sent.name or "", request.user)
    except BadInput as error:
        return refused(request, person, "files", said(error))
    messages.success(request, _("The file is kept."))
    return redirect(f"{page_of(person)}#files")


@allow("editor", shows=("notes",), own=True)
@require_safe
def customer_file_content(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, to be stored: never shown inside a page."""
    file = get_object_or_404(CustomerFile, pk=pk)
    guard(request, current_shop().log.person(file.person))
    path = current_shop().home.files / file.stored
    if not path.exists():
        raise Http404
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=file.name, content_type=file.kind
    )


@allow("editor", shows=("notes",), own=True)
@require_POST
def customer_file_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the file away."""
    shop, file = current_shop(), get_object_or_404(CustomerFile, pk=pk)
    guard(request, shop.log.person(file.person))
    remove(shop, file)
    messages.success(request, _("The file is gone."))
    return redirect(f"{page_of(shop.log.person(file.person))}#files")
