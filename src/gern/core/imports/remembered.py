"""How a file with the same columns was read last time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gern.core.log.manifest import Manifest


@dataclass(frozen=True)
class Remembered:
    """What was chosen then. ``event``: the name of every row, when no column says it."""

    kind: str
    mapping: dict[str, str]
    source: str
    zone: str
    currency: str | None
    event: str | None


def remembered(manifest: Manifest, columns: Iterable[str]) -> Remembered | None:
    """The latest import of a file with exactly these columns, in whatever order; None: there was
    none. Imports that were taken back do not count."""
    wanted = set(columns)
    for found in manifest.imports():
        result = found["result"]
        if set(result.get("columns") or ()) == wanted and not result.get("undone"):
            return Remembered(
                result.get("kind", "purchases"), found["mapping"], found["source"],
                result["zone"], result.get("currency"), result.get("event"),
            )  # fmt: skip
    return None
