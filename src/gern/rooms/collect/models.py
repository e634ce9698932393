"""An import made on the web, from the upload to its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from gern.kit.shop import current_shop


class ImportRun(models.Model):
    """One file handed in. Its bytes lie in the home's ``uploads`` until the import is done."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("waiting for you")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("not imported")
        UNDONE = "undone", _("taken back")

    name = models.CharField(max_length=255)
    stored = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    mapping = models.JSONField(default=dict)
    zone = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=60, default="shop")
    kind = models.CharField(max_length=10, default="purchases")
    event = models.CharField(max_length=100, blank=True)
    replace = models.BooleanField(default=False)
    fees = models.JSONField(default=list)
    stage = models.CharField(max_length=20, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    report = models.JSONField(null=True)
    error = models.JSONField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where its bytes lie."""
        return current_shop().home.uploads / self.stored

    @property
    def has_file(self) -> bool:
        """Whether the bytes are still here."""
        return bool(self.stored) and self.path.is_file()

    @property
    def new_rows(self) -> int:
        """How many rows or lines it has brought in."""
        return int(self.numbers.get("lines_new", self.numbers.get("rows_new", 0)))

    @property
    def bad_rows(self) -> int:
        """How many could not be used."""
        return int(self.numbers.get("lines_bad", self.numbers.get("rows_bad", 0)))

    @property
    def numbers(self) -> dict[str, Any]:
        """The report, or nothing yet."""
        return self.report or {}


class Source(models.Model):
    """A tool that sends events. ``trusted``: a public key that is believed like a server's."""

    class Kind(models.TextChoices):
        PUBLIC = "public", _("web page or app (public key)")
        SERVER = "server", _("server (secret key)")

    name = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.PUBLIC)
    trusted = models.BooleanField(default=False)
    origins = models.JSONField(default=list, blank=True)
    per_minute = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def believed(self) -> bool:
        """Whether revenue, consents and who is who are taken from it."""
        return self.kind == self.Kind.SERVER or self.trusted


class Key(models.Model):
    """A write key of a source: its digest, and what may be shown of it. After a rotation the
    old one ``expires``."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True)
    shown = models.CharField(max_length=60)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return self.shown


class TrafficRule(models.Model):
    """What the shop itself calls internal traffic, or a bot (`core.collect.traffic`)."""

    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=200)
    mark = models.CharField(max_length=10, default="internal")
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ("kind", "value")
        constraints = (models.UniqueConstraint(fields=("kind", "value"), name="one_rule"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class EventKind(models.Model):
    """What people say about a kind of event: names, meaning, its place among the nine kinds."""

    name = models.CharField(max_length=500, unique=True)
    name_de = models.CharField(max_length=100, blank=True)
    name_en = models.CharField(max_length=100, blank=True)
    meaning = models.CharField(max_length=500, blank=True)
    form = models.CharField(max_length=10, blank=True)
    initiator = models.CharField(max_length=11, blank=True)

    def __str__(self) -> str:
        return self.name


class PropertyRule(models.Model):
    """A property that is blocked or hashed before it is stored."""

    class Treatment(models.TextChoices):
        BLOCK = "block", _("blocked: never stored")
        HASH = "hash", _("hashed: stored as a fingerprint")

    event = models.CharField(max_length=500)
    name = models.CharField(max_length=200)
    treatment = models.CharField(max_length=5, choices=Treatment.choices)
    since = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ("event", "name")
        constraints = (models.UniqueConstraint(fields=("event", "name"), name="one_treatment"),)

    def __str__(self) -> str:
        return f"{self.event}.{self.name}"


class Feed(models.Model):
    """Where files come from by themselves: a folder of this machine, or an https address."""

    class Kind(models.TextChoices):
        FOLDER = "folder", _("folder on this machine")
        ADDRESS = "address", _("https address")

    kind = models.CharField(max_length=7, choices=Kind.choices)
    place = models.CharField(max_length=500, unique=True)
    holds = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=60)
    every_minutes = models.PositiveIntegerField(default=60)
    active = models.BooleanField(default=True)
    checked = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    seen = models.JSONField(default=dict)
    files = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ("place",)

    def __str__(self) -> str:
        return self.place
