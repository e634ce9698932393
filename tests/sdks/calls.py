"""What every SDK is asked to send, and what must be in the log afterwards, worked out apart.

A call is a dict: ``type``, ``id`` (messageId), ``user``, ``anonymous``, ``event``, ``properties``,
``previous``, ``group``, ``minutes`` (how long ago it happened). Visitors v0 … are anonymous first
and identified later; every tenth person is known under an old id that an alias joins.
"""

from __future__ import annotations

import json
from typing import Any

WORDS = [
    "Grüße aus Köln 🛒",
    "naïve café",
    "plain",
    "日本語",
    "tab\\tnewline\\n",
    "😀" * 3,
    "ß",
    "",
]


def calls(count: int, prefix: str) -> list[dict[str, Any]]:
    """``count`` calls, always the same; some come twice with the same id."""
    made: list[dict[str, Any]] = []
    n = 0
    while len(made) < count:
        person, word = n % 40, WORDS[n % len(WORDS)]
        user, visitor, old = f"{prefix}-u{person}", f"{prefix}-v{person}", f"{prefix}-old{person}"
        call: dict[str, Any] = {
            "id": f"{prefix}-{n}", "user": None, "anonymous": None, "event": None, "previous": None,
            "group": None, "properties": {"word": word, "nothing": None, "n": n},
            "minutes": (n * 37) % 600,  # out of order
        }  # fmt: skip
        match n % 10:
            case 0:
                call |= {"type": "identify", "user": user, "anonymous": visitor,
                         "properties": {"plan": word, "none": None}}  # fmt: skip
            case 1 | 2:
                call |= {"type": "page", "anonymous": visitor, "event": f"Page {n % 5}"}
            case 3 | 4:
                call |= {"type": "track", "anonymous": visitor, "event": "Product Viewed",
                         "properties": {"product_id": f"P{n % 7}", "price": 19.99, "name": word}}  # fmt: skip
            case 5:
                call |= {"type": "track", "user": user, "event": "Order Completed",
                         "properties": order(n)}  # fmt: skip
            case 6:
                call |= {"type": "group", "user": user, "group": f"g{n % 3}",
                         "properties": {"name": word}}  # fmt: skip
            case 7 if person % 10 == 7:
                call |= {"type": "alias", "user": user, "previous": old, "properties": {}}
            case 8 if person % 10 == 8:
                call |= {"type": "track", "user": f"{prefix}-old{person - 1}", "event": "Old Known"}
            case 9:
                call |= {"type": "track", "user": user, "event": "Late", "minutes": 60 * 24 * 300}
            case _:
                call |= {"type": "track", "user": user, "event": word or "Empty"}
        made.append(call)
        if n % 50 == 3 and len(made) < count:
            made.append(call)  # the same call once more
        n += 1
    return made


def order(n: int) -> dict[str, Any]:
    return {
        "order_id": f"O{n}", "currency": "EUR", "revenue": 30.03, "coupon": None,
        "products": [{"product_id": "A", "price": 9.99, "quantity": 2, "name": "Tee"},
                     {"product_id": "B", "price": 10.05, "quantity": 1}],
    }  # fmt: skip


def person_of(call: dict[str, Any], prefix: str, every: list[dict[str, Any]]) -> str:
    """Whose the event is, once everything has been said."""
    said = {c["anonymous"]: c["user"] for c in every if c["type"] == "identify"}
    same = {c["previous"]: c["user"] for c in every if c["type"] == "alias"}
    if call["user"]:
        return same.get(call["user"], call["user"])
    user = said.get(call["anonymous"])
    return same.get(user, user) if user else f"visitor:{call['anonymous']}"


if __name__ == "__main__":
    import sys

    print(json.dumps(calls(int(sys.argv[1]), sys.argv[2])))
