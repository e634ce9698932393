"""The privacy notice for everybody, and the pages on which versions are published and who was given them
is written down."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gern.core.errors import BadInput
from gern.core.people.listing import Subset
from gern.kit.access import allow
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.people import page_of, posted_person
from gern.kit.shop import current_shop, real_today
from gern.kit.subsets import subsets
from gern.rooms.protect.models import Firm, Notice
from gern.rooms.protect.notices.given import earliest, given_to, uninformed, write_down
from gern.rooms.protect.notices.jobs import write_given
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
        told = super().clean() or {}
        if not told.get("german") and not told.get("english"):
            raise forms.ValidationError(_("A notice needs a text in German or English."))
        last = current()
        if last and (last.german, last.english) == (told.get("german"), told.get("english")):
            raise forms.ValidationError(_("This is what is in force already."))
        return told


class GivenForm(forms.Form):
    """To whom which version was given, how and when."""

    NONE, ALL = "–", "*"

    whom = forms.ChoiceField(label=gettext_lazy("To whom"))
    version = forms.CharField(label=gettext_lazy("Version"), max_length=40)
    how = forms.CharField(
        label=gettext_lazy("How"), max_length=200,
        help_text=gettext_lazy("For example: letter of May, e-mail of the order, notice at the till"),
    )  # fmt: skip
    day = forms.DateField(
        label=gettext_lazy("On"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None) -> None:
        last = current()
        today = real_today(current_shop())
        super().__init__(data, initial={"version": last.version if last else "", "day": today})
        field = self.fields["whom"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(self.NONE, _("everybody who was given none")), (self.ALL, _("everybody")),
                         *subsets()]  # fmt: skip
        self.fields["day"].widget.attrs["max"] = today.isoformat()

    def clean_day(self) -> date:
        """Neither to come nor before the data begin."""
        day: date = self.cleaned_data["day"]
        if day > real_today(current_shop()):
            raise forms.ValidationError(_("This day is to come."))
        if day < earliest(current_shop()):
            raise forms.ValidationError(_("Your data begin later."))
        return day


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
               "firm": Firm.known() if found == current() else None, "elsewhere": text != (found.german if german else found.english)}  # fmt: skip
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
    return _page(request, form, GivenForm())


@allow("admin", people=False)
@require_POST
def notices_given(request: HttpRequest) -> HttpResponse:
    """Many customers were given a notice: written down by a job."""
    form = GivenForm(request.POST)
    if not form.is_valid():
        return _page(request, NoticeForm(), form)
    to = form.cleaned_data
    whom = "" if to["whom"] in (form.NONE, form.ALL) else to["whom"]
    write_given.enqueue(whom, to["version"], one_line(to["how"], 200), to["day"].isoformat(), to["whom"] == form.NONE)  # fmt: skip
    messages.success(request, _("It is being written down; the numbers follow in a moment."))
    return redirect("notices")


@allow("editor")
@require_POST
def notice_given(request: HttpRequest) -> HttpResponse:
    """One customer was given a notice."""
    shop, person = current_shop(), posted_person(request)
    one = Subset("SELECT $whom AS person", {"whom": shop.log.person(person)})
    try:
        written = write_down(shop, one, one_line(request.POST.get("version", ""), 40),
                             one_line(request.POST.get("how", ""), 200), real_today(shop))  # fmt: skip
    except BadInput as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Saved.") if written else _("This was noted already."))
    return redirect(f"{page_of(person)}#contact")


def _page(request: HttpRequest, form: NoticeForm, given: GivenForm) -> HttpResponse:
    readers, shop = read_by(), current_shop()
    known = {str(one.version): one for one in Notice.objects.select_related("by")}
    told = given_to(shop)
    context = {
        "form": form, "given": given, "section": "protect", "uninformed": uninformed(shop),
        "versions": [(one, readers[one.version], told.get(id, 0)) for id, one in known.items()],
        "others": sorted((id, n) for id, n in told.items() if id not in known),
        "address": request.build_absolute_uri("/privacy-notice/"),
    }  # fmt: skip
    return render(request, "protect/notices.html", context, status=422 if form.errors or given.errors else 200)  # fmt: skip
