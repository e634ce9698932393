"""Files of events, customers, consents and answers: each row one event, once.

A row is recognised by its id column, else by what it says and its place among identical rows;
rows of customers also by the day they were brought in, so that a value that comes back counts.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gern.core.engines.duckdb import Connection, fetch_dicts, literal, one_row, quoted
from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.imports.guessing import check_names, guess_fields
from gern.core.imports.kinds import CUSTOMERS, EVENTS, FileKind, kind_named
from gern.core.imports.preview import CHECKED_ROWS, Preview, column_looks
from gern.core.imports.reading import ROW, Table, id_of, text_of
from gern.core.imports.run import Order, Progress, no_progress, opened
from gern.core.imports.times import read_time, to_utc
from gern.core.log.bulk import load
from gern.core.log.changes import one_writer, workspace
from gern.core.log.ids import line_hash
from gern.core.log.inbox import check_space
from gern.core.log.manifest import Manifest
from gern.core.log.schema import VISITOR
from gern.core.text import Text
from gern.core.zones import zone_named

_YES = (
    "'^(yes|ja|y|j|true|1|on|x|given|granted|active|aktiv|confirmed|bestätigt|erteilt|zugestimmt"
    "|angemeldet|subscribed|opt.?in|opted.?in)$'"
)
_NO = (
    "'^(no|nein|n|false|0|off|withdrawn|revoked|declined|denied|rejected|refused|inactive|inaktiv"
    "|widerrufen|widerruf|abgelehnt|abgemeldet|verweigert|unsubscribed|opt.?out|opted.?out)$'"
)
REASONS = {
    "time_missing": Text("Zeitpunkt fehlt", "time is missing"),
    "time_invalid": Text("Zeitpunkt nicht lesbar", "time cannot be read"),
    "time_out_of_range": Text("Zeitpunkt liegt vor 1900 oder in der Zukunft",
                              "time is before 1900 or in the future"),
    "nobody": Text("Weder Kunde noch Besucher", "neither customer nor visitor"),
    "customer_reserved": Text("Kundennummern dürfen nicht mit „visitor:“ beginnen",
                              "no customer number may begin with visitor:"),
    "event_missing": Text("Name des Ereignisses fehlt", "the event's name is missing"),
    "score_invalid": Text("Wert ist keine Zahl", "score is no number"),
    "decision_invalid": Text("Weder ja noch nein: Im Zweifel ist es keine Einwilligung",
                             "neither yes nor no: in doubt it is no consent"),
    "line_unreadable": Text("Zeile nicht lesbar", "line cannot be read"),
}  # fmt: skip
NOTES = {
    "no_time_column": Text("Ohne Spalte für den Zeitpunkt stehen die Zeilen am Tag des Imports.",
                           "Without a time column the rows stand on the day of the import."),
    "day_month_open": Text("Ob 3/4/2024 der 3. April oder der 4. März ist, zeigt die Datei nicht;"
                           " gelesen als 3. April.",
                           "The file does not show whether 3/4/2024 is 3 April or 4 March; read"
                           " as 3 April."),
}  # fmt: skip


@dataclass(frozen=True)
class EventsReport:
    """What an import of events did. Counts are of rows of the file; ``events``: name → rows."""

    kind: str
    file: str
    source: str
    mapping: dict[str, str]
    columns: list[str]
    zone: str
    event: str | None
    rows: int
    rows_new: int
    rows_known: int
    rows_erased: int
    rows_bad: int
    reasons: dict[str, int]
    reject_file: str | None
    people: int
    events: dict[str, int]
    bots: int
    first: datetime | None
    last: datetime | None
    notes: list[str]
    import_id: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON: times in ISO 8601 (UTC)."""
        plain = asdict(self)
        for key in ("first", "last"):
            plain[key] = plain[key].isoformat() + "Z" if plain[key] else None
        return plain


