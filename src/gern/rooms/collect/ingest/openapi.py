"""The collection API described for machines: ``GET /v1/openapi.json``."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

import gern
from gern.core.collect.wire import MOST_ITEMS, SHORT, TYPES

_ID = {"type": ["string", "integer", "null"], "maxLength": 500}
_OBJECT = {"type": ["object", "null"]}
_TIME = {"type": ["string", "null"], "format": "date-time"}
_FIELDS = {
    "messageId": {**_ID, "description": "sent again, it is not counted again"},
    "userId": {**_ID, "description": "the customer; this or anonymousId is needed"},
    "anonymousId": {**_ID, "description": "the visitor"},
    "timestamp": {**_TIME, "description": "when it happened, by the sender's clock"},
    "sentAt": {**_TIME, "description": "when it was sent, by the same clock"},
    "event": {"type": ["string", "null"], "description": "what happened (track)"},
    "name": {"type": ["string", "null"]},
    "category": {"type": ["string", "null"]},
    "properties": _OBJECT,
    "traits": _OBJECT,
    "context": _OBJECT,
    "groupId": _ID,
    "previousId": _ID,
    "writeKey": {"type": "string", "description": "unless it comes as Basic authorization"},
}
_ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}
_REFUSED = {
    "400": "The body cannot be read. Send it no more.",
    "401": "The write key is not known.",
    "403": "The key may not be used here.",
    "405": "Only POST.",
    "413": "The body is too big.",
    "415": "Only gzip, or nothing.",
    "429": "Too many; again after Retry-After seconds.",
    "503": "Not now; again after Retry-After seconds.",
}


@cache
def document() -> bytes:
    """The OpenAPI document as JSON."""
    item = {"type": "object", "properties": _FIELDS}
    batch = {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {
                "type": "array",
                "maxItems": MOST_ITEMS,
                "items": {
                    "type": "object",
                    "properties": {"type": {"enum": list(TYPES)}, **_FIELDS},
                },
            },
            "sentAt": _TIME,
            "context": _OBJECT,
            "writeKey": {"type": "string"},
        },
    }
    paths = {f"/v1/{name}": _call(name, item) for name in (*TYPES, *SHORT) if name != "b"}
    paths |= {f"/v1/{name}": _call(name, batch) for name in ("batch", "b")}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Gern: collection API", "version": gern.__version__},
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "basic"}}},
            "security": [{"key": []}],
            "paths": paths,
        }
    )


def _call(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    refused = {
        status: {"description": said, "content": {"application/json": {"schema": _ERROR}}}
        for status, said in _REFUSED.items()
    }
    taken = {"description": "On disk; items that cannot be used are in quarantine."}
    return {
        "post": {
            "operationId": name,
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"200": taken, **refused},
        }
    }
