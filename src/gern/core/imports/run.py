"""The whole way of a purchases file into the log."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from gern.core.engines import duckdb
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.imports import placing, rejects
from gern.core.imports.guessing import check_mapping, guess
from gern.core.imports.parsing import ID_COLUMN, parse
from gern.core.imports.preparing import prepare
from gern.core.imports.reading import Table, open_table
from gern.core.log import identity, profile, tombstones
from gern.core.log.changes import one_writer, rewrite_without, workspace
from gern.core.log.inbox import check_space
from gern.core.log.manifest import Manifest, Segment
from gern.core.log.segments import relation_of, write_many, write_months
from gern.core.zones import zone_named

IN_MEMORY_LINES = 6_000_000
"""More lines than these are split by month on disk before they are sorted."""
Progress = Callable[[str, int], None]
"""Called with (stage, percent): reading 10, checking 30, comparing 60, writing 75, done 100."""


def no_progress(stage: str, percent: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did. Counts of ``lines`` and ``orders`` are of the file's good rows."""

    file: str
    source: str
    mapping: dict[str, str]
    zone: str
    currency: str
    lines: int
    lines_new: int
    lines_known: int
    lines_bad: int
    lines_erased: int
    reasons: dict[str, int]
    reject_file: str | None
    orders: int
    orders_new: int
    orders_changed: int
    orders_replaced: int
    changed_orders: list[str]
    purchases: int
    cancellations: int
    other_orders: int
    orders_of_several_customers: int
    customers: int
    lines_without_customer: int
    countries: int
    amount: Decimal
    first: datetime | None
    last: datetime | None
    times_day_only: int
    times_skipped: int
    times_doubled: int
    cancelled_mark: str | None
    notes: list[str]
    columns: list[str]
    """Of the file: another with the same ones is read the same way."""
    import_id: int
    kind: str = "purchases"

    def to_dict(self) -> dict[str, Any]:
        """For JSON: numbers as numbers, times in ISO 8601 (UTC)."""
        plain = asdict(self)
        plain["amount"] = float(self.amount)
        for key in ("first", "last"):
            plain[key] = plain[key].isoformat() + "Z" if plain[key] else None
        return plain


@dataclass(frozen=True)
class Order:
    """What to import and how. ``mapping`` None: guessed. ``zone`` reads times that carry none."""

    path: Path
    zone: str
    currency: str
    mapping: dict[str, str] | None = None
    source: str = "shop"
    replace: bool = False
    sheet: str | None = None
    name: str | None = None
    """Name of the file as people know it, when it lies under another one."""

    @property
    def file(self) -> str:
        """What the file is called."""
        return self.name or self.path.name


def import_file(
    home: Home,
    manifest: Manifest,
    order: Order,
    *,
    now: datetime,
    progress: Progress = no_progress,
) -> ImportReport:
    """Bring a file of purchases into the log, once. Importing it again changes nothing.

    ``now`` is naive UTC; later times are bad rows. Raises ``BadInput`` when the file or the
    mapping cannot be used; then nothing was changed.
    """
    check_currency(order.currency)
    check_space(home)
    with opened(home, order) as (con, table):
        mapping = order.mapping or {g.field: g.column for g in guess(con, table)}
        check_mapping(mapping, table)
        progress("checking", 30)
        parsed = parse(con, table, mapping, zone=zone_named(order.zone), now=now)
        order = replace(order, source=parsed.source or order.source)
        placing.number_repeats(con)
        if "order" not in mapping:
            placing.separate_anonymous_orders(con)
        placing.summarise_orders(con)
        placing.collect_bad_rows(con, table)
        with one_writer(home):
            progress("comparing", 60)
            return _place(con, home, manifest, order, table, mapping, parsed.notes, now, progress)


@contextmanager
def opened(home: Home, order: Order) -> Iterator[tuple[duckdb.Connection, Table]]:
    """The file as relation ``raw`` of a connection of its own; working files go afterwards."""
    with workspace(home, "import") as folder:
        readable, kind, sheets = prepare(order.path, folder, order.sheet, order.file, home)
        con = duckdb.connect(
            allowed=[readable, home.log, home.rejects, home.temporary],
            temporary=folder / "spill",
            writable=True,
        )
        try:
            yield con, open_table(con, readable, kind, sheets, order.file)
        finally:
            con.close()


