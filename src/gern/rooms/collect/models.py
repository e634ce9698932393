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

    name = models.CharField(max_length=255)
    stored = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    mapping = models.JSONField(default=dict)
    zone = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=60, default="shop")
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
    def numbers(self) -> dict[str, Any]:
        """The report, or nothing yet."""
        return self.report or {}
