"""The certificate of an erasure: what was erased, anonymised and kept, without a name.

The JSON is canonical (sorted keys, no blanks), so that its SHA-256 can be computed again by anybody
who has it: ``sha256sum certificate.json``.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

import gern
from gern.core.log.backup import backups_in, folders
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.documents import Block, Heading, Rows, as_pdf
from gern.rooms.protect.erasure.words import shown
from gern.rooms.protect.models import Erasure, Firm


def certify(shop: Shop, erasure: Erasure, firm: Firm | None) -> tuple[dict[str, Any], str]:
    """(the certificate, its SHA-256)."""
    backups = sum(len(backups_in(folder)) for folder in folders(shop.manifest))
    found = {
        "certificate": erasure.number,
        "request": erasure.request.number if erasure.request else None,
        "controller": {"name": firm.name, "address": firm.address} if firm else None,
        "begun": erasure.created.isoformat(timespec="seconds"),
        "done": erasure.done.isoformat(timespec="seconds") if erasure.done else None,
        "ids": erasure.plan["ids"],
        "records": erasure.plan["rows"],
        "backups": backups,
        "software": f"Gern {gern.__version__}",
    }
    return found, hashlib.sha256(as_json(found)).hexdigest()


def as_json(certificate: dict[str, Any]) -> bytes:
    """The bytes the hash is of."""
    return json.dumps(
        certificate, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def certificate_pdf(erasure: Erasure, zone: str) -> bytes:
    """The same to be read and printed."""
    found = erasure.certificate
    head = [
        (_("Certificate"), found["certificate"]),
        (_("Request"), found["request"] or "–"),
        (_("Controller"), "\n".join(filter(None, (found["controller"] or {}).values())) or "–"),
        (_("Done"), formats.moment(erasure.done, zone)),
        (_("Ids of the person"), str(found["ids"])),
        ("SHA-256", erasure.hash),
    ]
    rows = [
        [name, str(row["records"]), fate, ", ".join(filter(None, (norm, _until(day))))]
        for name, row, fate, norm, day in shown(found["records"])
    ]
    blocks: list[Block] = [
        Rows((), head, (1, 3)),
        _("All data of one person were erased from this installation as listed below. The list says how many records there were when the erasure began. This certificate names nobody; it belongs to the request whose number it carries."),
        Rows((_("Record"), _("Number"), _("What became of it"), _("Rule, until when")), rows, (4, 1, 2, 3)),
        Heading(_("Backups")),
        _("%(n)s backups hold the data until they expire. A restore erases the person again before anybody can read.") % {"n": found["backups"]},
    ]  # fmt: skip
    return as_pdf(_("Certificate of erasure"), blocks, get_language() or "en")


def _until(day: date | None) -> str:
    return _("until %(day)s") % {"day": formats.day(day)} if day else ""
