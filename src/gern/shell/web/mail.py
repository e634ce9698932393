"""Setting up how mail leaves, step by step: sender, way out, test, does it arrive; and the outbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gern.core.errors import BadInput
from gern.kit.access import allow
from gern.kit.alerts import forget_alerts
from gern.kit.errors import said
from gern.kit.inputs import one_line
from gern.kit.mail import services
from gern.kit.mail.domain import Check, NoAnswer, check
from gern.kit.mail.models import Mail, MailSetup
from gern.kit.secrets import hide

SHOWN = 50


class MailForm(forms.ModelForm[MailSetup]):
    """Sender and way out. The stored password is never shown; empty keeps it."""

    password = forms.CharField(
        label=gettext_lazy("Password or secret key"), required=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    address = forms.URLField(
        label=gettext_lazy("Address of this installation"), required=False, assume_scheme="https",
        help_text=gettext_lazy("Links in mails begin with it, such as https://gern.example.org"),
    )  # fmt: skip

    class Meta:
        model = MailSetup
        fields = ["sender", "sender_name", "address", "provider", "host", "port", "security",
                  "username", "password", "selector"]  # fmt: skip
        labels = {
            "sender": gettext_lazy("Address mails come from"),
            "sender_name": gettext_lazy("Name mails come from"),
            "provider": gettext_lazy("Mail leaves through"), "host": gettext_lazy("Mail server"),
            "port": gettext_lazy("Port"), "security": gettext_lazy("Encryption"),
            "username": gettext_lazy("User name, key or domain"),
            "selector": gettext_lazy("DKIM selector"),
        }  # fmt: skip
        help_texts = {
            "sender": gettext_lazy("An address of a domain of yours."),
            "username": gettext_lazy("SMTP: the user. Mailjet: the API key. Mailgun: the sending"
                                     " domain. Scaleway: the project. Others: empty."),
            "selector": gettext_lazy("If you know it: the part before ._domainkey"),
        }  # fmt: skip

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        if self.instance.secret:
            kept = gettext_lazy("One is stored, encrypted. Leave empty to keep it.")
            self.fields["password"].help_text = kept

    def clean(self) -> dict[str, Any]:
        """What each way out needs."""
        data = super().clean() or {}
        smtp = data.get("provider") == MailSetup.Provider.SMTP
        if smtp and not data.get("host"):
            self.add_error("host", _("Name the mail server."))
        if smtp and data.get("security") == MailSetup.Security.NONE and data.get("host") not in (
            "localhost", "127.0.0.1", "::1",
        ):  # fmt: skip
            self.add_error(
                "security", _("Without encryption only a server on this machine is used.")
            )
        stored = bool(self.instance.secret)
        if not smtp and not data.get("password") and not stored:
            self.add_error("password", _("Enter the provider's secret key."))
        elsewhere = {"provider", "host", "username"} & set(self.changed_data)
        if stored and elsewhere and not data.get("password"):
            self.add_error(
                "password", _("Enter it again: the stored one belongs to another server or user.")
            )
        return data

    def clean_sender_name(self) -> str:
        """One line."""
        return one_line(self.cleaned_data["sender_name"], 100)


class TestForm(forms.Form):
    """To whom the test goes."""

    to = forms.EmailField(label=gettext_lazy("Send a test to"))


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """The steps, and what became of the last mails."""
    way = services.setup()
    form = MailForm(request.POST or None, instance=way)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        kept.pk, kept.by = 1, request.user
        if form.cleaned_data["password"]:
            kept.secret = hide(form.cleaned_data["password"])
        if form.has_changed():
            kept.tested = None
        kept.save()
        messages.success(request, _("Saved. Now send a test."))
        return redirect("mail")
    return _page(request, form, TestForm(initial={"to": getattr(request.user, "email", "")}))


@allow("admin")
@require_POST
def mail_test(request: HttpRequest) -> HttpResponse:
    """One mail, now."""
    way, form = services.setup(), TestForm(request.POST)
    if way is None:
        return redirect("mail")
    if form.is_valid():
        try:
            services.send_test(
                way, form.cleaned_data["to"], _("Test of Gern"),
                _("If you can read this, mail leaves this installation. Look whether it lies in the"
                  " spam folder: then see the step “Does it arrive?”."),
            )  # fmt: skip
        except BadInput as error:
            return _page(request, MailForm(instance=way), form, problem=said(error))
        messages.success(request, _("The server took the test. Look whether it arrives."))
        return redirect("mail")
    return _page(request, MailForm(instance=way), form)


@allow("admin")
@require_POST
def mail_check(request: HttpRequest) -> HttpResponse:
    """Ask DNS about the sender's domain."""
    way = services.setup()
    if way is None:
        return redirect("mail")
    checks: list[Check] = []
    problem = ""
    try:
        domain = way.sender.rpartition("@")[2]
        checks = check(domain, selector=way.selector, provider=way.provider)
    except NoAnswer as error:
        problem = _("DNS cannot be asked from this machine: %(said)s") % {"said": str(error)[:200]}
    form = TestForm(initial={"to": getattr(request.user, "email", "")})
    return _page(request, MailForm(instance=way), form, checks=checks, dns_problem=problem)


@allow("admin")
@require_POST
def mail_again(request: HttpRequest, id: UUID) -> HttpResponse:
    """A mail that did not leave, or perhaps did not, is tried once more."""
    services.again(id)
    forget_alerts()
    messages.success(request, _("It will be tried again."))
    return redirect("mail")


@allow("admin")
@require_POST
def mail_removal(request: HttpRequest, id: UUID) -> HttpResponse:
    """A mail that did not leave is not wanted any more."""
    services.give_up(id)
    forget_alerts()
    return redirect("mail")


def _page(request: HttpRequest, form: MailForm, test: TestForm, **more: Any) -> HttpResponse:
    mails = Mail.objects.select_related("letter")
    context = {
        "form": form,
        "test": test,
        "way": services.setup(),
        "mails": mails[:SHOWN],
        "waiting": mails.filter(state=Mail.State.WAITING).count(),
        "section": "settings",
        **more,
    }
    return render(request, "shell/mail.html", context, status=422 if form.errors else 200)