def import_events(
    home: Home, manifest: Manifest, order: Order, kind: str, *, event: str | None = None,
    at: datetime | None = None, now: datetime, progress: Progress = no_progress,
) -> EventsReport:  # fmt: skip
    """Bring a file in, once; importing it again changes nothing.

    ``event``: name of what happened, when no column says it (else the file's own name); ``at``:
    when, for rows without a time (naive UTC; else ``now``). ``BadInput`` when the file or the
    mapping cannot be used; then nothing was changed.
    """
    check_space(home)
    found = kind_named(kind)
    with opened(home, order) as (con, table), workspace(home, "events") as folder:
        mapping = order.mapping or guess_fields(con, table, found.fields)
        if "traffic" in table.columns and "unreadable" in table.columns:  # an access log
            mapping = {"time": "time", "visitor": "visitor", "event": "event", "channel": "channel"}
        check_kind(found, mapping, table)
        name = event or found.name or _name_of(order.file)
        progress("checking", 30)
        notes = _read(con, table, mapping, found, order, name, at or now, now)
        with one_writer(home):
            progress("comparing", 60)
            imports = manifest.imports()
            import_id = 1 + (imports[0]["id"] if imports else 0)
            file = folder / "events.parquet"
            _write(con, file, order.source, import_id, found, mapping, now)
            begun = {"kind": kind, "columns": [], "rows_new": 0}
            with manifest.change(version=False) as db:  # killed after this, its number is taken
                db.execute(
                    "INSERT INTO import (id, source, file, at, mapping, result)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (import_id, order.source, order.file, now.isoformat(), json.dumps(mapping),
                     json.dumps(begun)),
                )  # fmt: skip
            progress("writing", 75)
            done = load(home, manifest, file, now=now)
            reject_file = _rejects(con, table, home, import_id)
            report = EventsReport(
                kind=kind, file=order.file, source=order.source, mapping=mapping,
                columns=list(table.columns), zone=order.zone, event=event,
                rows=_count(con, "rows_read"), rows_new=done.rows_new, rows_known=done.rows_known,
                rows_erased=done.rows_erased, rows_bad=sum(_reasons(con, table).values()),
                reasons=_reasons(con, table), reject_file=reject_file, notes=notes,
                import_id=import_id, **_facts(con),
            )  # fmt: skip
            with manifest.change(version=False) as db:
                db.execute(
                    "UPDATE import SET result = ? WHERE id = ?",
                    (json.dumps(report.to_dict()), import_id),
                )
    progress("done", 100)
    return report


def preview_events(
    home: Home, order: Order, kind: str, *, event: str | None = None, now: datetime
) -> Preview:
    """Read the first rows with the mapping of ``order``; nothing is imported."""
    found = kind_named(kind)
    with opened(home, order) as (con, table):
        looks = column_looks(con, table, found.fields)
        try:
            check_kind(found, order.mapping or {}, table)
        except BadInput as problem:
            return Preview(looks, 0, 0, 0, [], [], [], [], problem)
        name = event or found.name or _name_of(order.file)
        notes = _read(con, table, order.mapping or {}, found, order, name, now, now, CHECKED_ROWS)
        good, bad = _count(con, "rows_read WHERE reason IS NULL"), _count(con, "rows_read WHERE reason IS NOT NULL")  # fmt: skip
        shown = "SELECT row_number, ts, day_only, customer, visitor, name, properties, reason FROM rows_read"  # fmt: skip
        good_rows, bad_rows = (
            fetch_dicts(con.execute(f"{shown} WHERE reason {x} NULL ORDER BY row_number LIMIT 8"))
            for x in ("IS", "IS NOT")
        )
        return Preview(looks, good + bad, good, bad, good_rows, bad_rows, notes, [], None)


