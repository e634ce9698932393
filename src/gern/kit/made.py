"""Who wrote something down, and when: for rows that people make."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Made(models.Model):
    """``by``: None once the user is gone."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
