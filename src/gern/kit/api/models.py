"""Keys of the JSON API."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models


class ApiKey(models.Model):
    """What a program may ask for. Kept as a fingerprint; ``shown``: its first letters."""

    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    shown = models.CharField(max_length=20)
    scopes = models.JSONField(default=list)
    expires = models.DateField(null=True, blank=True)
    ended = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def holds(self, today: date) -> bool:
        """Whether it may still be used."""
        return self.ended is None and (self.expires is None or self.expires >= today)
