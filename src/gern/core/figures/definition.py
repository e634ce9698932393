"""What a figure is: names, words, formula, and the primitive with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gern.core.errors import BadInput
from gern.core.figures.primitives.base import Primitive
from gern.core.text import Text

Unit = Literal["percent", "points", "money", "count", "ratio", "days", "duration"]
"""``points``: −100 … 100 or a score; ``duration``: shown as hours and minutes, kept in hours."""
Interval = Literal["wilson", "bootstrap", "normal"]
Family = Literal["retention", "transaction", "reach", "interaction", "asked", "loyalty", "service",
                 "community", "programme", "own"]  # fmt: skip
FAMILIES: dict[Family, Text] = {
    "retention": Text("Bleiben und Gehen", "Staying and leaving"),
    "transaction": Text("Kaufen", "Buying"),
    "reach": Text("Reichweite", "Reach"),
    "interaction": Text("Interaktion", "Interaction"),
    "asked": Text("Befragung", "Asked"),
    "loyalty": Text("Treue und Wert", "Loyalty and value"),
    "service": Text("Service", "Service"),
    "community": Text("Community", "Community"),
    "programme": Text("Bonusprogramm", "Loyalty programme"),
    "own": Text("Eigene Kennzahlen", "Own figures"),
}
SCORES = "scores:"
"""A need begins so that is met when something was learned: ``scores:risk``."""
PER_HOUR = Fraction(1, 3_600_000_000)
"""Lengths are measured in microseconds and said in hours."""


@dataclass(frozen=True)
class Part:
    """A count or sum shown beside the figure; people can be listed by it."""

    id: str
    label: Text
    of: str = ""
    """Measure it sums; the id where that is the same."""
    unit: Unit = "count"
    quantile: float | None = None
    """Not the sum but this quantile (nearest rank) of the measure over the rows."""

    @property
    def measure(self) -> str:
        """Name of the summed measure."""
        return self.of or self.id

    @property
    def money(self) -> bool:
        """Whether it is a sum of money."""
        return self.unit == "money"


@dataclass(frozen=True)
class Figure:
    """One definition, in one place. Value = numerator / denominator × factor + ``offset``.

    ``numerator`` and ``denominator`` are weighted sums of the primitive's measures:
    ``{"at_end": 1, "new": -1}`` is E − N. An empty denominator means the figure is a sum. With
    ``median`` the value is the median of the numerator's measure over the rows the denominator
    counts. ``needs``: roles of events (`figures.roles`), ``orders`` or ``visits``, without which
    it can say nothing.
    """

    id: str
    name: Text
    words: Text
    formula: Text
    unit: Unit
    primitive: Primitive
    numerator: Mapping[str, Fraction | int]
    denominator: Mapping[str, Fraction | int]
    parts: tuple[Part, ...]
    interval: Interval
    good: Literal["up", "down"] | None
    """Whether more of it is better."""
    family: Family
    needs: tuple[str, ...] = ("orders",)
    factor: Fraction | int = 1
    offset: int = 0
    median: bool = False
    note: Text | None = None
    band: tuple[float, float] | None = None
    """From where to where it is usual elsewhere; ``band_source`` says who says so."""
    band_source: Text | None = None

    def __post_init__(self) -> None:
        known = set(self.primitive.measures)
        used = {*self.numerator, *self.denominator, *(part.measure for part in self.parts)}
        if used - known:
            raise ValueError(f"{self.id}: {self.primitive.id} has no {used - known}")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be broken down by."""
        return self.primitive.dimensions

    def part_named(self, id: str) -> Part:
        """The part with this id; ``BadInput`` lists the ids there are."""
        for part in self.parts:
            if part.id == id:
                return part
        ids = ", ".join(part.id for part in self.parts)
        raise BadInput(
            f"{self.id} has no part {id!r}. Allowed: {ids}.",
            param="part",
            german=f"„{self.name.de}“ hat keinen Teil „{id}“. Möglich: {ids}.",
        )

    @property
    def needs_window(self) -> bool:
        """Whether it depends on the inactivity window W."""
        return self.primitive.needs_window

    @property
    def of_scores(self) -> bool:
        """Whether it tells of what is predicted of people."""
        return any(need.startswith(SCORES) for need in self.needs)

    @property
    def customers_only(self) -> bool:
        """Whether purchases without a customer are left out."""
        return self.primitive.customers_only


def rate(
    id: str, name: Text, words: Text, formula: Text, primitive: Primitive, top: Part, bottom: Part,
    *, family: Family, needs: tuple[str, ...], good: Literal["up", "down"] = "up",
    interval: Interval = "wilson", more: tuple[Part, ...] = (),
) -> Figure:  # fmt: skip
    """One part of another, in percent; ``more`` parts stand beside. Wilson only for true shares."""
    return Figure(
        id=id, name=name, words=words, formula=formula, unit="percent", factor=100,
        primitive=primitive, numerator={top.measure: 1}, denominator={bottom.measure: 1},
        parts=(top, bottom, *more), interval=interval, good=good, family=family, needs=needs,
    )  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """A figure of the catalogue that cannot be computed yet, and what it waits for."""

    id: str
    name: Text
    words: Text
    formula: Text
    family: Family
    waits_for: Text
