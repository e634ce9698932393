"""What a set of customers has in common, measured: the ground a persona is drawn on.

Everything is said of at least `LEAST` people and, where that tells something, beside the share among
all customers. What is not known of enough of them is not said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING, Any

from gern.core.conditions.fields import field_named
from gern.core.conditions.sql import event_sql, trait_sql
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.figures.periods import Period
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.figures.roles import role_condition
from gern.core.people.contact import field_of, plain_key
from gern.core.people.listing import Subset
from gern.core.people.plane import attached
from gern.core.people.portfolio import period_of, portfolio_sql
from gern.core.text import Text
from gern.core.zones import zone_named

if TYPE_CHECKING:
    from gern.core.shop import Shop

LEAST = 5
"""Fewer people than this are not told of: it could be somebody."""
LEAST_MEMBERS = 20
SHOWN = 3
"""So many of the most frequent values are shown."""
MOST_TRAITS, MOST_VALUES = 20, 60
"""Traits with more different values than this are of one person each, not of a group."""
GENERATIONS = (
    (1928, Text("vor den Babyboomern", "before the baby boomers")),
    (1946, Text("Babyboomer", "baby boomers")), (1965, Text("Generation X", "generation X")),
    (1981, Text("Generation Y", "generation Y")), (1997, Text("Generation Z", "generation Z")),
    (2013, Text("Generation Alpha", "generation alpha")),
)  # fmt: skip
"""First year of birth of each."""
DAYS = (
    Text("montags", "on Mondays"), Text("dienstags", "on Tuesdays"), Text("mittwochs", "on Wednesdays"),
    Text("donnerstags", "on Thursdays"), Text("freitags", "on Fridays"),
    Text("samstags", "on Saturdays"), Text("sonntags", "on Sundays"),
)  # fmt: skip
HOURS = (
    (5, Text("früh (5–9 Uhr)", "early (5 to 9)")), (9, Text("vormittags (9–12 Uhr)", "in the morning (9 to 12)")),
    (12, Text("mittags (12–14 Uhr)", "at noon (12 to 14)")), (14, Text("nachmittags (14–18 Uhr)", "in the afternoon (14 to 18)")),
    (18, Text("abends (18–22 Uhr)", "in the evening (18 to 22)")), (22, Text("nachts (22–5 Uhr)", "at night (22 to 5)")),
)  # fmt: skip
SEASONS = (Text("im Winter", "in winter"), Text("im Frühling", "in spring"),
           Text("im Sommer", "in summer"), Text("im Herbst", "in autumn"))  # fmt: skip
_BORN = "coalesce(TRY_CAST(birthday AS DATE), CAST(try_strptime(birthday, '%d.%m.%Y') AS DATE))"
_WHO = ("gender", "geschlecht", "salutation", "anrede", "profession", "beruf", "job", "occupation",
        "title", "titel", "position")  # fmt: skip
_GOALS = ("hobb", "interest", "interess")
_MEANS = ("income", "einkommen", "education", "bildung", "children", "kinder", "family", "familie",
          "marital", "household", "haushalt", "housing", "industry", "branche", "employees", "mitarbeiter")  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One thing: in which ``section`` it belongs, what it is, what was found, of how many members
    it is known (``n``)."""

    section: str
    label: Text
    value: Text
    n: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Top:
    """A value, of how many members, among how many of whom it is known; and among all customers."""

    value: str
    n: int
    known: int
    share_of_all: float

    @property
    def share(self) -> float:
        return self.n / self.known


