"""Text to exact numbers, whatever the country: ``1.234,56``, ``1,234.56``, ``£ 2.55``, ``(5)``."""

from __future__ import annotations

from dataclasses import dataclass

from gern.core.engines.duckdb import Connection, quoted
from gern.core.imports.reading import text_of

DECIMAL = "DECIMAL(18,6)"
_CURRENCY = "'[\\s\\x{00a0}\\x{202f}€$£¥''’]|EUR|USD|GBP|CHF'"


@dataclass(frozen=True)
class NumberReading:
    """``value``: SQL for the number (NULL when it is none); ``given``: SQL, is a value there?

    ``note`` is set when the file leaves open what a separator means.
    """

    value: str
    given: str
    note: str | None = None
    whole: bool = False
    """Only whole numbers can occur."""


def read_number(con: Connection, column: str, type_: str) -> NumberReading:
    """How to read this column, decided once for the whole column.

    A comma or dot followed by other than three digits proves which one is the decimal sign.
    Without proof ``1.234`` has a decimal point and ``1,234`` a thousands comma, and ``note``
    says that the file leaves it open.
    """
    name = quoted(column)
    if type_ in ("DOUBLE", "FLOAT"):
        finite = f"CASE WHEN isfinite({name}) THEN {name} END"
        return NumberReading(
            f"TRY_CAST({finite} AS {DECIMAL})", f"({name} IS NOT NULL AND NOT isnan({name}))"
        )
    if type_.startswith("DECIMAL") or type_.endswith("INT"):
        value, given = f"TRY_CAST({name} AS {DECIMAL})", f"{name} IS NOT NULL"
        return NumberReading(value, given, whole=type_.endswith("INT"))
    text = text_of(column, type_)
    bare = (
        f"regexp_replace(regexp_replace({text}, {_CURRENCY}, '', 'g'),"
        " '^\\((.*)\\)$|^(.*)-$', '-\\1\\2')"
    )
    row = con.execute(
        "SELECT count(t) FILTER (NOT regexp_full_match(t, '[-+]?\\d+(\\.\\d+)?')),"
        " count(x) FILTER (regexp_matches(x, ',\\d{1,2}$|,\\d{4,}$|\\d\\.\\d{3},')),"
        " count(x) FILTER (regexp_matches(x, '\\.\\d{1,2}$|\\.\\d{4,}$|\\d,\\d{3}\\.')),"
        " count(x) FILTER (regexp_full_match(x, '[-+]?\\d{1,3}([.,]\\d{3})+'))"
        f" FROM (SELECT {text} AS t, {bare} AS x FROM picked)"
    ).fetchone()
    other, commas, dots, open_ = row or (0, 0, 0, 0)
    given = f"({text}) IS NOT NULL"
    note = "separator_open" if open_ and not commas and not dots else None
    if commas == 0 and other == 0:
        return NumberReading(f"TRY_CAST({text} AS {DECIMAL})", given, note)
    return NumberReading(_with_separators(bare, comma_is_decimal=commas > dots), given, note)


def _with_separators(bare: str, *, comma_is_decimal: bool) -> str:
    """SQL: the number, with grouping signs taken out and a point as the decimal sign."""
    grouping = "." if comma_is_decimal else ","
    grouped = f"regexp_full_match(b, '[-+]?\\d{{1,3}}(\\{grouping}\\d{{3}})+')"
    return f"""TRY_CAST(list_transform([{bare}], lambda b: CASE
      WHEN regexp_full_match(b, '[-+]?\\d{{1,3}}(\\.\\d{{3}})+,\\d+')
        THEN replace(replace(b, '.', ''), ',', '.')
      WHEN regexp_full_match(b, '[-+]?\\d{{1,3}}(,\\d{{3}})+\\.\\d+') THEN replace(b, ',', '')
      WHEN {grouped} THEN replace(b, '{grouping}', '')
      ELSE replace(b, ',', '.') END)[1] AS {DECIMAL})"""
