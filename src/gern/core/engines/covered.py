"""Which files of the log something was made of, and what has come since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gern.core.log.manifest import Segment

Covered = Mapping[str, frozenset[str]]
"""Month → its files."""


def by_month(segments: Sequence[Segment]) -> Covered:
    """These segments."""
    found: dict[str, set[str]] = {}
    for segment in segments:
        found.setdefault(segment.month, set()).add(segment.file)
    return {month: frozenset(files) for month, files in found.items()}


def since(covered: Covered, segments: Sequence[Segment]) -> tuple[set[str], list[Segment]]:
    """(months whose files were merged, or taken away, since; all files of these and newer ones of
    others): what to forget, and what to read."""
    present = by_month(segments)
    nothing: frozenset[str] = frozenset()
    gone = {month for month, files in covered.items() if not files <= present.get(month, nothing)}
    newer = [s for s in segments if s.month in gone or s.file not in covered.get(s.month, nothing)]
    return gone, newer