class _Asking:
    """Questions about the members beside all customers."""

    def __init__(self, shop: Shop, members: Subset, today: date):
        self.shop = shop
        self.today = today
        self.members = members
        self.year: Period = period_of(today, shop.zone)

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """``sql`` may name ``chosen`` (person) and ``$since``, ``$until`` of the year."""
        given = {"since": self.year.since, "until": self.year.until, **values}
        used = {k: v for k, v in given.items() if f"${k}" in sql}
        whole = f"WITH chosen AS (SELECT DISTINCT person FROM ({self.members.sql})), {sql}"
        return self.shop.door.ask(Question(whole, {**self.members.values, **used}, "profile of an audience"))  # fmt: skip

    def tops(self, value: str, relation: str, **values: Any) -> list[_Top]:
        """The most frequent values of the members. ``relation``: SQL of rows with ``person``; a
        member has a value once."""
        rows = self.rows(
            f"had AS (SELECT DISTINCT person, {value} AS value FROM ({relation})),"
            " marked AS (SELECT h.person, h.value, c.person IS NOT NULL AS inside FROM had AS h"
            " LEFT JOIN chosen AS c ON c.person = h.person WHERE h.value IS NOT NULL AND h.value <> ''),"
            " known AS (SELECT count(DISTINCT person) FILTER (inside) AS members,"
            " count(DISTINCT person) AS everybody FROM marked)"
            " SELECT value, count(*) FILTER (inside) AS n, count(*) AS n_all, any_value(k.members) AS"
            " members, any_value(k.everybody) AS everybody"
            " FROM marked CROSS JOIN known AS k GROUP BY value ORDER BY n DESC, value"
            f" LIMIT {SHOWN}",
            **values,
        )
        return [
            _Top(str(r["value"]), r["n"], r["members"], r["n_all"] / r["everybody"])
            for r in rows
            if r["n"] >= LEAST
        ]


def profile(shop: Shop, members: Subset, today: date, traits: Sequence[str] = ()) -> list[Measured]:
    """All that can be said of these customers, as of a day. ``traits``: names of what else is said
    of customers. ``BadInput``: there are too few of them."""
    ask = _Asking(shop, members, today)
    size = ask.rows("known AS (SELECT person FROM customers SEMI JOIN chosen USING (person))"
                    " SELECT count(*) AS n FROM known")[0]["n"]  # fmt: skip
    if size < LEAST_MEMBERS:
        raise BadInput(
            f"A persona is drawn from {LEAST_MEMBERS} customers or more, so that it shows none of them;"
            f" there are {size}.",
            param="audience",
            german=f"Eine Persona wird aus mindestens {LEAST_MEMBERS} Kunden gezeichnet, damit sie"
            f" keinen von ihnen zeigt; es sind {size}.",
        )
    return [
        *_age(ask),
        *_contact(ask),
        *_traits(ask, traits),
        *_buying(ask, size),
        *_products(ask),
        *_times(ask),
        *_contacts(ask, size),
        *_feelings(ask),
    ]


def _age(ask: _Asking) -> list[Measured]:
    row = ask.rows(
        f"born AS (SELECT {_BORN} AS day FROM customers SEMI JOIN chosen USING (person)), aged AS ("
        " SELECT date_diff('year', day, $today) - CASE WHEN (month(day), day(day)) >"
        " (month($today), day($today)) THEN 1 ELSE 0 END AS age, year(day) AS year FROM born"
        " WHERE day BETWEEN DATE '1900-01-01' AND $today)"
        " SELECT count(*) AS n, quantile_disc(age, 0.5) AS middle, quantile_disc(age, 0.25) AS low,"
        " quantile_disc(age, 0.75) AS high, quantile_disc(year, 0.5) AS year FROM aged",
        today=ask.today,
    )[0]
    if row["n"] < 2 * LEAST:
        return []
    low, high, n = row["low"], row["high"], row["n"]
    half = f"{low}" if low == high else f"{low}–{high}"
    born = [name for since, name in GENERATIONS if since <= row["year"]]
    generation = born[-1] if born else GENERATIONS[0][1]
    return [
        Measured("person", Text("Alter", "Age"),
                 Text(f"{row['middle']} Jahre; die mittlere Hälfte {half}",
                      f"{row['middle']} years; the middle half {half}"), n),
        Measured("person", Text("Generation", "Generation"), generation, n),
    ]  # fmt: skip


def _contact(ask: _Asking) -> list[Measured]:
    found = []
    for label, value, section in (
        (Text("Ort", "Town"), "city", "person"),
        (Text("Region (Postleitzahl)", "Region (postcode)"),
         "CASE WHEN length(postcode) = 5 AND TRY_CAST(postcode AS INTEGER) IS NOT NULL THEN left(postcode, 2) || '…' END", "context"),
        (Text("Land", "Country"), "country", "context"),
        (Text("Sprache", "Language"), "language", "person"),
        (Text("Firma oder Privatperson", "Firm or private person"),
         "CASE WHEN company IS NOT NULL THEN 'company' ELSE 'person' END", "person"),
    ):  # fmt: skip
        tops = ask.tops(value, "SELECT * FROM customers")
        if not tops or (tops[0].share == 1 and tops[0].share_of_all == 1):
            continue  # true of every customer: it tells nothing
        if value.endswith("'person' END"):
            called = {"company": Text("Firma", "firm"), "person": Text("Privatperson", "private person")}  # fmt: skip
            found.append(Measured(section, label, _listed(tops, called), tops[0].known))
        else:
            found.append(Measured(section, label, _listed(tops), tops[0].known))
    return found


