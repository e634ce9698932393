"""SQL that people and rooms may ask: one reading statement, over the relations of the door, in a
subset that means the same on every engine.

Two kinds of trouble are told apart: what is not allowed (writing, files, other tables) and what
is not portable (functions and forms that only one engine has).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from gern.core.engines.relations import RELATIONS
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
        "exists",
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
        "unnest",
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
    "pow": "power", "explode": "unnest", "ceil": "ceil", "max_by": "arg_max", "min_by": "arg_min",
    "date_to_date_str": "date", "ts_or_ds_to_date": "date", "datetime_trunc": "date_trunc",
    "str_position": "contains", "datetime_diff": "date_diff", "datediff": "date_diff", "approx_quantile": "approx_quantile",
}  # fmt: skip
_ONE_ENGINE = (exp.Pivot, exp.Lateral, exp.Lambda, exp.TableSample, exp.Columns)


@dataclass(frozen=True)
class Allowed:
    """A query that may be asked: what is run (written anew from what was understood, so that
    nothing can mean one thing to the check and another to the engine), and what it reads."""

    sql: str
    relations: frozenset[str]


@lru_cache(maxsize=500)
def allowed(sql: str) -> Allowed:
    """The query, checked. ``BadInput`` when it may not be asked."""
    try:
        query = _parsed(sql)
        relations = _relations(query)
        _check_functions(query)
        return Allowed(query.sql(dialect="duckdb", identify=True, comments=False), relations)
    except (SqlglotError, RecursionError) as error:
        raise BadInput(f"This is no SQL that can be read: {_short(error)}", param="SQL") from None


def _parsed(sql: str) -> exp.Query:
    statements = sqlglot.parse(sql, dialect="duckdb")
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise BadInput(
            "Only one SELECT can be asked here (WITH … SELECT, UNION too); nothing is changed.",
            param="SQL",
        )
    return statements[0]


def _relations(query: exp.Query) -> frozenset[str]:
    """The relations it reads; every name is looked up where it stands, as the engine does."""
    taken = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)} & set(RELATIONS)
    if taken:
        raise BadInput(f"The name {min(taken)} is taken; call the step otherwise.", param="SQL")
    scopes = traverse_scope(query)
    seen = {id(table) for scope in scopes for table in scope.tables}
    for table in query.find_all(exp.Table):
        plain = isinstance(table.this, exp.Identifier) and not table.db and not table.catalog
        if not plain or id(table) not in seen:
            raise BadInput(
                f"{table.sql(dialect='duckdb')} cannot be read here. {_THERE}", param="SQL"
            )
    read = {
        source.name.lower()
        for scope in scopes
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }
    if unknown := read - set(RELATIONS):
        raise BadInput(f"There is no relation {min(unknown)!r}. {_THERE}", param="SQL")
    return frozenset(read)


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
