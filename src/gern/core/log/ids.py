"""Who a line is: (source, order, what it says, occurrence among identical lines of the order).

The log stores the occurrence only; the 64-bit id is derived from the row whenever it is needed,
so that it costs nothing on disk. Within one order 64 bits are plenty. Lines that came back
corrected from a reject file carry the id they were rejected with (``given_id``).
"""

from __future__ import annotations

import hashlib

TEXTS = ("customer", "product", "product_name", "product_group", "country", "store", "channel")
NUMBERS = ("quantity", "price", "amount")
CONTENT = ("ts", *TEXTS, *NUMBERS)
"""Columns that say what a line says, as typed values: the same from CSV, Excel or Parquet."""


def line_id_sql() -> str:
    """SQL over a row of the log: its id within (source, order)."""
    parts = ["epoch_us(ts)"]
    parts += [f"coalesce({name}, '')" for name in TEXTS]
    parts += [f"coalesce(CAST({name} AS VARCHAR), '')" for name in NUMBERS]
    said = line_hash(f"concat_ws(chr(31), {', '.join(parts)})")
    again = line_hash(f"{said} || '#' || place")
    return (
        f"CASE WHEN given_id IS NOT NULL THEN given_id WHEN place = 1 THEN {said} ELSE {again} END"
    )


def line_hash(text: str) -> str:
    """SQL: the upper 64 bits of the MD5 of a text, the digest read as little-endian."""
    return f"CAST(md5_number({text}) >> 64 AS UBIGINT)"


def text_hash(text: str) -> int:
    """The same number as `line_hash` gives in SQL."""
    return (
        int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest(), "little") >> 64
    )


def event_hash_sql() -> str:
    """SQL over a row: 64 bits that stand for (source, event id) in the dedupe runs."""
    return line_hash("source || chr(31) || event_id")


def event_hash(source: str, event_id: str) -> int:
    """The same number in Python."""
    return text_hash(f"{source}\x1f{event_id}")


def bucket_sql(buckets: int) -> str:
    """SQL over a row: which of ``buckets`` (a power of two) holds its person."""
    hashed = line_hash("coalesce(person, '')")
    return f"CAST({hashed} & {buckets - 1} AS INTEGER)"


def bucket(person: str, buckets: int) -> int:
    """The same number in Python."""
    return text_hash(person) & (buckets - 1)
