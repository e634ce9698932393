"""The *roster*: one row a customer, with contact data and purchases in short, for lists and search.

It is kept as a disposable file that covers a set of segments. Of whom something was heard since,
or who was joined to somebody, is made anew at the first question after it and put in place of
their row in the file. When rows have left the log (`Snapshot.fewer`) it is made again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gern.core.engines.covered import Covered, by_month, since
from gern.core.engines.duckdb import Connection, literal, one_row
from gern.core.engines.few import Few
from gern.core.engines.kept import written
from gern.core.engines.local import local_day_sql
from gern.core.engines.orders import Orders
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log import identity
from gern.core.log.identity import default_person
from gern.core.log.manifest import Manifest, Segment
from gern.core.log.schema import VISITOR
from gern.core.log.segments import relation_of
from gern.core.people.contact import CONTACT, NESTED, keys_by_field
from gern.core.people.finding import compact_sql, folded_sql

MOST_NEWER = 0.05
FEW_ROWS = 100_000
"""With more rows than so few, and this share, on top of it, the file is made again …"""
FEW_PEOPLE = 20_000
"""… and with more customers than so few, and that share, of whom something was heard."""
_KEPT = 3
RHYTHM_DAYS = 3
"""So many days with a purchase show a rhythm."""

_ROSTER = """
WITH said AS (
  SELECT person, (ts, coalesce(event_id, '')) AS moment, json_extract_string(properties, {paths}) AS v
  FROM ({said})
), contact AS (
  SELECT person, {contact} FROM said GROUP BY person
), bought AS (
  SELECT person, ts, purchase, balance, country, {day} AS day FROM ({orders})
  WHERE person IS NOT NULL AND {among}
), gaps AS (
  SELECT person, date_diff('day', lag(day) OVER (PARTITION BY person ORDER BY day), day) AS gap
  FROM (SELECT DISTINCT person, day FROM bought WHERE purchase)
), rhythms AS (
  SELECT person, CAST(quantile_disc(gap, 0.5) AS INTEGER) AS rhythm_days
  FROM gaps WHERE gap IS NOT NULL GROUP BY person HAVING count(*) >= {least_gaps}
), purchases AS (
  SELECT b.person, count(*) FILTER (purchase) AS purchases, sum(balance) AS revenue,
    min(ts) FILTER (purchase) AS first_purchase, max(ts) FILTER (purchase) AS last_purchase,
    max(day) FILTER (purchase) AS last_day, any_value(rhythm_days) AS rhythm_days,
    arg_max(country, (ts, country)) FILTER (purchase) AS bought_in
  FROM bought AS b LEFT JOIN rhythms AS r ON r.person = b.person GROUP BY b.person
), seen AS (
  SELECT person, min(ts) AS first_seen, max(ts) AS last_seen FROM ({seen})
  WHERE NOT starts_with(person, '{visitor}') AND {among} GROUP BY person
), joined AS (
  SELECT s.person,
    coalesce(c.full_name, nullif(trim(concat_ws(' ', c.first_name, c.last_name)), ''), c.company)
      AS name,
    c.* EXCLUDE (person, country), coalesce(c.country, p.bought_in) AS country,
    s.first_seen, s.last_seen, CAST(coalesce(p.purchases, 0) AS BIGINT) AS purchases,
    CAST(coalesce(p.revenue, 0) AS DECIMAL(38, 6)) AS revenue,
    p.first_purchase, p.last_purchase, p.last_day, p.rhythm_days
  FROM seen AS s LEFT JOIN contact AS c ON c.person = s.person
    LEFT JOIN purchases AS p ON p.person = s.person
)
SELECT *, {names} AS names, {words} AS words, {numbers} AS numbers FROM joined
"""
_NAMES = folded_sql("concat_ws(' ', name, first_name, last_name, company, city)")
"""Words that somebody may misspell."""
_REST = folded_sql("concat_ws(' ', email, postcode, street, person)")
_WORDS = f"concat_ws(' ', names, {_REST})"
"""What a search for words looks at."""
_NUMBERS = f"concat_ws(' ', {compact_sql('person')}, {compact_sql('phone')}, {compact_sql('card')})"
"""What a search for numbers looks at."""


@dataclass(frozen=True)
class _File:
    path: Path
    covered: Covered
    identity: int
    fewer: int
    terms: tuple[str, str]
    """Currency and zone it was made with."""
    rows: int
    people: int


class Roster:
    """The relation ``customers`` of one home, for any state of its log."""

    def __init__(
        self, home: Home, manifest: Manifest, connection: Callable[[], Connection],
        orders: Orders, said: Few,
    ):  # fmt: skip
        self._home = home
        self._manifest = manifest
        self._connection = connection
        self._orders = orders
        self._said = said
        self._lock = threading.Lock()
        self._made: _File | None = None
        self._count = 0
        self._fresh: list[tuple[object, str, Path, list[str]]] = []

    def sql(self, state: State, currency: str) -> str:
        """SQL of the customers of this state."""
        with self._lock:
            key = (state.key, currency, self._zone())
            for known, sql, path, _ in self._fresh:
                if known == key and path.exists():
                    return sql
            sql, path, tables = self._put_on(state, currency)
            self._fresh.append((key, sql, path, tables))
            while len(self._fresh) > _KEPT:
                self._drop(self._fresh.pop(0)[3])
            return sql

    def _zone(self) -> str:
        setting = self._manifest.setting("zone")
        return str(setting.value) if setting else "Europe/Berlin"

    def make(self, state: State, currency: str) -> None:
        """Make the file, or make it again, when it is missing or too much has changed, or
        somebody was joined since: to find all of theirs takes a reading of the whole log."""
        with self._lock:
            file, _, moved = self._usable(state, currency)
            if moved and file.identity != state.key[1]:
                self._made = self._make(state, currency)
        self.sql(state, currency)  # whom something was heard of since

    def _usable(self, state: State, currency: str) -> tuple[_File, list[Segment], set[str]]:
        """(file, segments it does not cover, people who were joined since)."""
        on_top = self._on_top(self._made, state, currency) if self._made else None
        if self._made is None or on_top is None:
            self._made = self._make(state, currency)
            on_top = self._on_top(self._made, state, currency) or ([], set())
        return self._made, *on_top

    def _put_on(self, state: State, currency: str) -> tuple[str, Path, list[str]]:
        """(SQL, file and tables it needs): the file, with whom something has changed put on it."""
        file, newer, moved = self._usable(state, currency)
        base = f"SELECT * FROM read_parquet({literal(str(file.path))})"
        if not newer and not moved and not state.tail:
            return base, file.path, []
        self._count += 1
        whom, fresh = f"whom_{self._count}", f"roster_{self._count}"
        heard = f"SELECT person, ts FROM {state.rows(self._home, newer)} WHERE traffic IS NULL"
        con = self._connection().cursor()
        con.register("moved", {"person": np.array(sorted(moved), dtype=object)})
        con.execute(
            f"CREATE TABLE {whom} AS SELECT DISTINCT CAST(person AS VARCHAR) AS person FROM"
            f" (SELECT person FROM ({heard}) UNION ALL SELECT person FROM moved)"
        )
        if moved:
            heard = f"SELECT person, ts FROM {state.rows(self._home, state.segments)} WHERE traffic IS NULL"  # fmt: skip
        else:
            for column in ("first_seen", "last_seen"):
                heard += f" UNION ALL SELECT person, {column} AS ts FROM ({base})"
        (many,) = one_row(con, f"SELECT count(*) FROM {whom}")
        if newer and many > max(FEW_PEOPLE, MOST_NEWER * file.people):
            con.close()
            self._drop([whom])
            self._made = self._make(state, currency)
            return self._put_on(state, currency)
        among = f"person IN (SELECT person FROM {whom})"
        con.execute(f"CREATE TABLE {fresh} AS {self._select(con, state, currency, heard, among)}")
        con.close()
        sql = f"{base} ANTI JOIN {whom} USING (person) UNION ALL SELECT * FROM {fresh}"
        return sql, file.path, [whom, fresh]

    def _on_top(
        self, file: _File, state: State, currency: str
    ) -> tuple[list[Segment], set[str]] | None:
        """(segments, people) the file does not know yet; None: too many."""
        _, newer = since(file.covered, state.segments)
        many = sum(s.rows for s in newer) > max(FEW_ROWS, MOST_NEWER * file.rows)
        if (
            many
            or file.fewer != state.fewer
            or file.terms != (currency, self._zone())
            or not file.path.exists()
        ):
            return None
        with self._manifest.reading() as db:
            moved = identity.touched_since(db, file.identity)
        if moved is None:
            return None
        return newer, moved | {default_person(h.kind, h.id) for h in state.hidden}

    def _make(self, state: State, currency: str) -> _File:
        terms = (currency, self._zone())
        files = sorted(s.file for s in state.segments)
        key = (files, state.key[1], tuple(state.hidden), terms, state.fewer, _ROSTER, CONTACT)

        def select() -> str:
            rows = state.corrections.apply(relation_of(self._home.log, state.segments))
            seen = f"SELECT person, ts FROM {rows} WHERE traffic IS NULL"
            con = self._connection().cursor()
            try:
                return f"{self._select(con, state, currency, seen, 'true')} ORDER BY person"
            finally:
                con.close()

        path = written(self._home, self._connection, "roster", key, select)
        rows = sum(s.rows for s in state.segments)
        con = self._connection().cursor()
        (people,) = one_row(con, f"SELECT count(*) FROM read_parquet({literal(str(path))})")
        con.close()
        return _File(path, by_month(state.segments), state.key[1], state.fewer, terms, rows, people)

    def _select(self, con: Connection, state: State, currency: str, seen: str, among: str) -> str:
        said = self._said.rows(state, state.segments)
        of = f"kind = 'identify' AND NOT starts_with(person, '{VISITOR}') AND {among}"
        paths, contact = _contact(con, f"{said} WHERE {of}")
        years = [int(s.month[:4]) for s in state.segments]
        years += [t.year for t in (state.tail_first, state.tail_last) if t is not None]
        span = (min(years, default=2000), max(years, default=2000))
        return _ROSTER.format(
            day=local_day_sql("ts", self._zone(), *span), least_gaps=RHYTHM_DAYS - 1,
            said=f"SELECT * FROM {said} WHERE {of}", paths=paths,
            contact=contact, orders=self._orders.sql(state, currency), among=among,
            seen=seen, visitor=VISITOR, names=_NAMES, words=_WORDS, numbers=_NUMBERS,
        )  # fmt: skip

    def _drop(self, tables: list[str]) -> None:
        con = self._connection().cursor()
        for table in tables:
            con.execute(f"DROP TABLE IF EXISTS {table}")
        con.close()


def _contact(con: Connection, said: str) -> tuple[str, str]:
    """SQL for `_ROSTER`: (list of the paths to read, the contact fields out of their values).
    Only names that occur are looked for. ``said``: what follows FROM."""
    keys = [(str(key), "") for (key,) in con.execute(
        f"SELECT DISTINCT unnest(json_keys(properties)) FROM {said} AND"
        " json_type(properties) = 'OBJECT'"
    ).fetchall()]  # fmt: skip
    for outer in NESTED:
        keys += [(str(key), outer) for (key,) in con.execute(
            f"SELECT DISTINCT unnest(json_keys(properties, '$.{outer}')) FROM {said}"
            f" AND json_type(properties, '$.{outer}') = 'OBJECT'"
        ).fetchall()]  # fmt: skip
    paths: dict[str, list[str]] = {}
    for key, outer in keys:
        if not {'"', "\\"} & set(key):  # no path can name these
            name = f"{outer}.{key}" if outer else key
            paths.setdefault(name, []).append(f'$."{outer}"."{key}"' if outer else f'$."{key}"')
    by_field = {
        field: [path for name in names for path in paths[name]]
        for field, names in keys_by_field(paths).items()
    }
    used = [path for of_field in by_field.values() for path in of_field]
    place = {path: f"v[{i + 1}]" for i, path in enumerate(used)}
    contact = []
    for field in CONTACT:
        values = ", ".join(  # an object or a list names nobody
            f"CASE WHEN left({v}, 1) NOT IN ('{{', '[') THEN nullif(trim({v}), '') END"
            for v in (place[path] for path in by_field.get(field.id, ()))
        )
        value = f"coalesce({values})" if values else "CAST(NULL AS VARCHAR)"
        contact.append(f"arg_max({value}, moment) FILTER ({value} IS NOT NULL) AS {field.id}")
    listed = ", ".join(map(literal, used)) or "'$.x'"
    return f"[{listed}]", ", ".join(contact)
