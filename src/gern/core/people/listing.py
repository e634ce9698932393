"""Lists of customers: searched, filtered, sorted, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gern.core.conditions.customer_fields import DUE, GRACE
from gern.core.engines.door import Door
from gern.core.engines.duckdb import literal
from gern.core.engines.kept import sweep_others
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.people.finding import compact, folded, folded_sql, number_core
from gern.core.people.portfolio import Place

SORTS = {
    "revenue": "revenue DESC",
    "purchases": "purchases DESC",
    "last": "last_purchase DESC NULLS LAST",
    "first": "first_purchase DESC NULLS LAST",
    "seen": "last_seen DESC NULLS LAST",
    "due": f"{DUE} ASC NULLS LAST",
    "name": "name IS NULL, names ASC",
    "customer": "person ASC",
}
"""Orders a list can have; the first is the usual one."""
COLUMNS = ("name", "company", "email", "phone", "street", "postcode", "city", "country", "birthday",
           "card", "language", "revenue", "purchases", "first_purchase", "last_purchase",
           "rhythm_days", "due", "first_seen", "last_seen")  # fmt: skip
"""What a list can show beside the customer's id."""
MISSPELT = 4
"""Shorter words are looked for as they are."""
MOST_ALIKE = 30
_OVERDUE = f"{DUE} + {GRACE} < $today"


@dataclass(frozen=True)
class Subset:
    """``sql``: people, one column ``person``; ``values``: what it binds, under names of its own."""

    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Filter:
    """Who is wanted; None or empty: everybody. Times are naive UTC; ``among``: only these."""

    search: str = ""
    by_name: bool = False
    """The search looks at names and ids only, not at addresses and numbers."""
    country: str | None = None
    least_purchases: int | None = None
    least_revenue: Decimal | None = None
    bought_since: datetime | None = None
    not_since: datetime | None = None
    overdue: bool = False
    among: tuple[str, ...] | None = None
    place: Place | None = None
    """In the portfolio."""
    subsets: tuple[Subset, ...] = ()
    """In every one of these: audiences, parts of the plane."""

    @property
    def is_empty(self) -> bool:
        """Whether everybody is wanted."""
        return replace(self, by_name=False) == Filter()


@dataclass(frozen=True)
class Found:
    """A page of the list. ``like``: nobody was found by the words themselves, these are alike."""

    rows: list[dict[str, Any]]
    total: int
    like: bool = False


_BY_NAME = folded_sql("concat_ws(' ', name, company, person)")
_VOCABULARY = "SELECT DISTINCT unnest(string_split(names, ' ')) AS word FROM customers"


def find(
    door: Door, wanted: Filter, today: date, *, columns: tuple[str, ...] = COLUMNS,
    sort: str = "revenue", limit: int | None = 50, offset: int = 0,
) -> Found:  # fmt: skip
    """Customers that fit, each with ``person`` and the ``columns``. ``today``, a local day,
    decides who is overdue. ``BadInput`` for an order or a column there is not.

    Words are compared without case and accents, umlauts written out; numbers (ids, cards,
    phones) without blanks and punctuation. When nothing fits, words that differ by a letter or
    two are taken.
    """
    if sort not in SORTS:
        raise BadInput(f"{sort!r} is no order. Allowed: {', '.join(SORTS)}.", param="sort")
    if unknown := set(columns) - set(COLUMNS):
        raise BadInput(f"{min(unknown)!r} is no column. Allowed: {', '.join(COLUMNS)}.", param="columns")  # fmt: skip
    words = _words(wanted.search)
    page = _hits if words else _page
    found = page(
        door, *_where(wanted, today, [[word] for word in words]), columns, sort, limit, offset
    )
    if found.total or not any(len(word) >= MISSPELT for word in words):
        return found
    alike = [_alike(door, word, today) for word in words]
    if not all(alike):
        return found
    close = _hits(door, *_where(wanted, today, alike), columns, sort, limit, offset)
    return replace(close, like=close.total > 0)


def countries(door: Door) -> list[str]:
    """Where customers are, the most frequent first."""
    rows = door.ask(
        Question(
            "SELECT country, count(*) AS n FROM customers WHERE country IS NOT NULL"
            " GROUP BY country ORDER BY n DESC, country LIMIT 200",
            {},
            "countries of customers",
        )
    )
    return [str(row["country"]) for row in rows]


def _page(
    door: Door, where: str, values: dict[str, Any], columns: tuple[str, ...], sort: str,
    limit: int | None, offset: int,
) -> Found:  # fmt: skip
    total = door.ask(
        Question(f"SELECT count(*) AS n FROM customers WHERE {where}", values, "list of customers")
    )[0]["n"]
    if not total:
        return Found([], 0)
    rows = door.ask(
        Question(
            f"SELECT {_shown(columns)} FROM customers WHERE {where}"
            f" ORDER BY {SORTS[sort]}, person{_cut(limit, offset)}",
            values,
            "list of customers",
        )
    )
    return Found(rows, int(total))