def _place(
    con: duckdb.Connection,
    home: Home,
    manifest: Manifest,
    order: Order,
    table: Table,
    mapping: dict[str, str],
    notes: list[str],
    now: datetime,
    progress: Progress,
) -> ImportReport:
    """Compare with the log and write, as one change. The caller is the only writer."""
    with manifest.reading() as db:
        graves = tombstones.of(home, db)
        snapshot = manifest.snapshot(db, tail=False)
        merged = identity.merged_customers(db)
    lines_erased = placing.leave_out_erased(con, graves)
    segments = snapshot.segments
    imports = manifest.imports()
    earlier = [
        i["result"]
        for i in imports
        if i["source"] == order.source and i["result"].get("kind", "purchases") == "purchases"
    ]
    mark = placing.find_mark(con, "order" in mapping, [r["cancelled_mark"] for r in earlier])
    placing.compare(con, relation_of(home.log, segments) if segments else None, order.source)
    import_id = 1 + (imports[0]["id"] if imports else 0)
    orders_replaced = placing.choose_replaced(con, replace=order.replace)
    placing.stage(con, merged)
    if placing.known_in_other_currency(con, order.currency):
        notes = [*notes, "other_currency_before"]
    counts = placing.totals(con, mark)
    bad = rejects.reasons(con, table)
    reject_file = None
    if bad:
        reject_file = f"{import_id}-{uuid.uuid4().hex[:8]}.csv"
        rejects.write_rejects(con, table, mapping, order.source, home.rejects / reject_file)
    progress("writing", 75)
    out: list[Segment] = []
    into: list[Segment] = []
    if orders_replaced:
        gone = (
            f"event_id IS NULL AND source = {duckdb.literal(order.source)}"
            " AND order_id IN (SELECT order_id FROM replaced)"
        )
        out, into = rewrite_without(con, home, segments, gone)
    derived = placing.derived_columns(
        mapping,
        source=order.source,
        import_id=import_id,
        currency=order.currency,
        mark=mark,
        now=now,
        merged=bool(merged),
        corrected=ID_COLUMN in table.columns,
    )
    if counts["lines_new"] < IN_MEMORY_LINES:
        into += write_months(con, "fresh", home.log, derived, identity=snapshot.identity)
    else:
        with workspace(home, "months") as months:
            into += write_many(con, "fresh", home.log, months, derived, identity=snapshot.identity)
    report = ImportReport(
        file=order.file,
        source=order.source,
        mapping=mapping,
        zone=order.zone,
        currency=order.currency,
        lines_bad=sum(bad.values()),
        lines_erased=lines_erased,
        reasons=bad,
        reject_file=reject_file,
        orders_replaced=orders_replaced,
        changed_orders=placing.changed_examples(con),
        cancelled_mark=mark.prefix,
        notes=notes,
        columns=list(table.columns),
        import_id=import_id,
        **counts,
    )
    seen = {}
    if report.orders_new:
        at = int(now.replace(tzinfo=UTC).timestamp() * 1_000_000)
        seen = {(order.source, "Order Completed", "", ""): [report.orders_new, at, at]}
    with manifest.change() as db:
        profile.keep(db, seen)
        manifest.replace_segments(db, out, into, fewer=bool(out))
        db.execute(
            "INSERT INTO import (source, file, at, mapping, result) VALUES (?, ?, ?, ?, ?)",
            (order.source, order.file, now.isoformat(), json.dumps(mapping),
             json.dumps(report.to_dict())),
        )  # fmt: skip
    progress("done", 100)
    return report


def check_currency(code: str) -> None:
    """``BadInput`` unless this is an ISO 4217 code."""
    from babel.numbers import list_currencies

    if not (isinstance(code, str) and re.fullmatch("[A-Z]{3}", code) and code in list_currencies()):
        raise BadInput(
            f"{code!r} is no currency. Allowed: a three-letter ISO 4217 code such as EUR.",
            param="currency",
            german=f"„{code}“ ist keine Währung. Erlaubt ist ein Kürzel nach ISO 4217 wie EUR.",
        )
