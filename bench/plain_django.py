"""The peer: what one writes in an afternoon. Django, pydantic, one row an event, SQLite, durable."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes"], DATA_UPLOAD_MAX_MEMORY_SIZE=8_000_000,
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DB"],
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
    }},
)  # fmt: skip
django.setup()

from django.core.asgi import get_asgi_application
from django.db import connection, models, transaction
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel


class Item(BaseModel):
    type: str
    event: str
    userId: str | None = None
    anonymousId: str | None = None
    messageId: str
    timestamp: datetime
    context: dict[str, Any] = {}
    properties: dict[str, Any] = {}


class Batch(BaseModel):
    batch: list[Item]
    sentAt: datetime


class Row(models.Model):
    message_id = models.CharField(max_length=100)
    type = models.CharField(max_length=10)
    event = models.CharField(max_length=200)
    user_id = models.CharField(max_length=200, null=True)
    anonymous_id = models.CharField(max_length=200, null=True)
    ts = models.DateTimeField()
    properties = models.JSONField()

    class Meta:
        app_label = "bench"


with connection.schema_editor() as editor:
    editor.create_model(Row)


@csrf_exempt
def batch(request):
    found = Batch.model_validate_json(request.body)
    with transaction.atomic():
        Row.objects.bulk_create(
            Row(message_id=i.messageId, type=i.type, event=i.event, user_id=i.userId,
                anonymous_id=i.anonymousId, ts=i.timestamp, properties=i.properties)
            for i in found.batch
        )  # fmt: skip
    return JsonResponse({"success": True})


urlpatterns = [path("v1/batch", batch)]
application = get_asgi_application()
