"""``/v1/…`` and ``/gern.js``: what SDKs and the tracker talk to.

200 once everything of the batch is on disk (items that cannot be used: in quarantine). 400 for a
body that is no JSON, 401 for a wrong key, 413 for one too big, 429 and 503 with ``Retry-After``.
Every error is ``{"code", "message"}``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
import structlog

from gern.core.collect import wire
from gern.core.collect.accept import Request, accept
from gern.core.collect.daily import daily_visitor
from gern.core.errors import BadInput, TryLater
from gern.core.log.arrivals import Arrived
from gern.core.zones import local_day, zone_named
from gern.kit.shop import current_shop
from gern.rooms.collect.ingest import openapi, tracker
from gern.rooms.collect.ingest.keyring import KeyRing, Known
from gern.rooms.collect.ingest.limits import Buckets
from gern.rooms.collect.ingest.writer import Writer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

CALLS = {**{name: name for name in (*wire.TYPES, "batch", "import")}, **wire.SHORT}
CALLS["import"] = "batch"
BIG = 100_000
"""A body with more bytes is decoded beside the event loop, so that small ones need not wait."""
_OK = b'{"success":true}'
_CORS_HEADERS = b"authorization, content-type, x-retry-count"
log = structlog.get_logger("gern.collect")


class Refusal(Exception):
    """The whole request cannot be taken."""

    def __init__(self, status: HTTPStatus, code: str, message: str, after: int = 0):
        super().__init__(message)
        self.status, self.code, self.message, self.after = status, code, message, after


class Collector:
    """The ASGI application. One a process."""

    def __init__(self) -> None:
        self.keys = KeyRing()
        self.buckets = Buckets()
        self._writer: Writer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        try:
            if scope["method"] == "OPTIONS":
                cors = _cors(origin) if await self.keys.allows_some(origin) else []
                await _answer(send, HTTPStatus.NO_CONTENT, b"", cors)
                return
            body, cors = await self._respond(scope, receive, headers, origin)
            await _answer(send, HTTPStatus.OK, body, cors)
        except Refusal as refusal:
            allowed = origin and await self.keys.allows_some(origin)
            # so that the page can read what is wrong
            await _refuse(send, refusal, _cors(origin) if allowed else [])
        except TryLater as error:
            refusal = Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, error.code, str(error), error.retry_after
            )
            await _refuse(send, refusal, _cors(origin) if origin else [])
        except Exception:  # said so that senders keep what they have and come again
            log.exception("collect_failed")
            refusal = Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "failure",
                "Something went wrong on our side. Nothing of this batch was stored; send it again.",
                30,
            )  # fmt: skip
            await _refuse(send, refusal, _cors(origin) if origin else [])

    async def _respond(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], origin: str
    ) -> tuple[bytes, list[Header]]:
        path, method = scope["path"], scope["method"]
        parts = path.strip("/").split("/")
        if method == "GET" and len(parts) == 4 and parts[1::2] == ["projects", "settings"]:
            known = await self._known(parts[2], origin)
            return _settings(parts[2]), _cors(origin) if known.allows(origin) else []
        if method == "GET" and path == "/v1/openapi.json":
            return openapi.document(), []
        if method != "POST":
            raise Refusal(
                HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", f"{path} takes POST."
            )
        call = CALLS.get(parts[1]) if len(parts) == 2 else None
        if call is None and parts[1:] != ["m"]:
            raise Refusal(
                HTTPStatus.NOT_FOUND, "not_found",
                f"There is no {path}. There are /v1/batch and /v1/track, identify, page, screen,"
                " group, alias.",
            )  # fmt: skip
        body = await _body(receive, headers)
        if call is None:
            return _OK, _cors(origin)  # the SDK's own metrics
        return await self._take(scope, headers, origin, body, call)

    async def _take(
        self, scope: Scope, headers: dict[bytes, bytes], origin: str, body: bytes, call: str
    ) -> tuple[bytes, list[Header]]:
        key = _basic(headers)
        # who shows a key at once shows it before we do any work
        known = await self._known(key, origin) if key else None
        try:
            if len(body) > BIG:
                sent = await asyncio.to_thread(wire.decode, body, call)
            else:
                sent = wire.decode(body, call)
        except BadInput as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, "unreadable", str(error)) from None
        if known is None:
            first = sent.items[0].write_key if sent.items else None
            known = await self._known(sent.write_key or first or "", origin)
        if call != "batch" and sent.refused and sent.refused[0].code == "not_json":
            raise Refusal(HTTPStatus.BAD_REQUEST, "unreadable", sent.refused[0].message)
        cors = _cors(origin) if origin else []
        if after := self.buckets.take(
            known.sender.source, len(sent.items) + len(sent.refused), known.per_minute
        ):
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS, "too_many",
                f"More than {known.per_minute:,} events a minute with this key. Nothing of this"
                " batch was stored; send it again.", after,
            )  # fmt: skip
        request = self._request(scope, headers, known)
        if len(body) > BIG:
            batch = await asyncio.to_thread(accept, sent, known.sender, request)
        else:
            batch = accept(sent, known.sender, request)
        if batch.events or batch.refused:
            await self._store(batch, len(body))
        return _OK, cors

    async def _known(self, key: str, origin: str) -> Known:
        known = await self.keys.find(key)
        if known is None:
            raise Refusal(
                HTTPStatus.UNAUTHORIZED, "wrong_key",
                "This write key is not known, or has expired. `gern source list` shows the"
                " sources.",
            )  # fmt: skip
        if origin and known.server:
            raise Refusal(
                HTTPStatus.FORBIDDEN, "server_key_in_page",
                "A server key was used in a web page, where everybody can read it. Rotate it and"
                " use a public one there.",
            )  # fmt: skip
        if origin and not known.allows(origin):
            raise Refusal(
                HTTPStatus.FORBIDDEN, "wrong_origin", f"Pages of {origin} may not use this key."
            )
        return known

    def _request(self, scope: Scope, headers: dict[bytes, bytes], known: Known) -> Request:
        shop = current_shop()
        received = shop.log.clock()
        if known.server:
            return Request(received)
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:500]
        address = scope["client"][0] if scope.get("client") else ""
        day = local_day(
            datetime.fromtimestamp(received / 1e6, UTC).replace(tzinfo=None),
            zone_named(known.zone),
        )
        daily = daily_visitor(shop.home, day, known.sender.source, address, agent)
        return Request(received, agent, address, daily)

    async def _store(self, batch: Arrived, size: int) -> None:
        if self._writer is None:
            self._writer = Writer(current_shop().log.inbox)
        await self._writer.put(batch, size)


_MOST_HEARD_OUT = 4 * wire.MOST_BODY  # bytes of a body that is refused for its size


async def _body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    too_big = Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_big",
        f"The body is too big. Allowed: {wire.MOST_BODY:,} bytes, also unpacked. Send smaller"
        " batches.",
    )  # fmt: skip
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(HTTPStatus.BAD_REQUEST, "cut_off", "The body ended in the middle.")
        part = message.get("body", b"")
        size += len(part)
        if size <= wire.MOST_BODY:
            parts.append(part)
        elif size > _MOST_HEARD_OUT:
            raise too_big
        else:  # read on and thrown away: who is answered while still sending sees a cut, no answer
            parts.clear()
        more = message.get("more_body", False)
    if size > wire.MOST_BODY:
        raise too_big
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding in (b"", b"identity"):
        return body
    if encoding not in (b"gzip", b"x-gzip"):
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "encoding",
            f"Content-Encoding {encoding.decode('latin-1')[:40]} is not known. Allowed: gzip.",
        )  # fmt: skip
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, wire.MOST_BODY + 1)
    except zlib.error as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "unreadable", f"No gzip: {error}.") from None
    if len(plain) > wire.MOST_BODY:
        raise too_big
    if not unpacker.eof:
        raise Refusal(HTTPStatus.BAD_REQUEST, "unreadable", "The gzip ends in the middle.")
    return plain


def _basic(headers: dict[bytes, bytes]) -> str | None:
    scheme, _, value = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _settings(key: str) -> bytes:
    return msgspec.json.encode({"integrations": {"Segment.io": {"apiKey": key}}})


def _cors(origin: str) -> list[Header]:
    return [
        (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
        (b"access-control-allow-headers", _CORS_HEADERS),
        (b"access-control-allow-methods", b"POST, GET"),
        (b"access-control-max-age", b"86400"),
        (b"vary", b"Origin"),
    ]


async def _refuse(send: Send, refusal: Refusal, cors: list[Header]) -> None:
    log.info("refused", code=refusal.code, status=int(refusal.status))
    extra = list(cors)
    if refusal.after:
        extra.append((b"retry-after", str(refusal.after).encode()))
    body = msgspec.json.encode({"code": refusal.code, "message": refusal.message})
    await _answer(send, refusal.status, body, extra)


async def _answer(send: Send, status: HTTPStatus, body: bytes, extra: list[Header]) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


_collector = Collector()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Requests whose path begins with ``/v1/`` or is the tracker's."""
    if scope["path"] == tracker.PATH:
        await tracker.serve(scope, send)
        return
    await _collector(scope, receive, send)
