"""Who the members are: age, place, what was said of them."""

from __future__ import annotations

from collections.abc import Sequence

from gern.core.conditions.sql import trait_sql
from gern.core.people.contact import field_of, plain_key
from gern.core.people.profile.asking import LEAST, Asking, Measured, listed
from gern.core.text import Text

MOST_TRAITS = 20
GENERATIONS = (
    (1928, Text("stille Generation", "silent generation")),
    (1946, Text("Babyboomer", "baby boomers")), (1965, Text("Generation X", "generation X")),
    (1981, Text("Generation Y", "generation Y")), (1997, Text("Generation Z", "generation Z")),
    (2013, Text("Generation Alpha", "generation alpha")),
)  # fmt: skip
"""First year of birth of each."""
_BORN = "coalesce(TRY_CAST(birthday AS DATE), CAST(try_strptime(birthday, ['%d.%m.%Y', '%d/%m/%Y']) AS DATE))"  # fmt: skip
_KINDS = {"company": Text("Firma", "firm"), "person": Text("Privatperson", "private person")}
_REGION = (
    "CASE WHEN length(postcode) = 5 AND TRY_CAST(postcode AS INTEGER) IS NOT NULL"
    " THEN left(postcode, 2) || '…' END"
)
_SECTIONS = (
    ("person", ("gender", "geschlecht", "salutation", "anrede", "profession", "beruf", "job",
                "occupation", "title", "titel", "position")),
    ("hobbies", ("hobb", "interest", "interess")),
    ("firm", ("industry", "branche", "employees", "mitarbeiter", "rechtsform", "legalform")),
    ("trade", ("supplier", "lieferant", "technolog")),
    ("means", ("income", "einkommen", "education", "bildung", "children", "kinder", "family",
               "familie", "marital", "household", "haushalt", "housing", "budget")),
)  # fmt: skip
"""Where a trait belongs, by what its name has in it; the others tell of behaviour."""


def ages(ask: Asking) -> list[Measured]:
    """Age, and of which generation most are."""
    born = f"SELECT person, {_BORN} AS day FROM customers"
    row = ask.rows(
        f"born AS (SELECT day FROM ({born}) SEMI JOIN chosen USING (person)), aged AS ("
        " SELECT date_diff('year', day, $today) - CASE WHEN (month(day), day(day)) >"
        " (month($today), day($today)) THEN 1 ELSE 0 END AS age FROM born"
        " WHERE day BETWEEN DATE '1900-01-01' AND $today)"
        " SELECT count(*) AS n, quantile_disc(age, 0.5) AS middle, quantile_disc(age, 0.25) AS low,"
        " quantile_disc(age, 0.75) AS high FROM aged",
        today=ask.today,
    )[0]
    if row["n"] < 4 * LEAST:
        return []
    low, high, n = row["low"], row["high"], row["n"]
    half = f"{low}" if low == high else f"{low}–{high}"
    branches = " ".join(
        f"WHEN year(day) >= {since} THEN '{i}'"
        for i, (since, _) in reversed(list(enumerate(GENERATIONS)))
    )
    tops = ask.tops(f"CASE {branches} END", f"{born} WHERE day BETWEEN DATE '1900-01-01' AND $today",
                    today=ask.today)  # fmt: skip
    names = {str(i): name for i, (_, name) in enumerate(GENERATIONS)}
    found = [
        Measured("person", Text("Alter", "Age"),
                 Text(f"{row['middle']} Jahre; die mittlere Hälfte {half}",
                      f"{row['middle']} years; the middle half {half}"), n),
    ]  # fmt: skip
    if tops:
        found.append(Measured("person", Text("Generation", "Generation"), listed(tops[:1], names), n))  # fmt: skip
    return found


def places(ask: Asking) -> list[Measured]:
    """Where they are, what they speak, firm or not; not what is true of every customer."""
    found = []
    for section, label, value, called in (
        ("person", Text("Ort", "Town"), "city", None),
        ("context", Text("Region (Postleitzahl)", "Region (postcode)"), _REGION, None),
        ("context", Text("Land", "Country"), "country", None),
        ("person", Text("Sprache", "Language"), "language", None),
        ("person", Text("Firma oder Privatperson", "Firm or private person"),
         "CASE WHEN company IS NOT NULL THEN 'company' ELSE 'person' END", _KINDS),
    ):  # fmt: skip
        tops = ask.tops(value, "SELECT * FROM customers")
        if tops and not (tops[0].n == tops[0].known and tops[0].n_all == tops[0].known_all):
            found.append(Measured(section, label, listed(tops, called), tops[0].known))
    return found


def traits(ask: Asking, names: Sequence[str]) -> list[Measured]:
    """What else was said of them. Of many traits those that most customers have come first."""
    others = [name for name in names if field_of(name) is None]
    found = []
    for name in others[:MOST_TRAITS]:
        if tops := ask.tops("value", f"SELECT * FROM ({trait_sql(name, 'ts < $until')})"):
            found.append(Measured(section_of(name), Text(name, name), listed(tops), tops[0].known))
    return found


def section_of(trait: str) -> str:
    """Where a trait belongs."""
    key = plain_key(trait)
    return next((section for section, parts in _SECTIONS if any(part in key for part in parts)),
                "behaviour")  # fmt: skip