def _traits(ask: _Asking, names: Sequence[str]) -> list[Measured]:
    found = []
    for name in [name for name in names if field_of(name) is None][:MOST_TRAITS]:
        sql = trait_sql(name, "ts < $until")
        row = ask.rows(f"said AS ({sql}) SELECT count(DISTINCT value) AS n FROM said")[0]
        if row["n"] > MOST_VALUES:
            continue
        if tops := ask.tops("value", f"SELECT * FROM ({sql})"):
            section = _section(plain_key(name))
            found.append(Measured(section, Text(name, name), _listed(tops), tops[0].known))
    return found


def _section(key: str) -> str:
    if any(key.startswith(part) for part in _WHO):
        return "person"
    if any(part in key for part in _GOALS):
        return "hobbies"
    return "means" if any(part in key for part in _MEANS) else "behaviour"


def _buying(ask: _Asking, size: int) -> list[Measured]:
    row = ask.rows(
        "bought AS (SELECT o.person, count(*) AS purchases, sum(o.value) AS value, c.person IS NOT NULL"
        " AS inside FROM orders AS o LEFT JOIN chosen AS c ON c.person = o.person WHERE o.purchase AND"
        " o.person IS NOT NULL AND o.ts >= $since AND o.ts < $until GROUP BY o.person, inside)"
        " SELECT count(*) FILTER (inside) AS n, quantile_disc(purchases, 0.5) FILTER (inside) AS often,"
        " quantile_disc(purchases, 0.5) AS often_all,"
        " sum(value) FILTER (inside) / nullif(sum(purchases) FILTER (inside), 0) AS basket,"
        " sum(value) / nullif(sum(purchases), 0) AS basket_all,"
        " sum(value) FILTER (inside) / nullif(count(*) FILTER (inside), 0) AS year,"
        " sum(value) / nullif(count(*), 0) AS year_all FROM bought"
    )[0]
    n = row["n"] or 0
    found = [
        Measured("behaviour", Text("Hat in zwölf Monaten gekauft", "Bought in twelve months"),
                 _percent(n / size), size)
    ]  # fmt: skip
    if n < LEAST:
        return found if n == 0 else []
    currency = ask.shop.currency
    found += [
        Measured("behaviour", Text("Käufe im Jahr (Median)", "Purchases a year (median)"),
                 _beside(row["often"], row["often_all"]), n),
        Measured("behaviour", Text(f"Warenkorb im Schnitt ({currency})", f"Average basket ({currency})"),
                 _beside(row["basket"], row["basket_all"], 2), n),
        Measured("means", Text(f"Umsatz je Käufer im Jahr ({currency})", f"Revenue per buyer a year ({currency})"),
                 _beside(row["year"], row["year_all"], 2), n),
    ]  # fmt: skip
    rhythm = ask.rows(
        "known AS (SELECT rhythm_days FROM customers SEMI JOIN chosen USING (person) WHERE rhythm_days"
        " IS NOT NULL) SELECT count(*) AS n, quantile_disc(rhythm_days, 0.5) AS days FROM known"
    )[0]
    if rhythm["n"] >= LEAST:
        found.append(Measured("behaviour", Text("Tage zwischen Käufen (Median)", "Days between purchases (median)"),
                              _beside(rhythm["days"], None), rhythm["n"]))  # fmt: skip
    inner, values = portfolio_sql(ask.year)
    classes = ask.tops("abc", inner, **dict[str, Any](values))
    if top := next((t for t in classes if t.value == "A"), None):
        found.append(Measured("means", Text("Kunden der Klasse A", "Customers of class A"),
                              _share(top), top.known))  # fmt: skip
    return found


