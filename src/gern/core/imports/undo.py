"""Taking a whole import back: its rows leave the log, physically; the file can come again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gern.core.errors import BadInput
from gern.core.home import Home
from gern.core.log import profile
from gern.core.log.changes import engine, one_writer, rewrite_without
from gern.core.log.manifest import Manifest
from gern.core.log.segments import relation_of


@dataclass(frozen=True)
class Undone:
    """How many rows left the log. ``replaced``: orders of earlier imports that this one had
    replaced; they do not come back by themselves: import their file again.
    ``later``: imports of the same source after it that knew some of their rows already: what they
    share with this one has gone, too; import them again."""

    import_id: int
    rows: int
    replaced: int
    later: int


def undo_import(home: Home, manifest: Manifest, import_id: int, *, now: datetime) -> Undone:
    """Take out everything this import brought in. ``BadInput`` when there is no such import or
    it was taken back before. What a file said of who is who stays: `split` takes that back."""
    with engine(home) as con, one_writer(home):
        found = import_named(manifest, import_id)
        segments = manifest.segments()[1]
        condition = f"import_id = {int(import_id)}"
        taken = con.execute(
            f"SELECT count(*) FROM {relation_of(home.log, segments)} WHERE {condition}"
        ).fetchall()[0][0]
        seen = profile.count_rows(
            con, f"(SELECT * FROM {relation_of(home.log, segments)} WHERE {condition}"
            " AND event_id IS NOT NULL)",
        )  # fmt: skip
        out, into = rewrite_without(con, home, segments, condition)
        result = {**found["result"], "undone": now.isoformat()}
        with manifest.change() as db:
            manifest.replace_segments(db, out, into, fewer=True)
            profile.keep(db, {key: [-n, a, b] for key, (n, a, b) in seen.items()})
            db.execute("DELETE FROM profile WHERE events <= 0")
            db.execute("UPDATE import SET result = ? WHERE id = ?", (json.dumps(result), import_id))
    later = sum(
        1
        for other in manifest.imports()
        if other["id"] > import_id
        and other["source"] == found["source"]
        and (other["result"].get("rows_known") or other["result"].get("lines_known"))
    )
    replaced = int(found["result"].get("orders_replaced") or 0)
    return Undone(import_id, int(taken), replaced, later)


def import_named(manifest: Manifest, import_id: int) -> dict[str, Any]:
    """One import as it is noted. ``BadInput`` when there is none, or it was taken back."""
    for found in manifest.imports():
        if found["id"] == import_id:
            if found["result"].get("undone"):
                raise BadInput(
                    f"Import {import_id} was taken back already.", param="ID",
                    german=f"Import {import_id} wurde schon zurückgenommen.",
                )  # fmt: skip
            return found
    raise BadInput(f"There is no import {import_id}. `gern imports` lists them.", param="ID")
