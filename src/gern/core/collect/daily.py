"""Visitors without a cookie: known for a day, then forgotten for good.

The id is a keyed hash of address, browser and source. Its key is made anew every local day and
the old one is thrown away, so that nobody can tell any more who it was. The address itself is
never stored.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from datetime import date

from gern.core.home import Home
from gern.core.log.schema import DAILY

_PREFIX = "visitor-salt-"
_lock = threading.Lock()
_salts: dict[tuple[str, str], bytes] = {}


def daily_visitor(home: Home, day: date, source: str, address: str, agent: str) -> str:
    """The visitor id of this address and browser on this local day."""
    said = "\x1f".join((source, address, agent)).encode(errors="replace")
    digest = hmac.digest(_salt(home, day), said, hashlib.sha256)[:16]
    return DAILY + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _salt(home: Home, day: date) -> bytes:
    key = (str(home.path), day.isoformat())
    with _lock:
        if key not in _salts:
            forget_salts(home, day)
            _salts.clear()
            _salts[key] = home.secret(_PREFIX + key[1]).encode()
        return _salts[key]


def forget_salts(home: Home, today: date) -> int:
    """Throw away the salts of earlier days; how many. Those of today (and of tomorrow, in a zone
    ahead) stay."""
    gone = 0
    for path in home.keys.glob(_PREFIX + "*"):
        if path.name.removeprefix(_PREFIX)[:10] < today.isoformat():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def imported_visitor(home: Home, day: date, address: str, agent: str) -> str:
    """The visitor id of a line of an access log: of its day, the same whenever the log is
    imported, so that overlapping logs agree. Keyed with a secret of the home."""
    key = home.secret("access-log").encode()
    said = "\x1f".join((day.isoformat(), address, agent)).encode(errors="replace")
    digest = hmac.digest(key, said, hashlib.sha256)[:16]
    return DAILY + base64.urlsafe_b64encode(digest).decode().rstrip("=")
