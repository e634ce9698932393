"""What customers are contacted for, who must not be, and how they say so themselves."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.core.consent.purpose import ADVERTISING, SERVICE
from gern.core.consent.purpose import Purpose as Terms
from gern.kit.made import Made

_USER = settings.AUTH_USER_MODEL


class Purpose(models.Model):
    """What customers are contacted for. ``id``: as consents name it; ``called``: other names it has
    in them, one a line."""

    KINDS = (
        (ADVERTISING, _("advertising, surveys included: needs a consent")),
        (SERVICE, _("needed for a contract: order, delivery, account")),
    )

    id = models.CharField(
        primary_key=True,
        max_length=60,
        validators=[RegexValidator(r"^(?!new$)[a-z0-9][a-z0-9_-]*$")],
    )
    name = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    """What is sent and how often, as customers read it."""
    called = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=KINDS, default=ADVERTISING)
    needs_proof = models.BooleanField(default=True)
    own_goods = models.BooleanField(default=False)
    told_since = models.DateField(null=True, blank=True)
    changed = models.DateTimeField(auto_now=True)
    by = models.ForeignKey(_USER, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("kind", "name")

    def __str__(self) -> str:
        return self.name

    def terms(self) -> Terms:
        """As the gate takes it."""
        return Terms(
            self.id, tuple(filter(None, map(str.strip, self.called.splitlines()))), self.kind,
            self.needs_proof, self.own_goods, self.told_since,
        )  # fmt: skip


class Restriction(models.Model):
    """Somebody's data are locked (Art. 18): they are not contacted."""

    person = models.CharField(max_length=500, unique=True)
    why = models.CharField(max_length=300)
    since = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(_USER, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.person


class Suppressed(models.Model):
    """An address that must not be written to or called, as a keyed hash: it stays when the person
    is erased, so that no import brings them back (Art. 21)."""

    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=8)
    since = models.DateTimeField()
    why = models.CharField(max_length=20)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("digest", "channel"), name="one_suppression"),
        )

    def __str__(self) -> str:
        return self.digest


class PreferenceLink(models.Model):
    """The link by which a customer reaches their own choices, by its fingerprint; it never ends."""

    digest = models.CharField(max_length=64, unique=True)
    person = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.digest


class SignupForm(Made):
    """A form by which people say that they want e-mail; ``id`` is its address. Whatever of it people
    read has a version."""

    id = models.SlugField(
        primary_key=True, max_length=60, validators=[RegexValidator(r"^(?!new$|confirm$)")]
    )
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=2000)
    """The words beside the box, exactly."""
    purposes = models.ManyToManyField(Purpose, related_name="+")
    notice = models.URLField(max_length=500, blank=True)
    """The privacy notice the form links to; empty: the one published here."""
    notice_version = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=2, choices=(("de", "Deutsch"), ("en", "English")))
    frames = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    on = models.BooleanField(default=True)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class Signup(models.Model):
    """Somebody signed up: what they read and did, as a court wants to see it. Not confirmed, it is
    deleted after a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    form = models.ForeignKey(SignupForm, models.PROTECT, related_name="signups")
    form_version = models.PositiveIntegerField()
    shown = models.JSONField()
    """Title, text of the box, notice and its version, purposes: as they were read."""
    url = models.CharField(max_length=500, blank=True)
    """The page the form stood on."""
    email = models.EmailField(db_index=True)
    name = models.CharField(max_length=120, blank=True)
    asked = models.DateTimeField(auto_now_add=True)
    asked_ip = models.CharField(max_length=45, blank=True)
    token = models.CharField(max_length=64, unique=True)
    mail = models.TextField(blank=True)
    """The confirmation mail as it was sent, and its Message-ID."""
    message_id = models.CharField(max_length=200, blank=True)
    confirmed = models.DateTimeField(null=True)
    confirmed_ip = models.CharField(max_length=45, blank=True)
    person = models.CharField(max_length=500, blank=True, db_index=True)

    class Meta:
        ordering = ("-asked",)

    def __str__(self) -> str:
        return str(self.id)
