"""Write down that ``make soak`` passed, when and on what."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

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
            "what": "60 rounds of kill -9 while importing Online Retail, each imported again, "
            "nothing lost or doubled; a 300 MB file within the memory limit",
        },
        indent=2,
    )
    + "\n"
)