def _products(ask: _Asking) -> list[Measured]:
    lines = "SELECT * FROM lines WHERE person IS NOT NULL AND quantity > 0 AND amount > 0 AND ts >= $since AND ts < $until"  # fmt: skip
    found = []
    for label, value in (
        (Text("Kauft vor allem", "Buys above all"), "product_group"),
        (Text("Häufigste Produkte", "Most frequent products"), "coalesce(product_name, product)"),
    ):
        if tops := ask.tops(value, lines):
            found.append(Measured("behaviour", label, _listed(tops), tops[0].known))
    for label, value in (
        (Text("Kauft über", "Buys by"), "channel"), (Text("Filiale", "Store"), "store"),
    ):  # fmt: skip
        bought = "SELECT * FROM orders WHERE purchase AND person IS NOT NULL AND ts >= $since AND ts < $until"  # fmt: skip
        if tops := ask.tops(value, bought):
            found.append(Measured("context", label, _listed(tops), tops[0].known))
    return found


def _times(ask: _Asking) -> list[Measured]:
    """When they buy, by the clock of the shop."""
    rows = ask.rows(
        "hours AS (SELECT date_trunc('hour', ts) AS hour, day_only, o.person FROM orders AS o SEMI JOIN"
        " chosen USING (person) WHERE purchase AND ts >= $since AND ts < $until)"
        " SELECT hour, day_only, count(*) AS n FROM hours GROUP BY hour, day_only"
    )
    people = ask.rows(
        "bought AS (SELECT DISTINCT person FROM orders SEMI JOIN chosen USING (person) WHERE purchase"
        " AND ts >= $since AND ts < $until) SELECT count(*) AS n FROM bought"
    )[0]["n"]
    if people < LEAST or sum(row["n"] for row in rows) < 4 * LEAST:
        return []
    zone = zone_named(ask.shop.zone)
    days: Counter[int] = Counter()
    parts: Counter[int] = Counter()
    seasons: Counter[int] = Counter()
    for row in rows:
        at = row["hour"].replace(tzinfo=UTC).astimezone(zone)
        days[at.weekday()] += row["n"]
        seasons[at.month % 12 // 3] += row["n"]
        if not row["day_only"]:
            place = sum(at.hour >= begin for begin, _ in HOURS) - 1
            parts[place % len(HOURS)] += row["n"]
    found = [
        Measured("context", Text("Kauft am häufigsten", "Buys most often"), _most(days, DAYS), people),
        Measured("context", Text("Jahreszeit der Käufe", "Season of purchases"), _most(seasons, SEASONS), people),
    ]  # fmt: skip
    if sum(parts.values()) >= 4 * LEAST:
        names = [name for _, name in HOURS]
        found.append(Measured("context", Text("Tageszeit der Käufe", "Time of day of purchases"),
                              _most(parts, names), people))  # fmt: skip
    return found


def _contacts(ask: _Asking, size: int) -> list[Measured]:
    """How they inform themselves, and what trouble they had."""
    roles = ask.shop.terms(inactive_after=1).roles

    def role(name: str) -> str:
        return event_sql(role_condition(name, roles))

    asked = (
        ("information", Text("Besucht Website oder App", "Visits website or app"), ON_WEB),
        ("information", Text("Öffnet E-Mails", "Opens e-mails"), role("mail_opened")),
        ("information", Text("Klickt in E-Mails", "Clicks in e-mails"), role("mail_clicked")),
        ("information", Text("Sucht auf der Website", "Searches the website"), "name = 'Products Searched'"),
        ("information", Text("Liest Artikel und Hilfe", "Reads articles and help"), "name IN ('Article Viewed', 'File Downloaded')"),
        ("says", Text("Schreibt Bewertungen", "Writes reviews"), role("review")),
        ("says", Text("Empfiehlt uns weiter", "Recommends us"), role("referral_made")),
        ("problems", Text("Hatte ein Anliegen", "Had a service request"), role("ticket_opened")),
        ("problems", Text("Hat reklamiert", "Complained"), role("complaint")),
    )  # fmt: skip
    did = ", ".join(f"bool_or({sql}) AS did{i}" for i, (_, _, sql) in enumerate(asked))
    counted = ", ".join(
        f"count(*) FILTER (inside AND did{i}) AS n{i}, count(*) FILTER (did{i}) AS all{i}"
        for i in range(len(asked))
    )
    row = ask.rows(
        f"done AS (SELECT person, {did} FROM events WHERE traffic IS NULL AND ts >= $since AND"
        " ts < $until GROUP BY person)"
        f" SELECT count(*) AS everybody, {counted} FROM (SELECT k.person, c.person IS NOT NULL AS inside"
        " FROM customers AS k LEFT JOIN chosen AS c ON c.person = k.person) AS m"
        " LEFT JOIN done AS d ON d.person = m.person"
    )[0]
    found = [
        Measured(section, label, _share(_Top("", row[f"n{i}"], size, row[f"all{i}"] / row["everybody"])), size)
        for i, (section, label, _) in enumerate(asked)
        if row[f"n{i}"] and row[f"n{i}"] >= LEAST
    ]  # fmt: skip
    for section, label, value, where in (
        ("information", Text("Kommt über", "Comes by"), "json_extract_string(context, '$.\"campaign\".\"source\"')", ON_WEB),
        ("information", Text("Gerät", "Device"), field_named("device").sql, ON_WEB),
        ("problems", Text("Worum es geht", "What it is about"), "coalesce(json_extract_string(properties, '$.\"topic\"'), json_extract_string(properties, '$.\"category\"'))", role("ticket_opened")),
    ):  # fmt: skip
        relation = (
            f"SELECT * FROM events WHERE traffic IS NULL AND {where} AND ts >= $since AND ts < $until"
            " AND person IN (SELECT person FROM customers)"
        )
        if tops := ask.tops(value, relation):
            found.append(Measured(section, label, _listed(tops), tops[0].known))
    return found


def _feelings(ask: _Asking) -> list[Measured]:
    row = ask.rows(
        f"placed AS (SELECT u.*, c.person IS NOT NULL AS inside FROM ({attached(ask.shop, ask.today)}) AS u"
        " LEFT JOIN chosen AS c ON c.person = u.person)"
        " SELECT count(*) FILTER (inside AND with_attachment = 1) AS n,"
        " avg(attachment) FILTER (inside AND with_attachment = 1) AS value,"
        " avg(attachment) FILTER (with_attachment = 1) AS value_all,"
        " count(*) FILTER (inside AND with_lock_in = 1) AS n_lock,"
        " avg(lock_in) FILTER (inside AND with_lock_in = 1) AS lock,"
        " avg(lock_in) FILTER (with_lock_in = 1) AS lock_all FROM placed"
    )[0]
    found = []
    if row["n"] >= LEAST:
        found.append(Measured("motives", Text("Verbundenheit (0–100)", "Attachment (0–100)"),
                              _beside(row["value"], row["value_all"]), row["n"]))  # fmt: skip
    if row["n_lock"] >= LEAST:
        found.append(Measured("motives", Text("Gebundenheit (0–100)", "Lock-in (0–100)"),
                              _beside(row["lock"], row["lock_all"]), row["n_lock"]))  # fmt: skip
    return found


def _listed(tops: Sequence[_Top], called: dict[str, Text] | None = None) -> Text:
    def one(top: _Top, german: bool) -> str:
        name = (called or {}).get(top.value, Text(top.value, top.value))
        share = _share(top)
        return f"{name.de} {share.de}" if german else f"{name.en} {share.en}"

    return Text("; ".join(one(t, True) for t in tops), "; ".join(one(t, False) for t in tops))


def _share(top: _Top) -> Text:
    own, every = round(100 * top.share), round(100 * top.share_of_all)
    if own == every:
        return Text(f"{own}\u00a0%", f"{own}\u00a0%")
    return Text(f"{own}\u00a0% (alle: {every}\u00a0%)", f"{own}\u00a0% (all: {every}\u00a0%)")


def _percent(share: float) -> Text:
    return Text(f"{round(100 * share)}\u00a0%", f"{round(100 * share)}\u00a0%")


def _beside(value: Any, every: Any, digits: int = 0) -> Text:
    def written(one: Any, german: bool) -> str:
        text = f"{float(one):,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if german else text

    if every is None:
        return Text(written(value, True), written(value, False))
    return Text(f"{written(value, True)} (alle: {written(every, True)})",
                f"{written(value, False)} (all: {written(every, False)})")  # fmt: skip


def _most(times: Counter[int], names: Sequence[Text]) -> Text:
    (place, n), total = times.most_common(1)[0], sum(times.values())
    share = round(100 * n / total)
    return Text(f"{names[place].de} ({share}\u00a0%)", f"{names[place].en} ({share}\u00a0%)")
