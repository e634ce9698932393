"""Figures of purchases by one pass over what was booked, equal to the SQL of `primitives.purchases`,
`primitives.states` and `primitives.stepped`. Only by compiled code; without it SQL answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from gern.core.engines import compiled
from gern.core.engines.booked import Booked
from gern.core.engines.names import Array
from gern.core.figures.primitives.walked import Span, bounds, by_day, days, fixed, micros

MONEY = ("value", "amount", "sold", "taken_back")
_MILLIONTH = "CAST(0.000001 AS DECIMAL(7,6))"
BY_CUSTOMER = (
    "1 AS times, CASE WHEN nobody = 1 THEN NULL ELSE who END AS person, {day} AS bucket, purchases, cancelled, nobody, "
    + ", ".join(f"CAST({name} AS DECIMAL(19,0)) * {_MILLIONTH} AS {name}" for name in MONEY)
)
"""SQL: the columns of ``walked`` by `booked_by`, with amounts in the currency."""


def booked_by(arrays: Booked, span: Span) -> dict[str, Array]:
    """``walked``: one row a customer (or order of nobody known) and bucket."""
    kernels: Any = compiled.loaded()
    counts, money = kernels.booked_rows(
        *_columns(arrays), micros(span.since), micros(span.until), bounds(span), by_day(span)
    )
    who, bucket, purchases, cancelled, nobody = counts
    return {"who": who, "day": days(span)[bucket], "purchases": purchases, "cancelled": cancelled,
            "nobody": nobody, **dict(zip(MONEY, money, strict=True))}  # fmt: skip


def customers(arrays: Booked, until: datetime, marks: dict[str, datetime]) -> dict[str, Array]:
    """``walked``: one row a customer with a purchase before ``until``: person, first (when), and how
    many purchases since each of the marks, by its name."""
    kernels: Any = compiled.loaded()
    since = np.array([micros(mark) for mark in marks.values()])
    first, counts = kernels.customer_rows(*_columns(arrays), micros(until), since)
    found = dict(zip(marks, counts, strict=True))
    return {"person": np.arange(len(first)), "first": first.astype("datetime64[us]"), **found}


def stretches(
    arrays: Booked, ends: Sequence[datetime], begins: Sequence[datetime]
) -> dict[str, Array]:
    """``walked``: first_end, after_end, is_new, alone, times; see `kernels.stretches`. ``ends``: where
    the first bucket begins, then where each ends; ``begins``: since when a purchase counts there."""
    kernels: Any = compiled.loaded()
    n = len(ends) + 1
    joined, alone = np.zeros((n, n, 2), np.int64), np.zeros(n, np.int64)
    kernels.stretches(
        *_columns(arrays), np.array([micros(end) for end in ends]),
        np.array([micros(begin) for begin in begins]), joined, alone,
    )  # fmt: skip
    first, after, new = np.nonzero(joined)
    (steps,) = np.nonzero(alone)
    return {
        "first_end": np.concatenate([first, steps]), "after_end": np.concatenate([after, steps]),
        "is_new": np.concatenate([new == 1, np.ones(len(steps), dtype=bool)]),
        "alone": np.concatenate([np.zeros(len(first), dtype=bool), np.ones(len(steps), dtype=bool)]),
        "times": np.concatenate([joined[first, after, new], alone[steps]]),
    }  # fmt: skip


def _columns(arrays: Booked) -> list[Array]:
    return [fixed(column) for column in (arrays.who, arrays.ts, arrays.amount, arrays.what)]
