"""What people ask for about their data, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.kit.made import Made


class DataLink(models.Model):
    """A link by which a customer sees their own data, by its fingerprint; it ends within a day."""

    digest = models.CharField(max_length=64, unique=True)
    person = models.CharField(max_length=500, db_index=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest


class Request(Made):
    """What somebody asks for about their data (Art. 15 to 21), and until when it is answered."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("access (Art. 15)")
        RECTIFICATION = "rectification", _("rectification (Art. 16)")
        ERASURE = "erasure", _("erasure (Art. 17)")
        RESTRICTION = "restriction", _("restriction (Art. 18)")
        PORTABILITY = "portability", _("portability (Art. 20)")
        OBJECTION = "objection", _("objection (Art. 21)")

    class Way(models.TextChoices):
        FORM = "form", _("the form")
        EMAIL = "email", _("e-mail")
        LETTER = "letter", _("letter")
        PHONE = "phone", _("phone")
        PERSON = "person", _("in person")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ANSWERED = "answered", _("answered")
        REFUSED = "refused", _("refused")

    kind = models.CharField(max_length=13, choices=Kind.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    received = models.DateField()
    extended = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed = models.DateField(null=True, blank=True)
    person = models.CharField(max_length=500, blank=True, db_index=True)
    """The customer, once it is known who it is."""
    name = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    """Where the answer goes, as they gave it."""
    text = models.TextField(max_length=5000, blank=True)
    identity = models.CharField(max_length=300, blank=True)
    """How it is known that it is them; empty: not known yet."""
    forgotten = models.BooleanField(default=False)
    """The person was erased: nothing more about them is written down."""

    class Meta:
        ordering = ("state", "received", "pk")

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As letters name it."""
        return f"R-{self.received:%Y}-{self.pk}"


class Step(Made):
    """What was done for a request."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="steps")
    what = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.what


class Package(Made):
    """All data of somebody, made for a request: a file of the home, fetched by link and code."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="packages")
    file = models.CharField(max_length=80, blank=True)
    """Empty: being made, or gone."""
    size = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    expires = models.DateTimeField(null=True)
    token = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=64, blank=True)
    """Fingerprints of the link and of the code."""
    tries = models.PositiveSmallIntegerField(default=0)
    fetched = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.file


class Hold(Made):
    """Why somebody must not be erased for now (Art. 17(3))."""

    KINDS = (
        ("invoice", _("an open invoice")),
        ("dispute", _("a dispute")),
        ("tax", _("a tax audit or a suspended period")),
        ("other", _("another legal duty or claim")),
    )

    person = models.CharField(max_length=500, db_index=True)
    kind = models.CharField(max_length=8, choices=KINDS)
    why = models.CharField(max_length=300)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.person


class Erasure(Made):
    """Somebody is erased. ``people``: whom, until it is done. ``plan``: what was found and what
    becomes of it, in numbers; ``certificate``: what was done, without a name."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("not done")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    people = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    certificate = models.JSONField(default=dict)
    hash = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=300, blank=True)
    """Why it was not done."""
    request = models.ForeignKey("Request", models.SET_NULL, null=True, related_name="erasures")
    done = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As letters name it."""
        return f"E-{self.created:%Y%m%d}-{self.id.hex[:6].upper()}"


class Sealed(models.Model):
    """What a law wants kept of somebody who was erased: encrypted, opened only with a reason.
    ``digests``: keyed hashes of their ids."""

    class Kind(models.TextChoices):
        ORDERS = "orders", _("orders")
        CALLS = "calls", _("proof of consents to calls")

    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.ORDERS)

    erasure = models.ForeignKey(Erasure, models.SET_NULL, null=True, related_name="sealed")
    mark = models.CharField(max_length=64, unique=True)
    """Keyed hash of the content: the same is sealed once."""
    digests = models.JSONField()
    year = models.PositiveSmallIntegerField()
    records = models.PositiveIntegerField()
    until = models.DateField()
    content = models.TextField()

    class Meta:
        ordering = ("year", "pk")

    def __str__(self) -> str:
        return f"{self.year}-{self.pk}"


class Opening(Made):
    """Somebody opened what was sealed."""

    sealed = models.ForeignKey(Sealed, models.CASCADE, related_name="openings")
    why = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.why
