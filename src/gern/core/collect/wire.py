"""The wire format: a body of the Segment HTTP tracking protocol, decoded item by item.

The usual body is decoded in one go. One that cannot be (an item of a wrong type, ``NaN``, bytes
that are no UTF-8, brackets a thousand deep) is cut into its items as text, and each is decoded
alone, so that a bad one costs nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Raw

from gern.core.errors import BadInput
from gern.core.log.quarantine import Refused

MOST_BODY = 4 << 20
"""Bytes of a body, unpacked: Rudder's batches grow up to this."""
MOST_ITEM = 32 << 10
"""Bytes of one item."""
MOST_ITEMS = 20_000
"""Of a batch. Segment allows 2,500; Rudder counts bytes."""
TYPES = ("track", "identify", "page", "screen", "group", "alias")
SHORT = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias",
         "b": "batch"}  # fmt: skip

Text = str | int | None
_EMPTY = Raw(b"")


class Item(msgspec.Struct, rename="camel", gc=False, omit_defaults=True):
    """One call of an SDK. Ids may be numbers: some shops send them so."""

    type: str | None = None
    message_id: Text = None
    user_id: Text = None
    anonymous_id: Text = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = None
    sent_at: datetime | None = None
    event: Text = None
    name: Text = None
    category: Text = None
    properties: Raw = _EMPTY
    traits: Raw = _EMPTY
    context: Raw = _EMPTY
    group_id: Text = None
    previous_id: Text = None
    write_key: str | None = None


class Batch(msgspec.Struct, rename="camel", gc=False):
    """What surrounds the items."""

    batch: list[Item]
    sent_at: datetime | None = None
    context: Raw = _EMPTY
    write_key: str | None = None


class _Head(msgspec.Struct, rename="camel", gc=False):
    sent_at: datetime | None = None
    context: Raw = _EMPTY
    write_key: str | None = None


@dataclass
class Sent:
    """A decoded body."""

    items: list[Item]
    sent_at: datetime | None
    context: bytes
    write_key: str | None
    refused: list[Refused]


_batch = msgspec.json.Decoder(Batch)
_item = msgspec.json.Decoder(Item)
_head = msgspec.json.Decoder(_Head)
_any = msgspec.json.Decoder(Any)
_SHAPE = bytes.maketrans(b"0123456789E-", b"0000000000e+")
_TOO_LONG = b"0" * 300


def decode(body: bytes, call: str) -> Sent:
    """The items of a body. ``call``: ``batch`` or the type of its one item.

    ``BadInput`` when it is no JSON object at all; a bad item is among ``refused``.
    """
    if _is_plain(body):
        try:
            if call == "batch":
                found = _batch.decode(body)
                if len(found.batch) > MOST_ITEMS:
                    raise BadInput(f"The batch has more than {MOST_ITEMS:,} items.", param="batch")
                return Sent(found.batch, found.sent_at, bytes(found.context), found.write_key, [])
            one = _item.decode(body)
            one.type = call
            return Sent([one], one.sent_at, b"", one.write_key, [])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            pass  # cut it up and say what is wrong with which item
    return _carefully(body, call)


def _is_plain(body: bytes) -> bool:
    """Whether the parts that are not looked into can be read back: text that is UTF-8 without
    half surrogates, numbers that fit a double."""
    if body.count(b"{") > 20 * MOST_ITEMS:  # count the items before anything is made of them
        return False
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            return False
    shape = body.translate(_SHAPE)
    if _TOO_LONG in shape:
        return False
    if b"0e000" in shape or b"0e+000" in shape or b"\\ud" in body or b"\\uD" in body:
        try:
            _any.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            return False
    return True


def _carefully(body: bytes, call: str) -> Sent:
    head_text, texts = _cut(body) if call == "batch" else (body, [body])
    head = _head_of(head_text) if call == "batch" else _Head()
    sent = Sent([], head.sent_at, bytes(head.context), head.write_key, [])
    for text in texts:
        try:
            item = _one(text)
        except BadInput as error:
            sent.refused.append(Refused(error.param or "not_json", str(error), _called(text), text))
            continue
        if call != "batch":
            item.type = call
            sent.sent_at = item.sent_at
            sent.write_key = item.write_key
        sent.items.append(item)
    if call != "batch" and sent.refused:
        found = re.search(rb'"writeKey"\s*:\s*"([^"\\]{1,100})"', body)
        sent.write_key = found[1].decode(errors="replace") if found else None
    return sent


