"""``make bench``: run everything, print it, and write bench/results/latest.json."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import collect, customers, figures, imports, log, pages, patterns, predict, spine

RESULTS = Path(__file__).parent / "results" / "latest.json"


def _apart(module: str) -> Any:
    """A measurement that needs a process, and PostgreSQL, of its own."""
    command = [sys.executable, "tests/postgres/private.py", sys.executable, "-m", module]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "command": "make bench",
        "collect": collect.measure(),
        "import": imports.measure(),
        "pages": pages.measure(),
        "log": log.measure(),
        "figures": figures.measure(),
        "patterns": patterns.measure(),
        "customers": customers.measure(),
        "predict": predict.measure(),
        "spine": spine.measure(),
        "audiences": _apart("bench.audiences"),
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
