"""Events counted and summed: one row a person. Counts, sums, unique people and rates of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gern.core.conditions.nodes import Condition
from gern.core.figures.primitives.base import EVENT_DIMENSIONS, Primitive
from gern.core.text import Text

BOTS = {"left_bots": Text("Ereignisse von Robotern und aus dem eigenen Haus",
                          "events of bots and from inside the house")}  # fmt: skip
_PEOPLE = Text("alle, auch Besucher ohne Namen", "everybody, visitors without a name too")


@dataclass(frozen=True)
class Measure:
    """``condition``: SQL (with slots) an event must meet. ``count`` of them, whether there is
    one (``person``), whether there is one and another for ``value`` (``both``), or the ``sum`` of
    ``value`` (SQL)."""

    condition: str
    what: Literal["count", "person", "both", "sum"] = "count"
    value: str = ""

    def sql(self) -> str:
        """Over the events of one person and group."""
        when = f"FILTER (traffic IS NULL AND ({self.condition}))"
        if self.what == "sum":
            return f"coalesce(sum({self.value}) {when}, 0)"
        if self.what == "both":
            other = f"count(*) FILTER (traffic IS NULL AND ({self.value}))"
            return f"CASE WHEN person IS NOT NULL AND count(*) {when} > 0 AND {other} > 0 THEN 1 ELSE 0 END"
        if self.what == "person":
            return f"CASE WHEN person IS NOT NULL AND count(*) {when} > 0 THEN 1 ELSE 0 END"
        return f"count(*) {when}"


def tally(
    id: str, measures: Mapping[str, Measure], *, left_out: Mapping[str, Text] | None = None,
    whom: Text = _PEOPLE, where: str = "", dimensions: tuple[str, ...] = EVENT_DIMENSIONS,
    conditions: tuple[Condition, ...] = (), people: Condition | None = None,
) -> Primitive:  # fmt: skip
    """Measures over the events of the period, by person. ``left_out`` names those that count
    what does not count; ``where`` (SQL) narrows the events beforehand; ``conditions`` and
    ``people``: see `Primitive`."""
    listed = ",\n  ".join(f"{m.sql()} AS {name}" for name, m in measures.items())
    asked = where or " OR ".join(dict.fromkeys(f"({m.condition})" for m in measures.values()))
    return Primitive(
        id=id,
        sql=f"""
SELECT coalesce(person, '') AS unit, person, {{group}} AS grp, {{bucket}} AS bucket,
  {listed},
  count(*) FILTER (traffic IS NOT NULL) AS left_bots
FROM events WHERE ts >= $since AND ts < $until AND ({asked})
GROUP BY person{{keys}}
""",
        measures=(*measures, "left_bots"),
        dimensions=dimensions,
        whom=whom,
        customers_only=False,
        left_out={**BOTS, **(left_out or {})},
        conditions=conditions,
        people=people,
        in_buckets=people is None,
    )


def count(role: str) -> Measure:
    """How many events play this role."""
    return Measure(f"{{role:{role}}}")


def anyone(role: str) -> Measure:
    """1 for everybody with such an event."""
    return Measure(f"{{role:{role}}}", "person")
