"""When a scheduled job is due. The queue itself is django-tasks-db's table."""

from __future__ import annotations

from django.db import models


class Schedule(models.Model):
    """One plan of `registry.every`."""

    name = models.CharField(max_length=60, primary_key=True)
    due = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
