"""Files kept with a customer: taken in after a look at their content, given out as attachments."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from gern.core.durable import sync
from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit.inputs import one_line
from gern.rooms.customers.models import CustomerFile

MOST_BYTES = 10_000_000
MOST_FILES = 100
"""With one customer."""
_STRAY_SECONDS = 24 * 3600
_BEGINNINGS = {
    b"%PDF-": ("application/pdf", (".pdf",)),
    b"\x89PNG\r\n\x1a\n": ("image/png", (".png",)),
    b"\xff\xd8\xff": ("image/jpeg", (".jpg", ".jpeg")),
    b"PK\x03\x04": ("application/zip", (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".zip")),
}
_TEXTS = (".txt", ".csv", ".eml", ".vcf", ".ics", ".md")
ALLOWED = "PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, ZIP, TXT, CSV, EML, VCF, ICS, MD"


def kind_of(name: str, content: bytes) -> str:
    """The media type by content, which must be what the name says. ``BadInput`` otherwise."""
    ending = Path(name).suffix.lower()
    for beginning, (kind, endings) in _BEGINNINGS.items():
        if content.startswith(beginning) and ending in endings:
            return kind
    if ending in _TEXTS and (b"\0" not in content or content[:2] in (b"\xff\xfe", b"\xfe\xff")):
        return "text/plain"
    raise BadInput(
        f"{name!r} is none of the kinds of files that are kept, or its content is not what its name"
        f" says. Allowed: {ALLOWED}. Nothing was stored.",
        param="file",
        german=f"„{name}“ ist keine der Arten von Dateien, die aufbewahrt werden, oder der Inhalt"
        f" passt nicht zum Namen. Möglich sind {ALLOWED}. Es wurde nichts gespeichert.",
    )


def add_file(shop: Shop, person: str, names: Sequence[str], file: BinaryIO, name: str, by: Any) -> CustomerFile:  # fmt: skip
    """Keep a file with a customer. ``BadInput``: too big, too many, or of no kind that is kept."""
    given = Path(one_line(Path(name).name, 1000) or "file")
    name = given.stem[: 200 - len(given.suffix[:20])] + given.suffix[:20]
    content = file.read(MOST_BYTES + 1)
    if not content or len(content) > MOST_BYTES:
        raise BadInput(
            f"A file has 1 byte to {MOST_BYTES // 1_000_000} MB. Nothing was stored.",
            param="file",
            german=f"Eine Datei hat 1 Byte bis {MOST_BYTES // 1_000_000} MB. Es wurde nichts gespeichert.",
        )
    if files_of(names).count() >= MOST_FILES:
        raise BadInput(
            f"With one customer {MOST_FILES} files are kept. Nothing was stored.",
            param="file",
            german=f"Bei einem Kunden werden {MOST_FILES} Dateien aufbewahrt. Es wurde nichts gespeichert.",
        )
    kind, stored = kind_of(name, content), str(uuid.uuid4())
    path = shop.home.files / stored
    with path.open("xb") as out:
        os.chmod(path, 0o600)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    sync(shop.home.files)
    kept = CustomerFile.objects.create(
        person=person, name=name, kind=kind, size=len(content), stored=stored, by=by
    )
    if shop.customer(person) is None and not shop.timeline(person, limit=1).counts:
        remove(shop, kept)  # erased meanwhile
        raise BadInput(
            f"There is no customer {person!r} any more. Nothing was stored.", param="customer"
        )
    return kept


def files_of(names: Sequence[str]) -> Any:
    """The files of a customer, newest first."""
    return CustomerFile.objects.filter(person__in=names)


def remove(shop: Shop, file: CustomerFile) -> None:
    """Take a file away; the row first, so that none points to nothing."""
    file.delete()
    (shop.home.files / file.stored).unlink(missing_ok=True)


def sweep(shop: Shop) -> int:
    """Delete what lies in the folder for a day without a row: somebody died in between."""
    known = set(CustomerFile.objects.values_list("stored", flat=True))
    gone = 0
    for path in shop.home.files.iterdir():
        if (
            path.is_file()
            and path.name not in known
            and time.time() - path.stat().st_mtime > _STRAY_SECONDS
        ):
            path.unlink(missing_ok=True)
            gone += 1
    return gone
