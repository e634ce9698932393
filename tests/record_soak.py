"""Write down that ``make soak`` passed, when, on what, and what it measured."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.soak_notes import PATH, notes

RESULT = Path(__file__).parents[1] / "bench" / "results" / "soak.json"

commit = subprocess.run(
    ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
).stdout.strip()
RESULT.write_text(
    json.dumps(
        {
            "command": "make soak",
            "passed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit,
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "measured": notes(),
        },
        indent=2,
    )
    + "\n"
)
PATH.unlink(missing_ok=True)
