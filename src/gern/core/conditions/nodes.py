"""The nodes of the tree. It is kept and sent as JSON (`tree.from_json`)."""

from __future__ import annotations

from typing import Literal

import msgspec

TextOp = Literal["is", "contains", "starts_with", "one_of"]
NumberOp = Literal["equals", "more_than", "at_least", "less_than", "at_most"]
Op = Literal[TextOp, NumberOp, "known"]


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What all conditions share."""


class Compare(Node, frozen=True, tag="compare"):
    """A field of an event against a value. Text is compared exactly, numbers as numbers; where
    the field is missing or no number, it is false. ``one_of`` takes a list, ``known`` nothing.

    >>> Compare("properties.score", "at_least", "9")
    Compare(field='properties.score', op='at_least', value='9')
    """

    field: str
    op: Op = "is"
    value: str | tuple[str, ...] = ""


class All(Node, frozen=True, tag="all"):
    """Every one holds; none at all: always true."""

    of: tuple[Condition, ...] = ()


class Any(Node, frozen=True, tag="any"):
    """At least one holds; none at all: never."""

    of: tuple[Condition, ...] = ()


class Not(Node, frozen=True, tag="not"):
    """It does not hold."""

    of: Condition


class Did(Node, frozen=True, tag="did"):
    """A person has such events, ``at_least`` … ``at_most`` times, in the ``within_days`` local
    days before the moment (None: ever). ``at_most=0`` with ``at_least=0``: has not."""

    event: Condition
    at_least: int = 1
    at_most: int | None = None
    within_days: int | None = None


class Bought(Node, frozen=True, tag="bought"):
    """A customer's purchases: ``pieces``, ``purchases`` or ``value`` of what was bought (lines of
    positive quantity, no cancellations) is at least ``at_least``, and below ``below`` if given.
    ``product`` and ``product_group`` narrow it; no line counts for somebody without purchases."""

    what: Literal["pieces", "purchases", "value"] = "purchases"
    at_least: str = "1"
    below: str | None = None
    product: str | None = None
    product_group: str | None = None
    within_days: int | None = None


class InOrder(Node, frozen=True, tag="in_order"):
    """Steps one after the other, each strictly later, the last at most ``within_minutes`` after
    the first; with ``then_not``: and no such event after the last step."""

    steps: tuple[Condition, ...]
    within_minutes: int | None = None
    then_not: Condition | None = None
    within_days: int | None = None


class Trait(Node, frozen=True, tag="trait"):
    """The last value said of a person before the moment, against a value; see `Compare`."""

    key: str
    op: Op = "is"
    value: str | tuple[str, ...] = ""


class Consent(Node, frozen=True, tag="consent"):
    """The last word for this purpose (and channel) was consent; ``given=False``: a withdrawal."""

    purpose: str
    channel: str | None = None
    given: bool = True


class Customer(Node, frozen=True, tag="customer"):
    """What the roster knows of a customer (`customer_fields`), against a value; as of today."""

    field: str
    op: Op = "is"
    value: str | tuple[str, ...] = ""


class Member(Node, frozen=True, tag="member"):
    """They are in the audience with this id."""

    audience: int


class Behind(Node, frozen=True, tag="behind"):
    """They are among the people behind a figure (or its ``part``) over the ``days`` whole local
    days before today."""

    figure: str
    days: int = 90
    part: str | None = None


Condition = (
    Compare
    | All
    | Any
    | Not
    | Did
    | Bought
    | InOrder
    | Trait
    | Consent
    | Customer
    | Member
    | Behind
)
ABOUT_NOW = (Customer, Member, Behind)
"""What is true of today only: no figure of a past period can ask for it."""
ABOUT_PEOPLE = (Did, Bought, InOrder, Trait, Consent, *ABOUT_NOW)