def check_kind(kind: FileKind, mapping: dict[str, str], table: Table) -> None:
    """``BadInput`` unless fields and columns exist and enough of them are named."""
    known = [field.id for field in kind.fields]
    check_names(mapping, known, table)
    columns = ", ".join(table.columns)
    missing = [field for field in kind.needs if field not in mapping]
    people = {"customer", "visitor"} & set(known)
    if not people & mapping.keys():
        missing.append("customer")
    if missing:
        names = {field.id: field.label for field in kind.fields}
        raise BadInput(
            f"It is not clear which column is {' and '.join(dict.fromkeys(missing))}. Name it:"
            f" --map {missing[0]}=COLUMN. The file has: {columns}.",
            param=missing[0],
            german="Nicht zugeordnet: "
            + ", ".join(names[field].de for field in dict.fromkeys(missing) if field in names)
            + ". Bitte wählen Sie die Spalte.",
        )


def _name_of(file: str) -> str:
    """``coupon_redemptions.parquet`` → ``Coupon Redemptions``."""
    stem = Path(file).name.split(".")[0]
    words = re.sub(r"[^0-9A-Za-zÄÖÜäöüß]+", " ", stem).strip()
    return " ".join(word[:1].upper() + word[1:] for word in words.split()) or "Imported"


def _read(
    con: Connection, table: Table, mapping: dict[str, str], kind: FileKind, order: Order,
    name: str, at: datetime, now: datetime, sample: int | None = None,
) -> list[str]:  # fmt: skip
    """Table ``rows_read``: one row a row of the file, ``reason`` NULL = good."""
    types = table.columns
    notes: list[str] = []
    limit = f" ORDER BY {ROW} LIMIT {sample}" if sample else ""
    con.execute(f"CREATE VIEW picked AS SELECT * FROM raw{limit}")
    texts = {
        field.id: (id_of if field.id in ("customer", "visitor", "id") else _text)(
            mapping[field.id], types[mapping[field.id]], table.kind
        )
        for field in kind.fields
        if field.id in mapping and field.id != "time"
    }
    if "time" in mapping:
        time = read_time(con, mapping["time"], types[mapping["time"]])
        notes += [time.note] if time.note else []
        utc = to_utc(zone_named(order.zone), time.first, time.last, "local")
        moment = f"coalesce(exact, {utc.instant})"
        wall = (
            f"{time.given} AS time_given, {time.exact} AS exact, {time.day_only} AS day_only,"
            f" CASE WHEN {time.day_only} THEN date_trunc('day', {time.local}) + INTERVAL 12 HOUR"
            f" ELSE {time.local} END AS local"
        )
    else:
        notes.append("no_time_column")
        moment = f"TIMESTAMP {literal(str(at))}"
        wall = "true AS time_given, NULL AS exact, false AS day_only, NULL AS local"
    named = texts.get("event", "NULL")
    if kind.id == "consents" and "decision" in texts:
        said = f"lower(coalesce({texts['decision']}, ''))"
        named = (
            f"CASE WHEN regexp_full_match({said}, {_NO}) THEN 'Consent Withdrawn'"
            f" WHEN regexp_full_match({said}, {_YES}) THEN 'Consent Given' END"
        )
    score = f"TRY_CAST(replace({texts['score']}, ',', '.') AS DOUBLE)" if "score" in texts else "0"
    undecided = "named IS NULL" if kind.id == "consents" and "decision" in texts else "false"
    said = ", ".join(f"coalesce(CAST({quoted(c)} AS VARCHAR), '')" for c in types)
    content = line_hash(f"concat_ws(chr(31), {said})")
    unreadable = "unreadable IS NOT NULL AND unreadable <> ''" if "unreadable" in types else "false"
    con.execute(
        f"""
        CREATE TABLE rows_read AS
        WITH read AS (
          SELECT {ROW} AS row_number, {texts.get("customer", "NULL")} AS customer,
            {texts.get("visitor", "NULL")} AS visitor, {named} AS named,
            {texts.get("id", "NULL")} AS given_id, {content} AS content, {wall},
            {texts.get("channel", "NULL")} AS channel, {texts.get("country", "NULL")} AS country,
            {texts.get("store", "NULL")} AS store, {score} AS score,
            {_traffic(types)} AS traffic, {unreadable} AS broken,
            {_properties(con, table, mapping, texts, kind)} AS properties
          FROM picked
        ), placed AS (
          SELECT * EXCLUDE (local, exact), {moment} AS ts FROM read
        )
        SELECT *, coalesce(named, {literal(name) if "event" not in mapping else "NULL"}) AS name,
          row_number() OVER (PARTITION BY content ORDER BY row_number) AS place,
          CASE
            WHEN broken THEN 'line_unreadable'
            WHEN NOT time_given THEN 'time_missing'
            WHEN ts IS NULL THEN 'time_invalid'
            WHEN ts < TIMESTAMP '1900-01-01' OR ts > TIMESTAMP {literal(str(now))} + INTERVAL 1 DAY
              THEN 'time_out_of_range'
            WHEN customer IS NULL AND visitor IS NULL THEN 'nobody'
            WHEN starts_with(customer, '{VISITOR}') THEN 'customer_reserved'
            WHEN {"named IS NULL" if "event" in mapping else "false"} THEN 'event_missing'
            WHEN {undecided} THEN 'decision_invalid'
            WHEN {"score IS NULL OR NOT isfinite(score)" if "score" in mapping else "false"} THEN 'score_invalid'
          END AS reason
        FROM placed
        """
    )
    return notes


