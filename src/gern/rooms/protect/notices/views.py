"""The privacy notice for everybody, and the page on which versions are published."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gern.kit.access import allow
from gern.rooms.protect.models import Notice
from gern.rooms.protect.notices.services import current, publish, read_by


class NoticeForm(forms.Form):
    """Both languages; one may be left empty."""

    german = forms.CharField(
        label=gettext_lazy("In German"), max_length=100_000, required=False,
        widget=forms.Textarea(attrs={"rows": 16}),
    )  # fmt: skip
    english = forms.CharField(
        label=gettext_lazy("In English"), max_length=100_000, required=False,
        widget=forms.Textarea(attrs={"rows": 16}),
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """Something has to stand there, and something else than before."""
        said = super().clean() or {}
        if not said.get("german") and not said.get("english"):
            raise forms.ValidationError(_("A notice needs a text in German or English."))
        last = current()
        if last and (last.german, last.english) == (said.get("german"), said.get("english")):
            raise forms.ValidationError(_("This is what is in force already."))
        return said


@allow("public")
@require_safe
def notice(request: HttpRequest, version: int | None = None) -> HttpResponse:
    """One version, or the one in force, in the reader's language if there is one."""
    found = get_object_or_404(Notice, version=version) if version else current()
    if found is None:
        raise Http404
    german = (get_language() or "").startswith("de")
    text = (found.german or found.english) if german else (found.english or found.german)
    versions = Notice.objects.order_by("-version").only("version", "created")
    context = {"notice": found, "text": text, "versions": versions,
               "language": "de" if text == found.german else "en",
               "elsewhere": text != (found.german if german else found.english)}  # fmt: skip
    return render(request, "protect/notice.html", context)


@allow("admin", people=False)
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """All versions with how many read them; publishing the next."""
    last = current()
    given = {"german": last.german, "english": last.english} if last else None
    form = NoticeForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        made = publish(form.cleaned_data["german"], form.cleaned_data["english"], request.user)
        messages.success(request, _("Version %(n)s is in force.") % {"n": made.version})
        return redirect("notices")
    readers = read_by()
    context = {
        "form": form, "section": "protect",
        "versions": [(one, readers[one.version]) for one in Notice.objects.select_related("by")],
        "address": request.build_absolute_uri("/privacy-notice/"),
    }  # fmt: skip
    return render(request, "protect/notices.html", context, status=422 if form.errors else 200)
