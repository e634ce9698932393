"""What a condition can ask of the roster: one row a customer, as of today (`engines.roster`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gern.core.errors import BadInput
from gern.core.text import Text

DUE = "CAST(last_day + to_days(rhythm_days) AS DATE)"
"""SQL: the day of the next purchase by a customer's own rhythm."""
GRACE = "to_days(CAST(greatest(3, ceil(rhythm_days / 2)) AS INTEGER))"
"""SQL of `card.habits.grace`."""


@dataclass(frozen=True)
class CustomerField:
    """``sql`` over ``customers``, ``{today}``: the local day. ``secret``: it can only be asked
    whether the value is known, for the value itself would name somebody. ``relative``: it says where a customer stands
    among all others, so only all of them together tell it."""

    name: str
    label: Text
    sql: str
    number: bool = False
    secret: bool = False
    relative: bool = False
    flag: bool = False
    """It is true of them or not; there is nothing to compare with."""

    @property
    def of_the_day(self) -> bool:
        """Whether it changes by time passing."""
        return "{today}" in self.sql

    def at(self, today: date) -> str:
        """Its SQL on a day."""
        return self.sql.format(today=f"DATE '{today}'")


def _number(name: str, de: str, en: str, sql: str = "") -> CustomerField:
    return CustomerField(name, Text(de, en), sql or name, number=True)


def _place(name: str, de: str, en: str, *, number: bool = True) -> CustomerField:
    return CustomerField(name, Text(de, en), "", number=number, relative=True)


FIELDS = {
    field.name: field
    for field in (
        CustomerField("country", Text("Land", "country"), "country"),
        CustomerField("postcode", Text("Postleitzahl", "postcode"), "postcode"),
        CustomerField("city", Text("Ort", "city"), "city"),
        CustomerField("language", Text("Sprache", "language"), "language"),
        _number("revenue", "Umsatz", "revenue"),
        _number("purchases", "Käufe", "purchases"),
        _number("rhythm_days", "Tage zwischen Käufen", "days between purchases"),
        _number("days_since_purchase", "Tage seit dem letzten Kauf", "days since the last purchase",
                "date_diff('day', last_day, {today})"),
        _number("days_overdue", "Tage über dem eigenen Rhythmus", "days past their own rhythm",
                f"date_diff('day', {DUE}, {{today}})"),
        CustomerField("overdue", Text("nach eigenem Rhythmus überfällig", "overdue by their own rhythm"),
                      f"CASE WHEN {DUE} + {GRACE} < {{today}} THEN 'yes' END", flag=True),
        *(CustomerField(name, Text(de, en), name, secret=True) for name, de, en in (
            ("name", "Name", "name"), ("company", "Firma", "company"),
            ("email", "E-Mail-Adresse", "e-mail address"), ("phone", "Telefonnummer", "phone number"),
            ("street", "Straße", "street"), ("birthday", "Geburtstag", "birthday"),
            ("card", "Kundenkarte", "customer card"),
        )),
        _place("abc", "ABC-Klasse", "ABC class", number=False),
        _place("recency", "Aktualität (RFM, 1–5)", "recency (RFM, 1–5)"),
        _place("frequency", "Häufigkeit (RFM, 1–5)", "frequency (RFM, 1–5)"),
        _place("attachment", "Verbundenheit (0–100)", "attachment (0–100)"),
        _place("lock_in", "Gebundenheit (0–100)", "lock-in (0–100)"),
        _place("monetary", "Umsatz (RFM, 1–5)", "revenue (RFM, 1–5)"),
        _place("risk", "Abwanderungsrisiko (%)", "risk of leaving (%)"),
        _place("value_12m", "Wert in 12 Monaten", "value in 12 months"),
        _place("next_days", "Tage bis zum erwarteten Kauf", "days until the expected purchase"),
    )
}  # fmt: skip
"""By name, in the order they are offered."""


_FORMER = {"value": "revenue"}
"""Names in conditions that were stored before."""


def customer_field(name: str) -> CustomerField:
    """The field; ``BadInput`` lists what there is."""
    name = _FORMER.get(name, name)
    if name not in FIELDS:
        listed = ", ".join(FIELDS)
        raise BadInput(
            f"Of a customer {name!r} cannot be asked. There are: {listed}.",
            param="condition",
            german=f"Nach „{name}“ lässt sich bei Kunden nicht fragen. Es gibt: {listed}.",
        )
    return FIELDS[name]
