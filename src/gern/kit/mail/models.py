"""How mail leaves this installation, and the mails on their way."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class MailSetup(models.Model):
    """The one way out (pk 1). ``secret``: encrypted, see `kit.secrets`."""

    class Provider(models.TextChoices):
        SMTP = "smtp", _("A mail server (SMTP)")
        BREVO = "brevo", "Brevo"
        MAILJET = "mailjet", "Mailjet"
        MAILERSEND = "mailersend", "MailerSend"
        MAILGUN = "mailgun", "Mailgun (EU)"
        SCALEWAY = "scaleway", "Scaleway"
        POSTMARK = "postmark", "Postmark"

    class Security(models.TextChoices):
        STARTTLS = "starttls", _("STARTTLS (usually port 587)")
        TLS = "tls", _("TLS from the start (usually port 465)")
        NONE = "none", _("none (only on the same machine)")

    provider = models.CharField(max_length=12, choices=Provider.choices, default=Provider.SMTP)
    host = models.CharField(max_length=255, blank=True)
    port = models.PositiveIntegerField(
        default=587, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.STARTTLS)
    username = models.CharField(max_length=255, blank=True)
    secret = models.TextField(blank=True)
    sender = models.EmailField()
    sender_name = models.CharField(max_length=100, blank=True)
    selector = models.CharField(max_length=63, blank=True)
    address = models.URLField(blank=True)
    """Where this installation is reached from outside; links in mails begin with it."""
    tested = models.DateTimeField(null=True)
    changed = models.DateTimeField(auto_now=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.sender


class Letter(models.Model):
    """What is sent, to one or many."""

    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.subject


class Enclosure(models.Model):
    """A file of a letter; with ``cid`` it is a picture inside the HTML."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="enclosures")
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=80)
    content = models.BinaryField()
    cid = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.name


class Mail(models.Model):
    """A letter to one address. ``key``: what it is; the same is never put in twice.

    waiting → sending → sent. A process that dies while *sending* leaves it open whether the server
    took it: *unsure*, for a person to decide. *failed*: refused for good, or tried in vain.
    *given_up*: a person did not want it any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNSURE = "unsure", _("not known whether it left")
        GIVEN_UP = "given_up", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=200, unique=True)
    letter = models.ForeignKey(Letter, models.CASCADE, related_name="mails")
    to = models.EmailField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(auto_now_add=True)
    claimed = models.DateTimeField(null=True)
    sent = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created", "pk"]
        indexes = [models.Index(fields=["state", "due"], name="mail_due")]

    def __str__(self) -> str:
        return f"{self.key}: {self.state}"