def _text(column: str, type_: str, _: str) -> str:
    return text_of(column, type_)


def _traffic(types: dict[str, str]) -> str:
    return "nullif(traffic, '')" if "traffic" in types and "unreadable" in types else "NULL"


def _properties(
    con: Connection, table: Table, mapping: dict[str, str], texts: dict[str, str], kind: FileKind
) -> str:
    """SQL: what is left of a row, as JSON without empty values."""
    placed = ("time", "customer", "visitor", "event", "id", "channel", "country", "store")
    used = {mapping[field] for field in placed if field in mapping}
    parts = [
        f"{literal(_KEYS.get(field, field))}, {_number_or_text(text) if field == 'score' else text}"
        for field, text in texts.items()
        if field not in placed and field != "decision"
    ]
    used |= {mapping[field] for field in texts if field not in placed}
    for column, type_ in table.columns.items():
        if column in used or column in ("traffic", "unreadable"):
            continue
        if type_ == "JSON" or type_.startswith(("DECIMAL", "DOUBLE", "FLOAT", "BOOLEAN")) or type_.endswith("INT"):  # fmt: skip
            finite = f"CASE WHEN isfinite({quoted(column)}) THEN {quoted(column)} END" if type_ in ("DOUBLE", "FLOAT") else quoted(column)  # fmt: skip
            parts.append(f"{literal(column)}, {finite}")
        else:
            parts.append(f"{literal(column)}, {text_of(column, type_)}")
    if not parts:
        return "NULL"
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({', '.join(parts)})) AS VARCHAR), '{{}}')"  # fmt: skip


_KEYS = {"consent_channel": "channel"}


def _number_or_text(text: str) -> str:
    return f"CASE WHEN isfinite({_double(text)}) THEN {_double(text)} END"


def _double(text: str) -> str:
    return f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"


def _write(
    con: Connection, file: Path, source: str, import_id: int, kind: FileKind,
    mapping: dict[str, str], now: datetime,
) -> None:  # fmt: skip
    """The good rows as `log.bulk` takes them."""
    again = line_hash("content || '#' || place")
    made = f"'f-' || CASE WHEN place = 1 THEN content ELSE {again} END"
    # ids of one export say nothing about those of another
    given = (
        "name || ':' || given_id" if kind is not EVENTS or "event" not in mapping else "given_id"
    )
    if kind is CUSTOMERS:
        made += f" || '-' || strftime(least(ts, TIMESTAMP {literal(str(now))}), '%Y%m%d')"
    con.execute(
        f"COPY (SELECT {literal(source)} AS source, coalesce({given}, {made}) AS event_id,"
        f" name, ts, customer, visitor, CASE WHEN name = 'Page Viewed' THEN 'page' ELSE"
        f" {literal(kind.log_kind)} END AS kind, channel, country, store,"
        f" day_only, properties, traffic, CAST({import_id} AS INTEGER) AS import_id"
        f" FROM rows_read WHERE reason IS NULL) TO {literal(str(file))} (FORMAT parquet)"
    )


