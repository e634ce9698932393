"""Numbers, money and days as the reader's language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gern.core.figures.answer import Answer
from gern.core.text import Text

Number = int | float | Decimal | Fraction
NONE = "–"
LOCALES = {"de": "de_DE", "en": "en_GB"}


def text(text: Text) -> str:
    """A two-language text of the library in the reader's language."""
    return text.in_language(get_language() or "en")


def locale() -> str:
    """The reader's locale."""
    return LOCALES.get((get_language() or "en")[:2], "en_GB")


def number(value: Number | None, digits: int = 0) -> str:
    """``1.234`` or ``1,234``; ``–`` when undefined."""
    if value is None:
        return NONE
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _signed(format_decimal(_plain(value), pattern, locale=locale()))


def money(value: Number | None, currency: str, digits: int | None = None) -> str:
    """Whole units from 1,000 on, cents below."""
    if value is None:
        return NONE
    if digits is None:
        digits = 0 if abs(value) >= 1000 else 2
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    pattern = f"{pattern} ¤" if locale().startswith("de") else f"¤{pattern}"
    text = format_currency(_plain(value), currency, pattern, locale=locale(), currency_digits=False)
    return _signed(text)


def value_of(value: Number | None, unit: str) -> str:
    """A figure's value with its unit (see `figures.definition.Unit`) or currency."""
    if unit == "percent":
        return NONE if value is None else number(value, 1) + "\u202f%"
    if unit == "count":
        return number(value)
    if unit == "ratio":
        return number(value, 2)
    if unit == "points":
        return number(value, 1)
    if unit == "days":
        return NONE if value is None else _("%(n)s days") % {"n": number(value)}
    if unit == "duration":
        return duration(value)
    return money(value, unit)


def duration(hours: Number | None) -> str:
    """``2 h 05 min``, ``4:05 min``: hours as people say them."""
    if hours is None:
        return NONE
    seconds = round(float(hours) * 3600)
    if seconds >= 3600:
        return f"{number(seconds // 3600)} h {seconds // 60 % 60:02} min"
    return f"{seconds // 60}:{seconds % 60:02} min"


def answer_value(answer: Answer | None) -> str:
    """The value of an answer."""
    return NONE if answer is None else value_of(answer.value, answer.unit)


def change_text(now: Answer | None, before: Answer | None) -> str:
    """``+3,2 Punkte`` for shares, ``−4,1 %`` for everything else; empty when there is nothing
    to compare."""
    if now is None or before is None or now.value is None or before.value is None:
        return ""
    if now.unit in ("percent", "points"):
        return _("%(points)s pts") % {"points": signed(now.value - before.value, 1)}
    if before.value == 0:
        return ""
    return signed(100 * (now.value - before.value) / abs(before.value), 1) + "\u202f%"


def signed(value: float, digits: int) -> str:
    """With its sign, a real minus, and no sign for what rounds to zero."""
    rounded = round(value, digits)
    if rounded == 0:
        return number(0, digits)
    return ("+" if rounded > 0 else "") + number(rounded, digits)


def day(value: date | None) -> str:
    """``9. Dez. 2011``, ``9 Dec 2011``."""
    return NONE if value is None else format_date(value, "medium", locale=locale())


def day_short(value: date) -> str:
    """``9. Dez.``, ``9 Dec``."""
    return format_date(value, "d. MMM" if locale().startswith("de") else "d MMM", locale=locale())


def month(value: date) -> str:
    """``Dezember 2011``, ``December 2011``."""
    return format_date(value, "MMMM yyyy", locale=locale())


def moment(value: datetime | None, zone: str) -> str:
    """An instant (UTC, or with its zone) as local day and time."""
    if value is None:
        return NONE
    pattern = "dd.MM.yyyy, HH:mm" if locale().startswith("de") else "d MMM yyyy, HH:mm"
    return format_datetime(value, pattern, tzinfo=get_timezone(zone), locale=locale())


def clock(value: datetime, zone: str) -> str:
    """The local time of day without seconds; ``value`` is naive UTC."""
    local = value.replace(tzinfo=UTC).astimezone(get_timezone(zone))
    return format_datetime(local, "HH:mm", tzinfo=get_timezone(zone), locale=locale())


def time_of_day(value: datetime | None, zone: str) -> str:
    """A naive UTC instant as local time of day to the second, with the day unless it is today."""
    if value is None:
        return NONE
    local = get_timezone(zone)
    now = datetime.now(local)
    pattern = "HH:mm:ss"
    if value.replace(tzinfo=UTC).astimezone(local).date() != now.date():
        pattern = "d. MMM HH:mm:ss" if locale().startswith("de") else "d MMM HH:mm:ss"
    return format_datetime(value, pattern, tzinfo=local, locale=locale())


def _plain(value: Number) -> Decimal | int | float:
    return float(value) if isinstance(value, Fraction) else value


def _signed(text: str) -> str:
    return text.replace("-", "\u2212", 1) if text.startswith("-") else text
