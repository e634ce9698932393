"""Erasure registry: folders of the home and tables of libraries."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from gern.core.engines.question import Question
from gern.core.log import identifications, quarantine
from gern.core.log.erasure import words_of
from gern.kit.registry import Store, register
from gern.kit.shop import current_shop


def _log_rows(person: str) -> list[dict[str, Any]]:
    return current_shop().door.ask(
        Question(
            "SELECT * FROM rows WHERE person = $person ORDER BY ts, source, event_id, order_id,"
            " line, product, place",
            {"person": person},
            "access request",
            person=person,
        )
    )


def _joined(person: str) -> list[dict[str, Any]]:
    """The ids joined to them, what sources said of them, what of theirs is in quarantine."""
    shop = current_shop()
    ids = shop.log.ids_of(person)
    with shop.manifest.reading() as db:
        said = [i for _, id in ids for i in identifications.list_of(db, search=id, limit=10_000)]
        kept = quarantine.items(db, limit=None, ids=quarantine.mentioning(db, ids))
    found: list[dict[str, Any]] = [{"kind": k, "id": id} for k, id in ids if id != person]
    found += [{"visitor": i.visitor, "said_to_be": i.customer, "by": i.source} for i in set(said)]
    found += [{"source": k.source, "item": k.item.decode(errors="replace")} for k in kept]
    return found


def _erase_log(person: str) -> int:
    erased = current_shop().log.erase([person])
    return erased.rows + erased.inbox_events


_SEPARATED = re.compile(r"[;,\t|\"'\r\n]")


def _reject_rows(person: str) -> list[dict[str, Any]]:
    return [
        {"file": path.name}
        for path in sorted(current_shop().home.rejects.glob("*.csv"))
        if person in words_of(path) or (_SEPARATED.search(person) and person in path.read_text())
    ]


def _erase_rejects(person: str) -> int:
    rows = _reject_rows(person)
    for row in rows:
        (current_shop().home.rejects / row["file"]).unlink(missing_ok=True)
    return len(rows)


def _being_erased(person: str) -> list[dict[str, Any]]:
    found = []
    for path in current_shop().home.erasing.glob("*.json"):
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            if person in json.loads(path.read_text())["names"]:
                found.append({"state": "being erased"})
    return found


def _login_attempts(email: str) -> list[dict[str, Any]]:
    from axes.models import AccessAttempt

    return list(AccessAttempt.objects.filter(username__iexact=email).values())


def _erase_login_attempts(email: str) -> int:
    from axes.models import AccessAttempt

    return int(AccessAttempt.objects.filter(username__iexact=email).delete()[0])


register(Store(
    "home/log", True, "the events themselves", "as long as the relationship; set per purpose",
    exporter=_log_rows, eraser=_erase_log,
))  # fmt: skip
register(Store(
    "home/rejects", True, "bad rows of imports, with customer numbers", "90 days",
    exporter=_reject_rows, eraser=_erase_rejects,
))  # fmt: skip
register(
    Store(
        "home/cache",
        False,
        "roll-ups of the log and scores made from it; all deleted with every erasure",
        "",
    )
)
register(Store(
    "home/erasing", True, "whom an erasure under way is about", "until the erasure is complete",
    exporter=_being_erased,
    eraser=lambda _: 0,  # the erasure takes it away when it has ended
))  # fmt: skip
register(Store("home/tmp", False, "working files of one process, gone when it ends", ""))
register(Store("home/keys", False, "secrets of the installation, of nobody", ""))
register(Store(
    "home/backups", False,
    "copies of everything; a restore first erases again who was erased since",
    "the last seven (setting backup_keep); those before an upgrade: three upgrades",
))  # fmt: skip
register(Store("home/runs", False, "hashes of event ids, which name nobody", ""))
register(Store("home/leases", False, "which process reads which version", ""))
register(Store(
    "home/log.sqlite3", True, "events that have just arrived, who is who, the quarantine",
    "as long as the events", exporter=_joined, eraser=_erase_log,
))  # fmt: skip
register(Store(
    "axes.AccessAttempt", True, "failed logins: e-mail and address", "until the next good login",
    subject="user", exporter=_login_attempts, eraser=_erase_login_attempts,
))  # fmt: skip
for _name, _why in (
    ("axes.AccessLog", "switched off (AXES_DISABLE_ACCESS_LOG)"),
    ("axes.AccessFailureLog", "switched off (AXES_ENABLE_ACCESS_FAILURE_LOG)"),
    ("axes.AccessAttemptExpiration", "only a date beside an access attempt"),
    ("auth.Group", "names of groups, not used"),
    ("auth.Group_permissions", "which group has which right, not used"),
    ("auth.Permission", "names of rights"),
    ("contenttypes.ContentType", "names of tables"),
):
    register(Store(_name, False, _why, ""))
