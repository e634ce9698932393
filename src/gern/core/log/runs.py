"""Sorted runs of the 64-bit hashes of all event ids: has this event been here before?

Eight bytes an event, looked up by binary search in a mapped file, merged like segments; made of
the segments again when lost. A hit is a suspicion only: the full id decides (`log.settle`).
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gern.core.durable import sync
from gern.core.log.files import checksum
from gern.core.log.manifest import Run

Hashes = npt.NDArray[np.uint64]
_MERGE_AT = 8
"""So many runs of about the same size become one."""
_PARTS = 64
"""A merge goes through the hashes in so many parts, to bound its memory."""


def write_run(folder: Path, parts: Iterable[Hashes]) -> list[Run]:
    """Write hashes, sorted and in ascending parts, as a run, durable; none when there are none."""
    run = _write(folder, parts)
    if run.hashes:
        return [run]
    (folder / run.file).unlink()
    return []


def _write(folder: Path, parts: Iterable[Hashes]) -> Run:
    path = folder / f"{uuid.uuid4().hex}.u64"
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        for part in parts:
            file.write(part.astype("<u8", copy=False).data)
    sync(temporary)
    os.replace(temporary, path)
    sync(folder)
    return Run(path.name, path.stat().st_size // 8, checksum(path))


def open_runs(folder: Path, runs: list[Run]) -> list[Hashes]:
    """The runs as mapped arrays."""
    return [np.memmap(folder / run.file, dtype="<u8", mode="r") for run in runs]


def loose_hashes(db: sqlite3.Connection) -> Hashes:
    """Hashes that are in no run: of events erased before they got into one."""
    rows = db.execute("SELECT hash FROM loose_hash").fetchall()
    return np.sort(np.frombuffer(b"".join(row[0] for row in rows), dtype="<u8"))


def keep_loose(db: sqlite3.Connection, hashes: Iterable[int]) -> None:
    """Inside ``change()``: these hashes are known, though no run holds them."""
    db.executemany(
        "INSERT OR IGNORE INTO loose_hash VALUES (?)", [(h.to_bytes(8, "little"),) for h in hashes]
    )


def found_in(runs: list[Hashes], wanted: Hashes) -> npt.NDArray[np.bool_]:
    """For each of ``wanted`` (sorted): whether a run holds it."""
    found = np.zeros(len(wanted), dtype=bool)
    for run in runs:
        low = int(np.searchsorted(run, wanted[0])) if len(wanted) else 0
        high = int(np.searchsorted(run, wanted[-1], side="right")) if len(wanted) else 0
        part = run[low:high]
        if not len(part):
            continue
        at = np.searchsorted(part, wanted)
        at[at == len(part)] = 0
        found |= part[at] == wanted
    return found


def choose_merge(runs: list[Run]) -> list[Run]:
    """Runs to merge now: enough of about the same size; none when there is nothing to do."""
    tiers: dict[int, list[Run]] = {}
    for run in runs:
        tiers.setdefault(max(run.hashes, 4096).bit_length() // 3, []).append(run)
    for _, same in sorted(tiers.items()):
        if len(same) >= _MERGE_AT:
            return same
    return []


def merge_runs(folder: Path, runs: list[Run]) -> Run:
    """One run that holds what these hold."""
    arrays = open_runs(folder, runs)
    edges = [(1 << 64) * n // _PARTS for n in range(1, _PARTS)]
    cuts = [
        [0, *(int(np.searchsorted(array, np.uint64(edge))) for edge in edges), len(array)]
        for array in arrays
    ]
    pieces = (
        [array[cut[n] : cut[n + 1]] for array, cut in zip(arrays, cuts, strict=True)]
        for n in range(_PARTS)
    )
    return _write(folder, (np.sort(np.concatenate(part), kind="stable") for part in pieces))
