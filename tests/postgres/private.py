"""Run a command with a private PostgreSQL: its own data directory and socket, gone afterwards.

python tests/postgres/private.py pytest tests/web
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        sys.exit("PostgreSQL is not installed: tests/system_packages.sh postgresql")
    return found[-1].parent


def main(command: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="gern-pg-"))
    data, log = folder / "data", folder / "log"
    who: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        who |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    tools = binaries()
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    try:
        subprocess.run(
            [tools / "initdb", "-D", data, "-U", "gern", "-A", "trust", "-E", "UTF8"],
            check=True,
            **who,
        )
        subprocess.run(
            [tools / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"],
            check=True,
            **who,
        )
        address = f"postgres://gern@%2F{str(folder).strip('/').replace('/', '%2F')}/postgres"
        return subprocess.run(
            command, check=False, env={**os.environ, "GERN_DATABASE_URL": address}
        ).returncode
    finally:
        subprocess.run(
            [tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=False,
            **who,
        )
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
