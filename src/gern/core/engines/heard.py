"""Of whom something was heard since a moment: what must be looked at again, and what need not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gern.core.engines.covered import by_month, since
from gern.core.engines.duckdb import Connection
from gern.core.engines.state import State
from gern.core.home import Home
from gern.core.log import identity
from gern.core.log.manifest import Manifest
from gern.core.log.schema import VISITOR
from gern.core.log.segments import relation_of

SLACK = timedelta(minutes=2)
"""So long at most lies between an event's arrival and its being stored."""
MATTERS = "(traffic IS NULL OR kind = 'identify' OR starts_with(name, 'Consent '))"
"""SQL: events that can change what is true of somebody."""
MOST = 500_000
"""With more people it is quicker to look at everybody."""


@dataclass(frozen=True)
class Heard:
    """A moment of the log. ``until``: when the last of its rows had arrived."""

    files: Mapping[str, frozenset[str]]
    identity: int
    fewer: int
    imports: int
    until: datetime
    terms: str

    def to_plain(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "files": {month: sorted(files) for month, files in self.files.items()},
            "identity": self.identity, "fewer": self.fewer, "imports": self.imports,
            "until": self.until.isoformat(), "terms": self.terms,
        }  # fmt: skip

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Heard:
        """As it was kept."""
        files = {month: frozenset(names) for month, names in plain["files"].items()}
        until = datetime.fromisoformat(plain["until"])
        return cls(
            files, plain["identity"], plain["fewer"], plain["imports"], until, plain["terms"]
        )


def heard_now(manifest: Manifest, state: State, now: datetime, terms: str) -> Heard:
    """This moment. ``terms``: settings that change what everything means."""
    (imports,) = manifest.connection().execute("SELECT coalesce(max(id), 0) FROM import").fetchone()
    return Heard(by_month(state.segments), state.key[1], state.fewer, int(imports), now, terms)


def people_since(
    con: Connection, home: Home, manifest: Manifest, state: State, then: Heard, now: Heard
) -> list[str] | None:
    """Everybody of whom something was stored, or who was joined or parted, between two moments;
    None: everybody must be looked at. Rows that only moved to other files do not count; what bots
    and people of the house did neither, only what was said of somebody."""
    same = (then.fewer, then.imports, then.terms) == (now.fewer, now.imports, now.terms)
    if not same or state.hidden:
        return None
    with manifest.reading() as db:
        joined = identity.touched_since(db, then.identity)
    if joined is None:
        return None
    moved, newer = since(then.files, state.segments)
    fresh = [s for s in newer if s.month not in moved]
    merged = [s for s in newer if s.month in moved]
    parts = [f"SELECT person FROM {state.rows(home, fresh)} WHERE {MATTERS}"]
    if merged:
        rows = state.corrections.apply(relation_of(home.log, merged))
        parts.append(
            f"SELECT person FROM {rows} WHERE {MATTERS} AND"
            f" (received IS NULL OR received >= TIMESTAMP '{then.until - SLACK}')"
        )
    rows_ = con.execute(
        f"SELECT DISTINCT person FROM ({' UNION ALL '.join(parts)}) WHERE person IS NOT NULL"
        f" AND NOT starts_with(person, '{VISITOR}') LIMIT {MOST + 1}"
    ).fetchall()
    found = joined | {str(person) for (person,) in rows_}
    return None if len(found) > MOST else sorted(found)
