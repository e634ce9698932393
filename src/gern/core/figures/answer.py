"""The form of an answer: value, where it comes from, how sure it is, what was left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gern.core.figures.definition import Figure
from gern.core.figures.intervals import RELIABLE_FROM
from gern.core.figures.periods import Period
from gern.core.text import Text


@dataclass(frozen=True)
class Result:
    """One number with its origin. Rates are percent; ``value`` None means undefined."""

    numerator: Fraction
    denominator: Fraction | None
    factor: Fraction | int
    offset: int
    parts: dict[str, Decimal | int | Fraction]
    n: int
    interval: tuple[float, float] | None
    persons: int = field(default=0, kw_only=True)
    """How many people it rests on: the known ones; where there are none, one for each act."""

    @property
    def exact(self) -> Fraction | None:
        """The value before rounding to a float; None when the denominator is 0."""
        if self.denominator is None:
            return self.numerator
        if self.denominator == 0:
            return None
        return self.factor * self.numerator / self.denominator + self.offset

    @property
    def value(self) -> float | None:
        """The value, correctly rounded; None (undefined) when the denominator is 0."""
        exact = self.exact
        return None if exact is None else float(exact)

    @property
    def reliable(self) -> bool:
        """Whether it rests on at least 30 units."""
        return self.n >= RELIABLE_FROM

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "value": self.value,
            "numerator": number(self.numerator),
            "denominator": None if self.denominator is None else number(self.denominator),
            "parts": {k: number(v) for k, v in self.parts.items()},
            "n": self.n,
            "interval": list(self.interval) if self.interval else None,
            "reliable": self.reliable,
        }


@dataclass(frozen=True)
class Group(Result):
    """The result for one value of the breakdown; ``""`` means the value is not known."""

    name: str = ""


@dataclass(frozen=True)
class Note:
    """Something a reader must know to read the number rightly."""

    code: str
    text: Text


@dataclass(frozen=True)
class LeftOut:
    """Something that does not count, how much of it, and why in words."""

    id: str
    label: Text
    amount: Decimal | int
    money: bool = False


@dataclass(frozen=True)
class Answer(Result):
    """A figure over a period. ``print(answer)`` says it in a sentence."""

    figure: Figure = field(kw_only=True)
    period: Period = field(kw_only=True)
    window_days: int | None = field(kw_only=True)
    currency: str = field(kw_only=True)
    by: str | None = field(kw_only=True)
    groups: list[Group] = field(kw_only=True)
    left_out: list[LeftOut] = field(kw_only=True)
    notes: list[Note] = field(kw_only=True)
    query: str = field(kw_only=True)

    @property
    def unit(self) -> str:
        """``percent``, ``count``, ``ratio`` or, for money, the currency."""
        return self.currency if self.figure.unit == "money" else self.figure.unit

    def to_dict(self) -> dict[str, Any]:
        """For JSON; the same keys as the command line prints."""
        result = {
            "figure": self.figure.id,
            **super().to_dict(),
            "unit": self.unit,
            "period": {
                "from": self.period.start.isoformat(),
                "to": self.period.end.isoformat(),
                "zone": self.period.zone,
            },
            "window_days": self.window_days,
            "left_out": {one.id: number(one.amount) for one in self.left_out},
            "notes": [{"code": n.code, "de": n.text.de, "en": n.text.en} for n in self.notes],
            "name": self.figure.name._asdict(),
            "words": self.figure.words._asdict(),
            "formula": self.figure.formula._asdict(),
            "query": self.query,
        }
        if self.by:
            result["by"] = self.by
            result["groups"] = [{"group": g.name, **g.to_dict()} for g in self.groups]
        return result

    def __str__(self) -> str:
        from gern.core.figures.words import sentence

        return sentence(self)

    def _repr_html_(self) -> str:
        from gern.core.figures.words import table

        return table(self)


def exact(value: Any) -> Decimal | int:
    """A sum as a whole number, or a decimal without trailing zeros."""
    if isinstance(value, Decimal):
        return value.normalize() if value else Decimal(0)
    return int(value)


def number(value: Fraction | Decimal | int) -> int | float:
    """An exact number as JSON has them."""
    as_fraction = Fraction(value)
    return int(as_fraction) if as_fraction.denominator == 1 else float(as_fraction)
