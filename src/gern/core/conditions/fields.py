"""The fields of an event that a condition can ask for: columns, and whatever was sent along."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gern.core.errors import BadInput

COLUMNS = ("name", "kind", "channel", "source", "store", "country", "form", "initiator", "order_id",
           "currency")  # fmt: skip
NUMBERS = ("amount", "sign")
SHORT = {
    "page": "context.page.path",
    "campaign": "context.campaign.name",
    "device": "context.device",
    "touchpoint": "properties.touchpoint",
    "account": "properties.account",
    "about": "properties.about",
}
"""Names for parts of the context that people ask for."""
_PATH = re.compile(r"(properties|context)((?:\.[^.\"\\{}*\x00-\x1f]{1,100}){1,4})")


@dataclass(frozen=True)
class Field:
    """``sql``: its value as text or number; NULL when it is missing. ``path``: where it lies in
    the JSON column ``column``, empty for a column of its own."""

    name: str
    sql: str
    column: str
    path: tuple[str, ...] = ()
    number: bool = False


def field_named(name: str) -> Field:
    """The field; ``BadInput`` lists what there is."""
    if name in COLUMNS or name in NUMBERS:
        return Field(name, name, name, number=name in NUMBERS)
    found = _PATH.fullmatch(SHORT.get(name, name))
    if found is None:
        raise BadInput(
            f"An event has no field {name!r}. There are: {', '.join((*COLUMNS, *NUMBERS, *SHORT))},"
            " and what was sent along: properties.… and context.…",
            param="condition",
            german=f"Ein Feld „{name}“ hat ein Ereignis nicht. Es gibt:"
            f" {', '.join((*COLUMNS, *NUMBERS, *SHORT))} und was mitgesandt wurde: properties.… und"
            " context.…",
        )
    column, path = found[1], tuple(found[2].split(".")[1:])
    place = "$." + ".".join(f'"{part}"' for part in path)
    sql = f"json_extract_string({column}, '{place.replace(chr(39), chr(39) * 2)}')"
    return Field(name, sql, column, path)
