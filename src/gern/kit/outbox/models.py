"""Events waiting for the log."""

from __future__ import annotations

import uuid

from django.db import models


class Waiting(models.Model):
    """One event on its way; gone once the log has it. Its id is the event's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    event = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)
