"""SQL that people and rooms may ask: one reading statement, over the relations of the door, in a
subset that means the same on every engine.

Two kinds of trouble are told apart: what is not allowed (writing, files, other tables) and what
is not portable (functions and forms that only one engine has).
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from gern.core.engines.door import RELATIONS
from gern.core.errors import BadInput

FUNCTIONS = frozenset(
    [
        "abs",
        "and",
        "any",
        "array",
        "arg_max",
        "arg_min",
        "avg",
        "between",
        "bool_and",
        "bool_or",
        "case",
        "cast",
        "ceil",
        "coalesce",
        "concat",
        "concat_ws",
        "contains",
        "count",
        "count_if",
        "date",
        "date_diff",
        "date_trunc",
        "day",
        "dense_rank",
        "epoch_us",
        "exp",
        "extract",
        "first_value",
        "floor",
        "greatest",
        "hour",
        "if",
        "lag",
        "last_value",
        "lead",
        "least",
        "left",
        "length",
        "list",
        "list_contains",
        "ln",
        "log",
        "lower",
        "ltrim",
        "make_timestamp",
        "max",
        "median",
        "min",
        "minute",
        "month",
        "nullif",
        "or",
        "power",
        "quantile",
        "quantile_cont",
        "quantile_disc",
        "rank",
        "replace",
        "right",
        "round",
        "row_number",
        "rtrim",
        "sign",
        "split",
        "sqrt",
        "starts_with",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "strftime",
        "strptime",
        "struct",
        "substr",
        "substring",
        "sum",
        "trim",
        "trunc",
        "try_cast",
        "upper",
        "variance",
        "var_pop",
        "var_samp",
        "week",
        "year",
        "json_extract",
        "json_extract_string",
    ]
)
"""What a query may call. Everything else is refused: also whatever could reach a file."""

_SAME = {
    "logical_or": "bool_or", "logical_and": "bool_and", "array_agg": "list",
    "timestamp_trunc": "date_trunc", "percentile_disc": "quantile_disc",
    "percentile_cont": "quantile_cont", "array_contains": "list_contains",
    "time_to_str": "strftime", "str_to_time": "strptime", "stddev": "stddev",
    "unix_to_time": "make_timestamp", "json_extract_scalar": "json_extract_string",
    "pow": "power", "ceil": "ceil", "max_by": "arg_max", "min_by": "arg_min",
    "date_to_date_str": "date", "ts_or_ds_to_date": "date", "datetime_trunc": "date_trunc",
    "str_position": "contains", "datetime_diff": "date_diff", "datediff": "date_diff", "approx_quantile": "approx_quantile",
}  # fmt: skip
_ONE_ENGINE = (exp.Pivot, exp.Lateral, exp.Lambda, exp.TableSample, exp.Columns)


@lru_cache(maxsize=500)
def relations_of(sql: str) -> frozenset[str]:
    """The relations this query reads. ``BadInput`` when it may not be asked."""
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except SqlglotError as error:
        raise BadInput(f"This is no SQL that can be read: {_short(error)}", param="SQL") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise BadInput(
            "Only one SELECT can be asked here (WITH … SELECT, UNION too); nothing is changed.",
            param="SQL",
        )
    query: exp.Expr = statements[0]
    own = {cte.alias_or_name for cte in query.find_all(exp.CTE)}
    taken = own & set(RELATIONS)
    if taken:
        raise BadInput(f"The name {min(taken)} is taken; call the step otherwise.", param="SQL")
    names = set()
    for table in query.find_all(exp.Table):
        name = table.name
        if table.db or table.catalog or not isinstance(table.this, exp.Identifier):
            raise BadInput(
                f"{table.sql(dialect='duckdb')} cannot be read here. {_THERE}", param="SQL"
            )
        if name not in own and name not in RELATIONS:
            raise BadInput(f"There is no relation {name!r}. {_THERE}", param="SQL")
        names.add(name)
    _check_functions(query)
    return frozenset(names & set(RELATIONS))


def not_portable(sql: str) -> list[str]:
    """Why this query would mean something else, or nothing, on another engine."""
    query = sqlglot.parse_one(sql, dialect="duckdb")
    found = [type(node).__name__.upper() for kind in _ONE_ENGINE for node in query.find_all(kind)]
    found += [
        "* EXCLUDE / REPLACE"
        for star in query.find_all(exp.Star)
        if star.args.get("except_") or star.args.get("except") or star.args.get("replace")
    ]
    try:
        query.sql(dialect="clickhouse", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        found.append(_short(error))
    return found


_THERE = f"There are: {', '.join(RELATIONS)}."


def _check_functions(query: exp.Expr) -> None:
    for node in query.find_all(exp.Func):
        said = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        name = _SAME.get(said.lower(), said.lower())
        if name not in FUNCTIONS:
            raise BadInput(
                f"The function {name} cannot be used here. Allowed: {', '.join(sorted(FUNCTIONS))}.",
                param="SQL",
            )
    for kind in _ONE_ENGINE:
        if query.find(kind):
            raise BadInput(f"{kind.__name__.upper()} cannot be used here.", param="SQL")


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
