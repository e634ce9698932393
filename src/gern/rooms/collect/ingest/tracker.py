"""``/gern.js``: our own tracker, packed once."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

PATH = "/gern.js"
FILE = Path(__file__).with_name("gern.js")
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@cache
def packed() -> tuple[bytes, bytes]:
    """(the script gzipped, its ETag)."""
    body = FILE.read_bytes()
    return gzip.compress(body, mtime=0), b'"' + hashlib.md5(body, usedforsecurity=False).hexdigest().encode() + b'"'  # fmt: skip


async def serve(scope: MutableMapping[str, Any], send: Send) -> None:
    """The script; pages of any origin may load it."""
    body, tag = packed()
    headers = dict(scope["headers"])
    fits = b"gzip" in headers.get(b"accept-encoding", b"")
    same = headers.get(b"if-none-match") == tag
    status = 304 if same else 200 if scope["method"] in ("GET", "HEAD") else 405
    content = b"" if status != 200 else body if fits else FILE.read_bytes()
    fields = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", b"public, max-age=3600"),
        (b"etag", tag),
        (b"vary", b"Accept-Encoding"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(content)).encode()),
    ]
    if content and fits:
        fields.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send(
        {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content}
    )
