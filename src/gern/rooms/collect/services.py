"""What can be done with an import: hand in, propose, preview, start, resume, discard."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from gern.core.errors import BadInput, GernError, TryLater
from gern.core.imports.events import preview_events
from gern.core.imports.guessing import guess_fields, guess_kind
from gern.core.imports.kinds import PURCHASES, fields_of
from gern.core.imports.preview import Preview, preview
from gern.core.imports.remembered import remembered
from gern.core.imports.run import Order, check_currency, opened
from gern.core.imports.undo import Undone
from gern.core.log.inbox import check_space
from gern.core.shop import DEMO_SOURCE
from gern.core.zones import zone_named
from gern.kit.shop import current_shop
from gern.rooms.collect.jobs import import_run
from gern.rooms.collect.models import ImportRun

KEPT_DAYS = 7
log = structlog.get_logger("gern.collect")


def hand_in(file: UploadedFile, user: Any) -> ImportRun:
    """Store the bytes and propose a mapping. ``BadInput`` when the file cannot be read; then
    nothing is kept."""
    forget_old_uploads()
    shop = current_shop()
    check_space(shop.home)
    stored = f"{uuid.uuid4().hex}.upload"
    path = shop.home.uploads / stored
    with path.open("xb") as target:
        for chunk in file.chunks(1 << 20):
            target.write(chunk)
    return hand_in_path(path, file.name or "file", user=user)


def hand_in_path(
    path: Path, name: str, *, source: str = "", kind: str = "", user: Any = None
) -> ImportRun:
    """The same with a file that lies among the uploads already. ``source``, ``kind``: when they
    are known; else as a file with the same columns last time, or guessed."""
    shop = current_shop()
    name, stored = name[-255:], path.name
    zone, currency = shop.own_defaults()
    order = Order(path=path, zone=zone, currency=currency, name=name)
    try:
        with opened(shop.home, order) as (con, table):
            known = remembered(shop.manifest, table.columns)
            if known and kind and known.kind != kind:
                known = None
            kind = known.kind if known else kind or guess_kind(con, table, name)
            mapping = known.mapping if known else guess_fields(con, table, fields_of(kind))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return ImportRun.objects.create(
        name=name,
        stored=stored,
        mapping=mapping,
        zone=known.zone if known and shop.demo is None else zone,
        currency=known.currency if known and known.currency and shop.demo is None else currency,
        source=source or (known.source if known and known.source != DEMO_SOURCE else "shop"),
        kind=kind,
        event=(known.event if known else None) or "",
        by=user,
    )


def look(run: ImportRun) -> Preview:
    """Columns with samples and guesses, and the first rows as they would be read."""
    shop = current_shop()
    if run.kind != PURCHASES:
        return preview_events(
            shop.home, order_of(run), run.kind, event=run.event or None, now=_now()
        )
    return preview(shop.home, order_of(run), now=_now())


def undo(run: ImportRun) -> Undone:
    """Take back everything it brought in; the file can be handed in again."""
    done = current_shop().undo_import(int(run.numbers["import_id"]))
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.UNDONE)
    return done


def choose(run: ImportRun, mapping: dict[str, str], zone: str, currency: str, source: str,
           fees: list[str], kind: str, event: str) -> None:  # fmt: skip
    """Keep what was chosen for the import; wrong zone or currency raise ``BadInput``."""
    zone_named(zone)
    check_currency(currency)
    if source == "demo":
        raise BadInput("The source name demo is taken by the demo shop.", param="source")
    if kind != run.kind:  # other fields: guess anew what the columns are
        with opened(current_shop().home, order_of(run)) as (con, table):
            mapping = guess_fields(con, table, fields_of(kind))
    run.mapping, run.zone, run.currency = mapping, zone, currency
    run.source, run.fees = source or "shop", fees
    run.kind, run.event = kind, event
    run.save(update_fields=["mapping", "zone", "currency", "source", "fees", "kind", "event"])


def start(run: ImportRun, *, replace: bool = False) -> None:
    """Queue the import. It survives a restart: a worker takes it up again."""
    with transaction.atomic():
        changed = ImportRun.objects.filter(pk=run.pk).exclude(state=ImportRun.State.RUNNING)
        if not changed.update(
            state=ImportRun.State.RUNNING, replace=replace, stage="reading", percent=0, error=None
        ):
            return
        import_run.enqueue(run.pk)


def discard(run: ImportRun) -> None:
    """Delete an import that has not been made, with its file."""
    if run.has_file:
        run.path.unlink()
    run.delete()


def discard_waiting() -> int:
    """Delete every uploaded file that is not being imported right now."""
    gone = 0
    for run in ImportRun.objects.exclude(stored="").exclude(state=ImportRun.State.RUNNING):
        if run.has_file:
            run.path.unlink()
            gone += 1
        if run.state == ImportRun.State.UPLOADED:
            run.delete()
    return gone


def end_abandoned() -> int:
    """Imports that run no more, since every attempt was interrupted, have failed; how many."""
    queued = DBTaskResult.objects.filter(
        task_path=import_run.module_path, status__in=("READY", "RUNNING")
    )
    alive = {row.args_kwargs["args"][0] for row in queued}
    runs = ImportRun.objects.filter(state=ImportRun.State.RUNNING).exclude(pk__in=alive)
    return int(runs.update(state=ImportRun.State.FAILED, error={
        "en": "It was interrupted several times. What was written stays and is recognised:"
              " import the file again.",
        "de": "Der Import wurde mehrmals unterbrochen. Was geschrieben wurde, bleibt und wird"
              " erkannt: Importieren Sie die Datei noch einmal.",
    }))  # fmt: skip


def forget_old_uploads() -> None:
    """Files nobody imported within a week are deleted."""
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    for run in ImportRun.objects.filter(created__lt=limit).exclude(stored=""):
        if run.state != ImportRun.State.RUNNING and run.has_file:
            run.path.unlink()
    ImportRun.objects.filter(created__lt=limit, state=ImportRun.State.UPLOADED).delete()


def order_of(run: ImportRun) -> Order:
    """The run as the library takes it."""
    return Order(
        path=run.path, zone=run.zone, currency=run.currency, mapping=dict(run.mapping),
        source=run.source, replace=run.replace, name=run.name,
    )  # fmt: skip


def carry_out(pk: int) -> None:
    """Do the import and store its result or what went wrong."""
    shop = current_shop()
    run = ImportRun.objects.filter(pk=pk).first()
    if run is None:
        return

    def progress(stage: str, percent: int) -> None:
        ImportRun.objects.filter(pk=pk).update(stage=stage, percent=percent)

    try:
        order = order_of(run)
        if run.kind != PURCHASES:
            found = shop.import_events(
                order.path, run.kind, order.mapping, source=order.source, zone=order.zone,
                event=run.event or None, name=order.name, progress=progress,
            )  # fmt: skip
            _end(run, ImportRun.State.DONE, report=found.to_dict())
            run.path.unlink(missing_ok=True)
            return
        report = shop.import_file(
            order.path, order.mapping, source=order.source, zone=order.zone,
            currency=order.currency, replace=order.replace, name=order.name, progress=progress,
        )  # fmt: skip
    except TryLater:
        raise  # the job is tried again
    except GernError as error:
        _end(run, ImportRun.State.FAILED, error={"en": str(error), "de": error.german})
        return
    except Exception:
        log.exception("import_failed", run=pk)
        _end(run, ImportRun.State.FAILED, error={
            "en": "Something went wrong on our side; it is in the log. Nothing was changed.",
            "de": "Auf unserer Seite ist etwas schiefgegangen; es steht im Protokoll."
                  " Es wurde nichts geändert.",
        })  # fmt: skip
        return
    if run.fees and report.lines:
        known = shop.fees
        shop.change_setting("fees", [*known, *[f for f in run.fees if f not in known]], "import")
    _end(run, ImportRun.State.DONE, report=report.to_dict())
    if report.orders_changed == report.orders_replaced:
        run.path.unlink(missing_ok=True)


def _end(run: ImportRun, state: ImportRun.State, **result: Any) -> None:
    ImportRun.objects.filter(pk=run.pk).update(state=state, percent=100, stage="done", **result)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
