"""How the members inform themselves, what trouble they had, and why they stay."""

from __future__ import annotations

from gern.core.conditions.fields import field_named
from gern.core.conditions.sql import event_sql
from gern.core.figures.primitives.visits import ON_WEB
from gern.core.figures.roles import role_condition
from gern.core.people.plane import attached
from gern.core.people.profile.asking import LEAST, Asking, Measured, Top, beside, listed, share
from gern.core.text import Text

_SOURCE = field_named("context.campaign.source").sql
_TOPIC = (
    f"coalesce({field_named('properties.topic').sql}, {field_named('properties.category').sql})"
)


def contacts(ask: Asking, size: int) -> list[Measured]:
    """Of how many members something happened within the year."""
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
        Measured(section, label, share(Top("", row[f"n{i}"], size, row[f"all{i}"], row["everybody"])), size)
        for i, (section, label, _) in enumerate(asked)
        if row[f"n{i}"] >= LEAST
    ]  # fmt: skip
    for section, label, value, where in (
        ("information", Text("Kommt über", "Comes by"), _SOURCE, ON_WEB),
        ("information", Text("Gerät", "Device"), field_named("device").sql, ON_WEB),
        ("problems", Text("Worum es geht", "What it is about"), _TOPIC, role("ticket_opened")),
    ):
        relation = (
            f"SELECT * FROM events WHERE traffic IS NULL AND {where} AND ts >= $since AND ts < $until"
            " AND person IN (SELECT person FROM customers)"
        )
        if tops := ask.tops(value, relation):
            found.append(Measured(section, label, listed(tops), tops[0].known))
    return found


def feelings(ask: Asking) -> list[Measured]:
    """Why they stay: because they want to, because they must."""
    row = ask.rows(
        f"placed AS (SELECT u.*, c.person IS NOT NULL AS inside FROM ({attached(ask.shop, ask.today)}) AS u"
        " LEFT JOIN chosen AS c ON c.person = u.person)"
        " SELECT count(*) FILTER (inside AND with_attachment = 1) AS n,"
        " median(attachment) FILTER (inside AND with_attachment = 1) AS value,"
        " median(attachment) FILTER (with_attachment = 1) AS value_all,"
        " count(*) FILTER (inside AND with_lock_in = 1) AS n_lock,"
        " median(lock_in) FILTER (inside AND with_lock_in = 1) AS lock,"
        " median(lock_in) FILTER (with_lock_in = 1) AS lock_all FROM placed"
    )[0]
    return [
        Measured("motives", label, beside(row[value], row[f"{value}_all"]), row[n])
        for label, value, n in (
            (Text("Verbundenheit (Median, 0–100)", "Attachment (median, 0–100)"), "value", "n"),
            (Text("Gebundenheit (Median, 0–100)", "Lock-in (median, 0–100)"), "lock", "n_lock"),
        )
        if row[n] >= LEAST
    ]