def _one(text: bytes) -> Item:
    """One item from its bytes; ``BadInput`` with the reason's code as its ``param``."""
    if len(text) > MOST_ITEM:
        raise BadInput(
            f"The item has {len(text):,} bytes. Allowed: {MOST_ITEM:,}.", param="too_long"
        )
    try:
        said = _any.decode(text)
        if not _readable(said):
            raise BadInput("A number in it is too big to be read back.", param="not_json")
    except UnicodeDecodeError as error:
        raise BadInput(f"It is no UTF-8: {error}", param="not_json") from None
    except RecursionError:
        raise BadInput("It is nested too deep.", param="not_json") from None
    except msgspec.MsgspecError as error:
        raise BadInput(f"It is no JSON that can be read back: {error}", param="not_json") from None
    if not isinstance(said, dict):
        raise BadInput("An item is a JSON object.", param="wrong_type")
    try:
        return _item.decode(text)
    except msgspec.MsgspecError:
        pass
    for key in ("timestamp", "originalTimestamp", "sentAt"):
        if said.get(key) is not None:
            said[key] = _moment(said[key], key)
    try:
        return _item.decode(msgspec.json.encode(said))
    except msgspec.MsgspecError as error:
        raise BadInput(f"{error}", param="wrong_type") from None


def _moment(value: Any, key: str) -> str:
    """A time that is no RFC 3339: a day, a number of seconds or milliseconds since 1970."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value.strip()).isoformat()
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) > 1e11 else value
            return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    raise BadInput(
        f"{key} {str(value)[:60]!r} is no time. Allowed: ISO 8601 such as 2026-05-01T09:30:00Z.",
        param="bad_time",
    )


def _readable(value: Any) -> bool:
    """Whether every number can be read by every engine."""
    if isinstance(value, dict):
        return all(_readable(v) for v in value.values())
    if isinstance(value, list):
        return all(_readable(v) for v in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 10**308
    return True


def _called(text: bytes) -> str:
    """What an unreadable item seems to call itself."""
    found = re.search(rb'"(?:event|name)"\s*:\s*"([^"\\]{1,100})"', text[:MOST_ITEM])
    return found[1].decode(errors="replace") if found else ""


def _sent_at(said: Any) -> datetime | None:
    """None when it is no time: then no clock is corrected, but nothing is lost."""
    try:
        return None if said is None else msgspec.convert(_moment(said, "sentAt"), datetime)
    except (BadInput, msgspec.MsgspecError):
        return None


def _head_of(text: bytes) -> _Head:
    try:
        return _head.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        pass
    try:
        said = _any.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadInput(f"The body is no JSON object that can be read: {error}") from None
    head = _Head()
    if isinstance(said, dict):
        key = said.get("writeKey")
        head.write_key = key if isinstance(key, str) else None
        head.sent_at = _sent_at(said.get("sentAt"))
        if isinstance(said.get("context"), dict):
            head.context = Raw(msgspec.json.encode(said["context"]))
    return head


# a string that does not end is one token up to the end: tried anew at each of its quotes, it would
# take the square of its length
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|[{}\[\],]', re.DOTALL)
_ARRAY = re.compile(rb"\s*:\s*\[")


def _cut(body: bytes) -> tuple[bytes, list[bytes]]:
    """(the body with an empty batch, the text of each item), whatever the items hold."""
    depth = 0
    tokens = _TOKEN.finditer(body)
    for token in tokens:
        text = token[0]
        if text in b"{[":
            depth += 1
        elif text in b"}]":
            depth -= 1
        elif depth == 1 and text == b'"batch"' and (start := _ARRAY.match(body, token.end())):
            end, items = _items(body, tokens, start.end())
            return body[: start.end()] + body[end:], items
    raise BadInput('The body needs "batch": a list of items.', param="batch")


def _items(body: bytes, tokens: Iterator[re.Match[bytes]], start: int) -> tuple[int, list[bytes]]:
    depth, begin = 0, start
    items: list[bytes] = []
    for token in tokens:
        if token.start() < start:
            continue  # the bracket the list begins with
        text = token[0]
        if depth == 0 and text in b",]":
            item = body[begin : token.start()].strip()
            if item or text == b"," or items:
                items.append(item)
                if len(items) > MOST_ITEMS:
                    raise BadInput(f"The batch has more than {MOST_ITEMS:,} items.", param="batch")
            begin = token.end()
            if text == b"]":
                return token.start(), items
        elif text in b"{[":
            depth += 1
        elif text in b"}]":
            depth -= 1
    raise BadInput("The body ends in the middle: it was cut off on its way.", param="batch")
