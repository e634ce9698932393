"""What the long tests measured, from the tests to `tests.record_soak`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

PATH = Path(tempfile.gettempdir()) / "gern-soak-notes.jsonl"


def note(name: str, measured: object) -> None:
    """Keep a measurement for ``bench/results/soak.json``."""
    with PATH.open("a") as file:
        file.write(json.dumps({name: measured}) + "\n")


def notes() -> dict[str, object]:
    """All measurements of this run."""
    lines = PATH.read_text().splitlines() if PATH.exists() else []
    return {name: value for line in lines for name, value in json.loads(line).items()}
