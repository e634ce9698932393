"""Access logs of web servers (combined format) as a table: who looked at which page, when.

The network address becomes a visitor id of that day (a keyed hash) and is not kept; bots are
recognised by the maintained list. Format: Apache HTTP Server, "Log Files", combined.
"""

from __future__ import annotations

import csv
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from gern.core.collect.daily import imported_visitor
from gern.core.collect.traffic import device, is_bot
from gern.core.home import Home

_LINE = re.compile(
    r'^(\S+) \S+ (\S+) \[([^\]]+)\] "(?:([A-Z]+) )?([^" ]*)[^"]*" (\d{3}) (\d+|-)'
    r'(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?'
)
_ASSET = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|xml|txt|json|rss|atom)$",
    re.IGNORECASE,
)
HEADER = ("time", "visitor", "event", "path", "status", "bytes", "referrer", "device", "channel",
          "traffic", "unreadable")  # fmt: skip


def looks_like(head: bytes) -> bool:
    """Whether a file begins like an access log."""
    lines = head.decode(errors="replace").splitlines()[:5]
    return bool(lines) and sum(bool(_LINE.match(line)) for line in lines) > len(lines) / 2


def as_csv(path: Path, target: Path, home: Home) -> None:
    """Write the log as CSV with the columns of `HEADER`."""
    with path.open(encoding="utf-8", errors="replace") as source, target.open("w", newline="") as out:  # fmt: skip
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for line in source:
            if line.strip():
                writer.writerow(_row(line, home))


def _row(line: str, home: Home) -> list[str]:
    found = _LINE.match(line)
    if not found:
        return _unreadable(line)
    address, _, moment, method, target, status, size, referrer, agent = found.groups("")
    try:
        at = datetime.strptime(moment, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return _unreadable(line)
    path = target.split("?")[0].split("#")[0]
    page = method in ("GET", "HEAD") and status[0] in "23" and not _ASSET.search(path)
    return [
        at.isoformat(), imported_visitor(home, at.date(), address, agent),
        "Page Viewed" if page else "Request", path, status, size if size != "-" else "",
        referrer.split("?")[0] if referrer != "-" else "", device(agent) or "", "web",
        _traffic(agent), "",
    ]  # fmt: skip


def _unreadable(line: str) -> list[str]:
    """The line without the address it begins with."""
    return [""] * (len(HEADER) - 1) + [re.sub(r"^\S+", "-", line.strip())[:500]]


@lru_cache(maxsize=4096)
def _traffic(agent: str) -> str:
    return "bot" if not agent or agent == "-" or is_bot(agent) else ""