def _hits(
    door: Door, where: str, values: dict[str, Any], columns: tuple[str, ...], sort: str,
    limit: int | None, offset: int,
) -> Found:  # fmt: skip
    """The same for few among many: looking through the words of all customers, which takes the time,
    happens once."""
    rows = door.ask(
        Question(
            f"WITH hits AS MATERIALIZED (SELECT * FROM customers WHERE {where})"
            f" SELECT {_shown(columns)}, (SELECT count(*) FROM hits) AS all_hits FROM hits"
            f" ORDER BY {SORTS[sort]}, person{_cut(limit, offset)}",
            values,
            "list of customers",
        )
    )
    if not rows and offset:  # past the end
        return _page(door, where, values, columns, sort, limit, offset)
    total = rows[0]["all_hits"] if rows else 0
    return Found([{k: v for k, v in row.items() if k != "all_hits"} for row in rows], int(total))


def _shown(columns: tuple[str, ...]) -> str:
    return ", ".join(["person", *(f"{DUE} AS due" if c == "due" else c for c in columns)])


def _cut(limit: int | None, offset: int) -> str:
    return "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(offset)}"


def _words(search: str) -> list[str]:
    return folded(search).split()[:8]


def _alike(door: Door, word: str, today: date) -> list[str]:
    """The word, and words of names that differ from it by a letter or two."""
    if len(word) < MISSPELT:
        return [word]
    most = 1 if len(word) < 7 else 2
    path = door.kept("vocabulary", _vocabulary(today))
    words = f"SELECT word FROM read_parquet({literal(str(path))})" if path else _VOCABULARY
    rows = door.ask(
        Question(
            f"WITH vocabulary AS ({words}),"
            " near AS MATERIALIZED (SELECT word FROM vocabulary WHERE levenshtein(word, $word) <="
            f" {most + 1})"  # the other measure knows letters changed over, and is 16 times as slow
            f" SELECT word FROM near WHERE damerau_levenshtein(word, $word) <= {most}"
            f" ORDER BY damerau_levenshtein(word, $word), word LIMIT {MOST_ALIKE}",
            {"word": word},
            "words alike",
        )
    )
    return [str(row["word"]) for row in rows]


def prepare(door: Door, today: date) -> None:
    """Work out the words of names, for search with typing errors: in a large log once a day."""
    path = door.keep("vocabulary", _vocabulary(today), daily=True)
    sweep_others(path, "vocabulary")


def _vocabulary(today: date) -> Question:
    return Question(_VOCABULARY, {"today": today}, "words of names")


def _where(wanted: Filter, today: date, words: list[list[str]]) -> tuple[str, dict[str, Any]]:
    """``words``: of each list one must be found."""
    conditions: list[str] = []
    values: dict[str, Any] = {}
    core = None if wanted.by_name else number_core(wanted.search)
    text = _BY_NAME if wanted.by_name else "words"
    fits = []
    for i, any_of in enumerate(words):
        ways = []
        for k, word in enumerate(any_of):
            values[f"word_{i}_{k}"] = word
            ways.append(f"contains({text}, $word_{i}_{k})")
        if len(any_of) == 1 and not wanted.by_name and (bare := compact(any_of[0])):
            values[f"bare_{i}"] = bare
            ways.append(f"contains(numbers, $bare_{i})")
        fits.append(f"({' OR '.join(ways)})")
    if fits:
        found = " AND ".join(fits)
        if core:
            values["core"] = core
            found = f"({found}) OR contains(numbers, $core)"
        conditions.append(f"({found})")
    simple = (
        ("country", "country = $country", wanted.country),
        ("least_purchases", "purchases >= $least_purchases", wanted.least_purchases),
        ("least_revenue", "revenue >= $least_revenue", wanted.least_revenue),
        ("bought_since", "last_purchase >= $bought_since", wanted.bought_since),
        ("not_since", "last_purchase < $not_since", wanted.not_since),
        ("among", "person IN (SELECT unnest($among))", None if wanted.among is None else list(wanted.among)),
    )  # fmt: skip
    for name, sql, value in simple:
        if value is not None:
            conditions.append(sql)
            values[name] = value
    if wanted.place is not None:
        inside, own = wanted.place.condition()
        conditions.append(inside)
        values |= own
    for subset in wanted.subsets:
        conditions.append(f"person IN ({subset.sql})")
        values |= subset.values
    if wanted.overdue:
        conditions.append(f"coalesce({_OVERDUE}, false)")
        values["today"] = today
    return " AND ".join(conditions) or "true", values
