"""The event log of one home: everything one can do with it, in one place.

>>> log = EventLog(home, manifest)                                             # doctest: +SKIP
>>> log.append([Event(source="shop", id="7", name="Page Viewed", ts=now, visitor="v1")])  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gern.core.home import Home
from gern.core.log import backup, compaction, erasure, identity
from gern.core.log.bulk import Loaded, load
from gern.core.log.check import Checked, check
from gern.core.log.compaction import Compacted
from gern.core.log.erasure import Emptied, Erased
from gern.core.log.event import Event
from gern.core.log.files import sweep
from gern.core.log.identity import Id, Kind
from gern.core.log.inbox import Inbox, microseconds_now
from gern.core.log.manifest import Manifest


class EventLog:
    """Safe to use from several threads and processes."""

    def __init__(self, home: Home, manifest: Manifest, clock: Callable[[], int] = microseconds_now):
        """``clock``: microseconds since 1970."""
        self.home = home
        self.manifest = manifest
        self.clock = clock
        self.inbox = Inbox(home, manifest, clock)

    def append(self, events: Sequence[Event]) -> None:
        """Store events; on return they survive the process being killed. See `Inbox.append`."""
        self.inbox.append(events)

    def identify(self, visitor: str, customer: str) -> bool:
        """By hand: this visitor is this customer, earlier events included."""
        with self.manifest.change(version=False) as db:
            return identity.link(db, visitor, customer, by_hand=True)

    def merge(self, customer: str, into: str) -> None:
        """These two customers are one; `split` takes it back."""
        self.merge_all([(customer, into)])

    def merge_all(self, pairs: Iterable[tuple[str, str]]) -> None:
        """The same for many (customer, into), all of them or none."""
        with self.manifest.change(version=False) as db:
            for customer, into in pairs:
                identity.merge(db, customer, into)

    def split(self, kind: Kind, id: str) -> None:
        """Take back that a customer was merged or a visitor identified."""
        self.split_all(kind, [id])

    def split_all(self, kind: Kind, ids: Iterable[str]) -> None:
        """The same for many, all of them or none."""
        with self.manifest.change(version=False) as db:
            for id in ids:
                identity.split(db, kind, id)

    def compact(self, *, fully: bool = False) -> Compacted:
        """Move the inbox into segments; ``fully``: bring all segments into their best form."""
        done = (compaction.compact_fully if fully else compaction.compact)(self.home, self.manifest)
        sweep(self.home, self.manifest)
        return done

    def erase(self, people: Sequence[str]) -> Erased:
        """Take people out, physically. See `log.erasure`."""
        return erasure.erase(self.home, self.manifest, people, now=self.clock())

    def erase_tonight(self, people: Sequence[str]) -> None:
        """Have these people erased with the next nightly batch."""
        at = datetime.now(UTC).isoformat()
        with self.manifest.change(version=False) as db:
            db.executemany(
                "INSERT OR IGNORE INTO erasure_waiting VALUES (?, ?)", [(p, at) for p in people]
            )

    def waiting_erasures(self) -> list[str]:
        """Who is to be erased with the next nightly batch."""
        rows = self.manifest.connection().execute("SELECT person FROM erasure_waiting ORDER BY at")
        return [str(row[0]) for row in rows.fetchall()]

    def person(self, name: str) -> str:
        """Who somebody of this name is now: themselves, or whom they were joined to."""
        with self.manifest.reading() as db:
            return identity.person_of(db, *identity.id_of(name))

    def people(self, names: Iterable[str]) -> list[str]:
        """The same for many; in their order, one may come twice."""
        names = list(names)
        with self.manifest.reading() as db:
            known = identity.people_of(db, map(identity.id_of, names))
        return [known.get(identity.id_of(name), name) for name in names]

    def ids_of(self, person: str) -> list[Id]:
        """Every id joined to this person: (``customer`` or ``visitor``, id)."""
        with self.manifest.reading() as db:
            return identity.ids_of(db, identity.person_of(db, *identity.id_of(person)))

    def erasing(self) -> bool:
        """Whether somebody is hidden whose rows are not yet gone."""
        row = self.manifest.connection().execute("SELECT 1 FROM erasing LIMIT 1").fetchone()
        return row is not None

    def joined_since(self, version: int) -> set[str]:
        """Everybody who was joined to somebody or parted since this version of who is who."""
        with self.manifest.reading() as db:
            return identity.touched_since(db, version) or set()

    def check(self, *, deep: bool = True) -> Checked:
        """Compare files and manifest, mend what can be mended. See `log.check`."""
        return check(self.home, self.manifest, deep=deep)

    def load(self, file: str | Path, now: datetime | None = None) -> Loaded:
        """Bring the events of a Parquet file in, once. See `log.bulk`."""
        return load(self.home, self.manifest, Path(file), now=now or naive_utc_now())

    def back_up(self, into: Path, *, keep: int = backup.KEPT) -> backup.Backup:
        """Copy the home, also while it is in use. See `log.backup`."""
        return backup.back_up(self.home, self.manifest, into, keep=keep)

    def hide(self, people: Sequence[str], at: int | None = None) -> Emptied:
        """Make people unreadable at once; what left the inbox. ``at``: microseconds since 1970; what
        they do later counts, now when nothing is said. `finish_erasures` then
        takes them out physically."""
        return erasure.hide(self.home, self.manifest, people, at or self.clock())

    def finish_erasures(self, *, people: int = 0, inbox: Emptied | None = None) -> Erased | None:
        """Take hidden people out physically; None when nobody is hidden."""
        emptied = inbox or Emptied()
        return erasure.finish(self.home, self.manifest, people=people, inbox=emptied)

    def stats(self) -> dict[str, Any]:
        """How big the log is and how far its upkeep has come."""
        with self.manifest.reading() as db:
            snapshot = self.manifest.snapshot(db, tail=False)
            waiting, oldest = db.execute(
                "SELECT coalesce(sum(events), 0), min(received) FROM inbox"
            ).fetchone()
            (joined,) = db.execute("SELECT count(*) FROM identity").fetchone()
            oldest_segment = min((s.identity for s in snapshot.segments), default=snapshot.identity)
            open_ids = len(identity.changed_since(db, oldest_segment))
            (gone,) = db.execute("SELECT count(*) FROM gone").fetchone()
            (erasures,) = db.execute("SELECT coalesce(sum(people), 0) FROM erasure").fetchone()
        segments = snapshot.segments
        return {
            "version": snapshot.version,
            "rows": sum(s.rows for s in segments),
            "segments": len(segments),
            "bytes": sum(s.bytes for s in segments),
            "months": len({s.month for s in segments}),
            "first": min((s.first_ts for s in segments), default=None),
            "last": max((s.last_ts for s in segments), default=None),
            "inbox_events": waiting,
            "inbox_oldest": oldest,
            "dedupe_runs": len(snapshot.runs),
            "dedupe_hashes": sum(r.hashes for r in snapshot.runs),
            "joined_ids": joined,
            "ids_to_rewrite": open_ids,
            "files_waiting_for_readers": gone,
            "erasing_ids": len(snapshot.hidden),
            "people_erased": erasures,
        }


def naive_utc_now() -> datetime:
    """The time, UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)
