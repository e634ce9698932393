"""What is kept of the context an SDK sends along: page, campaign, device, library; no address, no
browser identification, no query of an address (it can hold names and tokens).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from gern.core.collect.traffic import device
from gern.core.errors import BadInput
from gern.core.log.arrivals import Library

_decode = msgspec.json.Decoder(Any).decode
_encode = msgspec.json.Encoder().encode
_CAMPAIGN = ("source", "medium", "name", "term", "content", "id")
_LONGEST = 500


@dataclass(frozen=True)
class Context:
    """``text``: JSON as it is stored, None when there is nothing; ``traits``: of Rudder's
    identify; ``agent``: the browser identification, to be looked at and forgotten."""

    text: str | None = None
    library: Library | None = None
    agent: str = ""
    host: str = ""
    path: str = ""
    channel: str = "server"
    traits: str = ""
    proof: str = ""


NONE = Context()


@lru_cache(maxsize=4096)
def context_of(outer: bytes, own: bytes, agent: str) -> Context:
    """The context of an item inside its batch's; ``agent``: of the request itself, used when the
    context has none."""
    found: dict[str, Any] = {}
    for text in (outer, own):
        said = _decode(text) if text else None
        if said is None:
            continue
        if not isinstance(said, dict):
            raise BadInput("context is no object.", param="wrong_type")
        found |= said
    page = _part(found, "page")
    library = _part(found, "library")
    traits = found.get("traits")
    inner = _text(found.get("userAgent"))
    agent = inner or (agent if page else "")
    address = _address(page.get("url"))
    kept: dict[str, Any] = {
        "page": _filled(
            url=without_query(page.get("url")),
            path=_text(page.get("path")) or (address.path if address else ""),
            title=_text(page.get("title")),
            referrer=without_query(page.get("referrer")),
        ),
        "campaign": _filled(**{k: _text(_part(found, "campaign").get(k)) for k in _CAMPAIGN}),
        "device": (_text(_part(found, "device").get("type")) if "device" in found else None)
        or (device(agent) if agent else None),
        "os": _text(_part(found, "os").get("name")),
        "app": _filled(
            name=_text(_part(found, "app").get("name")),
            version=_text(_part(found, "app").get("version")),
        ),
        "locale": _text(found.get("locale")),
        "timezone": _text(found.get("timezone")),
        "group": _text(found.get("groupId")),
        "library": _text(library.get("name")),
    }
    kept = {key: value for key, value in kept.items() if value}
    called = Library(_text(library.get("name"))[:60], _text(library.get("version"))[:30])
    web = bool(page) or "analytics.js" in called.name
    return Context(
        text=_encode(kept).decode() if kept else None,
        library=called if called.name else None,
        agent=agent,
        host=(address.hostname or "") if address else "",
        path=str(kept.get("page", {}).get("path", "")),
        channel=("web" if web else "app" if {"app", "os"} & found.keys() else "server"),
        traits=_encode(traits).decode() if isinstance(traits, dict) and traits else "",
        proof=_text(found.get("proof")),
    )


def merged(outer: bytes, own: bytes) -> bytes:
    """The context of an item inside its batch's, as JSON, without address and browser."""
    found: dict[str, Any] = {}
    for text in (outer, own):
        said = _decode(text) if text else None
        found |= said if isinstance(said, dict) else {}
    for key in ("ip", "userAgent", "userAgentData"):
        found.pop(key, None)
    return _encode(found)


def _address(url: Any) -> SplitResult | None:
    try:
        found = urlsplit(_text(url))
        return found if found.hostname else None
    except ValueError:
        return None


def _part(found: dict[str, Any], key: str) -> dict[str, Any]:
    part = found.get(key)
    return part if isinstance(part, dict) else {}


def _filled(**values: str) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list | bool):
        return ""
    return str(value)[:_LONGEST]


def without_query(value: Any) -> str:
    """An address up to its question mark: what comes after can hold names and tokens."""
    return _text(value).split("?")[0].split("#")[0]
