"""What the mapping form says."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from gern.core.errors import BadInput
from gern.core.imports.fields import BY_ID

COLUMN = "column:"


@dataclass(frozen=True)
class Choice:
    """A submitted mapping form."""

    mapping: dict[str, str]
    zone: str
    currency: str
    source: str
    fees: list[str]


def read_choice(data: QueryDict) -> Choice:
    """Field of each column, zone, currency, source, fees. One column for each field."""
    mapping: dict[str, str] = {}
    for key, field in data.items():
        if not key.startswith(COLUMN) or not field:
            continue
        if field not in BY_ID:
            raise BadInput(f"{field!r} is no field.", param="map")
        if field in mapping:
            label = BY_ID[field].label
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
    )