def _facts(con: Connection) -> dict[str, Any]:
    people, first, last, bots = one_row(
        con,
        "SELECT count(DISTINCT coalesce(customer, 'visitor:' || visitor)), min(ts), max(ts),"
        " count(traffic) FROM rows_read WHERE reason IS NULL",
    )
    names = con.execute(
        "SELECT name, count(*) FROM rows_read WHERE reason IS NULL GROUP BY name"
        " ORDER BY count(*) DESC, name LIMIT 50"
    ).fetchall()
    return {"people": people, "first": first, "last": last, "bots": bots,
            "events": {str(n): int(c) for n, c in names}}  # fmt: skip


def _reasons(con: Connection, table: Table) -> dict[str, int]:
    rows = con.execute(
        "SELECT reason, count(*) FROM rows_read WHERE reason IS NOT NULL GROUP BY reason"
        " ORDER BY 2 DESC, 1"
    ).fetchall()
    counts = {str(reason): int(n) for reason, n in rows}
    if table.unreadable:
        counts["line_unreadable"] = counts.get("line_unreadable", 0) + len(table.unreadable)
    return counts


def _rejects(con: Connection, table: Table, home: Home, import_id: int) -> str | None:
    """The bad rows with their reasons as a file; corrected, it can be imported like any other."""
    if not _count(con, "rows_read WHERE reason IS NOT NULL") and not table.unreadable:
        return None
    file = f"{import_id}-{uuid.uuid4().hex[:8]}.csv"
    con.execute("CREATE OR REPLACE TABLE said (code VARCHAR, text VARCHAR)")
    con.executemany("INSERT INTO said VALUES (?, ?)", [[k, v.en] for k, v in REASONS.items()])
    columns = [c for c in table.columns if c != "gern_reason"]
    cells = ", ".join(f"{_guarded(c)} AS {quoted(c)}" for c in columns)
    con.execute("CREATE OR REPLACE TABLE broken (text VARCHAR)")
    if table.unreadable:
        con.executemany("INSERT INTO broken VALUES (?)", [[_safe(t.strip())] for _, _, t in table.unreadable])  # fmt: skip
    empty = ", ".join("NULL" for _ in columns[1:])
    con.execute(
        f"COPY (SELECT {cells}, said.text AS gern_reason FROM raw JOIN rows_read AS r"
        f"   ON r.row_number = raw.{ROW} JOIN said ON said.code = r.reason"
        f"  UNION ALL SELECT text{', ' + empty if empty else ''},"
        f" {literal(REASONS['line_unreadable'].en)} FROM broken)"
        f" TO {literal(str(home.rejects / file))} (FORMAT csv, HEADER true)"
    )
    return file


def _safe(text: str) -> str:
    return "'" + text if text.startswith(("=", "+", "@", "-", "\t", "\r")) else text


def _guarded(column: str) -> str:
    """A cell that a spreadsheet would run as a formula gets a leading apostrophe."""
    text = f"CAST(raw.{quoted(column)} AS VARCHAR)"
    return (
        f"CASE WHEN regexp_matches({text}, '^[=+@\\t\\r]|^-[^\\d.,]') THEN '''' || {text}"
        f" ELSE {text} END"
    )


def _count(con: Connection, relation: str) -> int:
    return int(one_row(con, f"SELECT count(*) FROM {relation}")[0])
