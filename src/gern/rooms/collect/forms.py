"""What the mapping form says."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from gern.core.errors import BadInput
from gern.core.imports.kinds import ALL, fields_of

COLUMN = "column:"


@dataclass(frozen=True)
class Choice:
    """A submitted mapping form."""

    mapping: dict[str, str]
    zone: str
    currency: str
    source: str
    fees: list[str]
    kind: str
    event: str


def read_choice(data: QueryDict, known_kind: str) -> Choice:
    """Field of each column, zone, currency, source, fees, kind. One column for each field.
    ``known_kind``: the kind whose fields the form showed."""
    kind = data.get("kind", known_kind)
    if kind not in ALL:
        raise BadInput(f"{kind!r} is no kind of file.", param="as")
    labels = {field.id: field.label for field in fields_of(known_kind)}
    mapping: dict[str, str] = {}
    for key, field in data.items():
        if not key.startswith(COLUMN) or not field:
            continue
        if field not in labels:
            raise BadInput(f"{field!r} is no field.", param="map")
        if field in mapping:
            label = labels[field]
            raise BadInput(
                f"Two columns are marked as {label.en}: choose one.",
                param="map",
                german=f"Zwei Spalten sind als {label.de} markiert: bitte nur eine wählen.",
            )
        mapping[field] = key.removeprefix(COLUMN)
    return Choice(
        mapping,
        data.get("zone", "").strip(),
        data.get("currency", "").strip().upper(),
        data.get("source", "").strip()[:60],
        data.getlist("fees"),
        kind,
        data.get("event", "").strip()[:100],
    )
