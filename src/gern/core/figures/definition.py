"""What a figure is: names, words, formula, and the primitive with its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gern.core.errors import BadInput
from gern.core.figures.primitives import Primitive
from gern.core.text import Text

Unit = Literal["percent", "money", "count", "ratio"]
Interval = Literal["wilson", "bootstrap"]


@dataclass(frozen=True)
class Part:
    """A count or sum shown beside the figure; people can be listed by it."""

    id: str
    label: Text
    of: str = ""
    """Measure it sums; the id where that is the same."""
    money: bool = False
    """Whether it is a sum of money, not a count."""

    @property
    def measure(self) -> str:
        """Name of the summed measure."""
        return self.of or self.id


@dataclass(frozen=True)
class Figure:
    """One definition, in one place. Value = numerator / denominator (× 100 for percent).

    ``numerator`` and ``denominator`` are weighted sums of the primitive's measures:
    ``{"at_end": 1, "new": -1}`` is E − N. An empty denominator means the figure is a sum.
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
    note: Text | None = None

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
    def customers_only(self) -> bool:
        """Whether purchases without a customer are left out."""
        return self.primitive.customers_only
