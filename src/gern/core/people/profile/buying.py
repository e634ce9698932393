"""How often, how much, what, where and when the members buy."""

from __future__ import annotations

from typing import Any

from gern.core.engines.local import local_clock_sql
from gern.core.people.portfolio import portfolio_sql
from gern.core.people.profile.asking import LEAST, Asking, Measured, Top, beside, listed, share
from gern.core.text import Text

CLEARLY = 1.5
"""A day, hour or season is told when so many times as many people prefer it as chance would give."""
_DAYS = tuple(map(Text, ("montags", "dienstags", "mittwochs", "donnerstags", "freitags", "samstags", "sonntags"),
                  ("on Mondays", "on Tuesdays", "on Wednesdays", "on Thursdays", "on Fridays", "on Saturdays", "on Sundays")))  # fmt: skip
_SEASONS = tuple(map(Text, ("im Winter", "im Frühling", "im Sommer", "im Herbst"),
                     ("in winter", "in spring", "in summer", "in autumn")))  # fmt: skip
_HOURS = (
    (5, Text("früh (5–9 Uhr)", "early (5 to 9)")),
    (9, Text("vormittags (9–12 Uhr)", "in the morning (9 to 12)")),
    (12, Text("mittags (12–14 Uhr)", "at noon (12 to 14)")),
    (14, Text("nachmittags (14–18 Uhr)", "in the afternoon (14 to 18)")),
    (18, Text("abends (18–22 Uhr)", "in the evening (18 to 22)")),
    (22, Text("nachts (22–5 Uhr)", "at night (22 to 5)")),
)
_BOUGHT = "FROM orders WHERE purchase AND person IS NOT NULL AND ts >= $since AND ts < $until"
_CHANNELS = {
    "web": Text("Website", "website"), "app": Text("App", "app"), "server": Text("Shopsystem", "shop system"),
    "store": Text("Filiale", "store"), "pos": Text("Kasse", "till"),
}  # fmt: skip


def habits(ask: Asking, size: int) -> list[Measured]:
    """How often and how much: medians over people, so that nobody's purchases alone are told."""
    row = ask.rows(
        f"bought AS (SELECT person, count(*) AS purchases, sum(value) AS value {_BOUGHT} GROUP BY person),"
        " marked AS (SELECT b.*, c.person IS NOT NULL AS inside FROM bought AS b LEFT JOIN chosen AS c"
        " ON c.person = b.person), every AS (SELECT count(*) AS n FROM customers)"
        " SELECT count(*) FILTER (inside) AS n, count(*) AS n_all, any_value(every.n) AS everybody,"
        " quantile_disc(purchases, 0.5) FILTER (inside) AS often, quantile_disc(purchases, 0.5) AS often_all,"
        " median(value / purchases) FILTER (inside) AS basket, median(value / purchases) AS basket_all,"
        " median(value) FILTER (inside) AS year, median(value) AS year_all"
        " FROM marked RIGHT JOIN every ON true"
    )[0]
    n = row["n"]
    if n < LEAST:
        return []
    currency = ask.shop.currency
    found = [
        Measured("behaviour", Text("Hat in zwölf Monaten gekauft", "Bought in twelve months"),
                 share(Top("", n, size, row["n_all"], row["everybody"])), size),
        Measured("behaviour", Text("Käufe im Jahr (Median)", "Purchases a year (median)"),
                 beside(row["often"], row["often_all"]), n),
        Measured("behaviour", Text(f"Warenkorb (Median, {currency})", f"Basket (median, {currency})"),
                 beside(row["basket"], row["basket_all"]), n),
        Measured("means", Text(f"Umsatz im Jahr (Median, {currency})", f"Revenue a year (median, {currency})"),
                 beside(row["year"], row["year_all"]), n),
    ]  # fmt: skip
    rhythm = ask.rows(
        "known AS (SELECT rhythm_days FROM customers SEMI JOIN chosen USING (person) WHERE rhythm_days"
        " IS NOT NULL) SELECT count(*) AS n, quantile_disc(rhythm_days, 0.5) AS days FROM known"
    )[0]
    if rhythm["n"] >= LEAST:
        found.append(Measured("behaviour", Text("Tage zwischen Käufen (Median)", "Days between purchases (median)"),
                              beside(rhythm["days"], None), rhythm["n"]))  # fmt: skip
    inner, values = portfolio_sql(ask.year)
    classes = ask.tops("abc", inner, **dict[str, Any](values))
    found += [
        Measured("means", Text("Kunden der Klasse A", "Customers of class A"), share(top), top.known)
        for top in classes if top.value == "A"
    ]  # fmt: skip
    return found


def goods(ask: Asking) -> list[Measured]:
    """What they buy, and where; without fees."""
    lines = (
        "SELECT * FROM lines WHERE person IS NOT NULL AND quantity > 0 AND amount > 0 AND ts >= $since"
        " AND ts < $until AND NOT coalesce(list_contains($fees, product), false)"
    )
    found = []
    for section, label, value, relation in (
        ("behaviour", Text("Kauft vor allem", "Buys above all"), "product_group", lines),
        ("behaviour", Text("Häufigste Produkte", "Most frequent products"), "coalesce(product_name, product)", lines),
        ("context", Text("Kauft über", "Buys by"), "channel", f"SELECT * {_BOUGHT}"),
        ("context", Text("Filiale", "Store"), "store", f"SELECT * {_BOUGHT}"),
    ):  # fmt: skip
        tops = ask.tops(value, relation)
        if value == "channel" and tops and tops[0].n_all == tops[0].known_all:
            continue  # everybody does
        if tops:
            found.append(Measured(section, label, listed(tops, _CHANNELS), tops[0].known))
    return found


def times(ask: Asking) -> list[Measured]:
    """When they buy: each member by their own most frequent day, season and part of the day."""
    years = (ask.year.start.year - 1, ask.year.end.year + 1)
    clock = local_clock_sql("ts", ask.shop.zone, *years)
    part = " + ".join(f"CASE WHEN hour(clock) >= {begin} THEN 1 ELSE 0 END" for begin, _ in _HOURS)
    found = []
    for label, value, names, where in (
        (Text("Kauft am häufigsten", "Buys most often"), "isodow(clock) - 1", _DAYS, ""),
        (Text("Jahreszeit der Käufe", "Season of purchases"), "(month(clock) % 12) // 3", _SEASONS, ""),
        (Text("Tageszeit der Käufe", "Time of day of purchases"),
         f"({part} + {len(_HOURS) - 1}) % {len(_HOURS)}", tuple(name for _, name in _HOURS),
         " AND NOT day_only"),
    ):  # fmt: skip
        own = (
            f"SELECT person, mode({value}) AS preferred FROM (SELECT person, {clock} AS clock {_BOUGHT}{where})"
            " GROUP BY person"
        )
        tops = ask.tops("preferred", own)[:1]
        if tops and tops[0].share * len(names) >= CLEARLY:
            called = {str(i): name for i, name in enumerate(names)}
            found.append(Measured("context", label, listed(tops, called), tops[0].known))
    return found
