"""Sign-up forms: made by the firm, filled in by people, confirmed by them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from gern.core.consent.purpose import ADVERTISING
from gern.kit.access import allow
from gern.kit.inputs import one_line
from gern.kit.outside import framed_by, private, sites
from gern.kit.shop import current_shop
from gern.rooms.protect.models import Purpose, Signup, SignupForm
from gern.rooms.protect.notices.services import current
from gern.rooms.protect.signup import services

SALT = "gern.signup"
HOLDS_SECONDS = 24 * 3600
READ = ("title", "text", "purposes", "notice", "notice_version", "language")
"""Fields people read: changed, the form gets another version."""


class FormForm(forms.ModelForm[SignupForm]):
    """A sign-up form; its address stays what it is."""

    class Meta:
        model = SignupForm
        fields = ["id", "title", "text", "purposes", "notice", "notice_version", "language", "frames", "on"]  # fmt: skip
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "purposes": forms.CheckboxSelectMultiple}  # fmt: skip
        labels = {
            "id": gettext_lazy("Address of the form (letters, digits, hyphens)"), "title": gettext_lazy("Title"),
            "text": gettext_lazy("What they agree to, in full: who sends what, how often, how to stop it"),
            "purposes": gettext_lazy("Purposes"), "notice": gettext_lazy("Privacy notice (https address; empty: the one published here)"),
            "notice_version": gettext_lazy("Its version or date"), "language": gettext_lazy("Language"),
            "frames": gettext_lazy("Sites that may embed the form"), "on": gettext_lazy("Takes sign-ups"),
        }  # fmt: skip

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.fields["purposes"].queryset = Purpose.objects.filter(kind=ADVERTISING)  # type: ignore[attr-defined]
        if not self.instance._state.adding:
            self.fields["id"].disabled = True

    def clean(self) -> dict[str, Any]:
        """A notice of one's own has a version; without one, one is published here."""
        said = super().clean() or {}
        if said.get("notice") and not said.get("notice_version"):
            self.add_error("notice_version", _("Which version of the notice is it?"))
        if not said.get("notice") and "notice" not in self.errors and current() is None:
            self.add_error("notice", _("Name an address, or publish a notice first: Privacy → Privacy notices."))  # fmt: skip
        return said

    def clean_frames(self) -> str:
        """Sites, with spaces between."""
        return sites(self.cleaned_data["frames"])


class PeopleForm(forms.Form):
    """What people fill in. The box is never ticked before."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name (if you like)"), max_length=120, required=False)
    website = forms.CharField(required=False)
    """Only machines fill it in."""
    yes = forms.BooleanField()
    sealed = forms.CharField()


@allow("editor")
@require_safe
def signup_forms(request: HttpRequest) -> HttpResponse:
    """All forms, with how many signed up and confirmed."""
    counted = SignupForm.objects.annotate(
        asked=Count("signups"),
        confirmed=Count("signups", filter=Q(signups__confirmed__isnull=False)),
    )
    found = [(form, request.build_absolute_uri(reverse("signup", args=[form.pk]))) for form in counted]  # fmt: skip
    context = {"forms": found, "can_send": services.can_send(), "section": "protect"}
    return render(request, "protect/signup_forms.html", context)


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def signup_form_new(request: HttpRequest) -> HttpResponse:
    """A new form."""
    return _edit(request, None)


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def signup_form_edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Change a form; what people read of it gets a new version."""
    return _edit(request, get_object_or_404(SignupForm, pk=pk))


def _edit(request: HttpRequest, known: SignupForm | None) -> HttpResponse:
    form = FormForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        if known and set(form.changed_data) & set(READ):
            form.instance.version += 1
        form.instance.by = request.user
        form.save()
        messages.success(request, _("Saved."))
        return redirect("signup_forms")
    context = {"form": form, "known": known, "section": "protect"}
    return render(request, "protect/signup_form.html", context, status=422 if form.errors else 200)


@csrf_exempt
@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest, pk: str) -> HttpResponse:
    """The form for people, also inside other sites: there are no cookies, the form carries a seal."""
    form = get_object_or_404(SignupForm, pk=pk, on=True)
    if not services.can_send():
        raise Http404
    with translation.override(form.language):
        filled = PeopleForm(request.POST or None)
        done, problem, status = False, "", 200
        if request.method == "POST":
            done, problem, status = _taken(request, form, filled)
        page = one_line(request.POST.get("page", "") or request.headers.get("referer", ""), 500)
        context = {
            "signup": form, "form": filled, "done": done, "problem": problem, "page": page,
            "seal": signing.dumps({"form": form.pk, "read": services.read(form)}, salt=SALT),
        }  # fmt: skip
        response = render(request, "protect/signup.html", context, status=status)
    framed_by(response, form.frames)
    return private(response)


def _taken(request: HttpRequest, form: SignupForm, filled: PeopleForm) -> tuple[bool, str, int]:
    """(whether it was taken in, why not, the status)."""
    if not filled.is_valid():
        return False, _("Enter your address and tick the box. Nothing was stored."), 422
    try:
        sealed = signing.loads(filled.cleaned_data["sealed"], salt=SALT, max_age=HOLDS_SECONDS)
    except signing.BadSignature:
        sealed = {}
    if sealed != {"form": form.pk, "read": services.read(form)}:
        return False, _("The text has changed, or the page was open for long. Please read it and send it again."), 422  # fmt: skip
    if filled.cleaned_data["website"]:
        return True, "", 200
    taken = services.sign_up(
        form, filled.cleaned_data["email"], one_line(filled.cleaned_data["name"], 120),
        request.META.get("REMOTE_ADDR", ""), one_line(request.POST.get("page", ""), 500),
    )  # fmt: skip
    if not taken:
        return False, _("Too many sign up just now. Please try again in an hour. Nothing was stored."), 429  # fmt: skip
    return True, "", 200


@csrf_exempt
@allow("public")
@require_http_methods(["GET", "HEAD", "POST"])
def signup_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: a page with a button. Opening it confirms nothing."""
    one = services.waiting(token)
    if one is None:
        raise Http404
    if request.method == "POST":
        services.confirm(current_shop(), one, request.META.get("REMOTE_ADDR", ""))
        one = Signup.objects.select_related("form").get(pk=one.pk)
    with translation.override(one.form.language):
        response = render(request, "protect/signup_confirm.html", {"one": one})
    return private(response)
