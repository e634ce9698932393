"""Giving a package to the person: a link, and a code that goes another way; both end."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from gern.core.collect.keys import digest
from gern.core.durable import sync
from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.rooms.protect.models import Package, Request
from gern.rooms.protect.requests.package import package
from gern.rooms.protect.requests.services import note

DAYS = 14
TRIES = 5
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def order(request: Request, language: str, by: Any) -> Package:
    """Have a package made. ``BadInput``: it is not known who it is."""
    from gern.rooms.protect.requests.jobs import make_package

    if not (request.person and request.identity):
        raise BadInput(
            "First say who it is and how that is known: the package would go to somebody else.",
            param="identity",
            german="Zuerst muss feststehen, wer es ist und woran das erkannt wurde: Sonst ginge das"
            " Paket an jemand anderen.",
        )  # fmt: skip
    with transaction.atomic():
        made = Package.objects.create(request=request, by=by)
        transaction.on_commit(lambda: make_package.enqueue(made.pk, language))
    return made


def build(shop: Shop, one: Package, language: str) -> None:
    """Make it; nothing when somebody took it away meanwhile."""
    asked = one.request
    person = shop.log.person(asked.person)
    content = package(shop, person, language, portable=asked.kind == Request.Kind.PORTABILITY)
    name = f"{uuid.uuid4().hex}.zip"
    path = shop.home.packages / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    sync(path)
    known = Package.objects.filter(pk=one.pk, file="", request__person=asked.person)
    if not known.update(file=name, size=len(content), hash=hashlib.sha256(content).hexdigest(),
                        expires=timezone.now() + timedelta(days=DAYS)):  # fmt: skip
        path.unlink()
        return
    note(asked, "package", "", one.by)


def issue(one: Package, by: Any) -> tuple[str, str]:
    """(token of the link, code): known only now; earlier ones end."""
    token, code = secrets.token_urlsafe(32), "".join(secrets.choice(_LETTERS) for _ in range(8))
    Package.objects.filter(pk=one.pk).update(
        token=digest(token),
        code=digest(code),
        tries=0,
        expires=timezone.now() + timedelta(days=DAYS),
    )
    note(one.request, "link", "", by)
    return token, code


def waiting(token: str) -> Package | None:
    """The package of a link, while it holds."""
    return Package.objects.filter(token=digest(token), expires__gt=timezone.now(), tries__lt=TRIES).exclude(file="").first()  # fmt: skip


def fetch(shop: Shop, one: Package, code: str) -> Path | None:
    """The file, for the right code; a wrong one counts, and the fifth ends the link."""
    mine = Package.objects.filter(pk=one.pk, tries__lt=TRIES)
    if not mine.update(tries=F("tries") + 1):  # counted before it is looked at: two at once are two
        return None
    if not hmac.compare_digest(digest("".join(code.upper().split())), one.code):
        return None
    path = shop.home.packages / one.file
    Package.objects.filter(pk=one.pk).update(tries=0)
    if path.exists():  # after a restore it may not be: packages are in no backup
        Package.objects.filter(pk=one.pk).update(fetched=timezone.now())
        note(one.request, "fetched", "", None)
    return path


def remove(shop: Shop, one: Package) -> None:
    """Take the file and the record away."""
    if one.file:
        (shop.home.packages / one.file).unlink(missing_ok=True)
    one.delete()


def forget_over(shop: Shop) -> int:
    """Remove packages whose time is over, and files nobody knows; how many."""
    now = timezone.now()
    unmade = Q(expires=None, created__lt=now - timedelta(days=DAYS))
    over = list(Package.objects.filter(Q(expires__lt=now) | unmade))
    for one in over:
        remove(shop, one)
    known = set(Package.objects.values_list("file", flat=True))
    for path in shop.home.packages.iterdir():
        if path.name not in known and timezone.now().timestamp() - path.stat().st_mtime > 3600:
            path.unlink(missing_ok=True)
    return len(over)
