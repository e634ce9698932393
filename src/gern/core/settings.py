"""The dated settings of a shop: what there is, what is allowed, what holds when nobody said."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from gern.core.errors import BadInput
from gern.core.figures.holidays import checked_region
from gern.core.figures.roles import checked_questions, checked_roles
from gern.core.figures.terms import OFFICE, checked_binding, checked_hours
from gern.core.figures.window import parse_window
from gern.core.imports.run import check_currency
from gern.core.touchpoints.journey import checked_touchpoints
from gern.core.zones import zone_named

LANGUAGES = ("de", "en")
BUSINESS = ("purchases", "contracts")
SECOND_FACTOR = ("nobody", "admins", "people", "everybody")
"""Of whom one is asked at login; people: who may see customers."""
DEFAULTS: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "region": "",
    "currency": "EUR",
    "language": "de",
    "fees": [],
    "backup_hour": 3,
    "backup_keep": 7,
    "visit_gap_minutes": 30,
    "cart_hours": 24,
    "roles": {},
    "questions": {},
    "business_hours": {str(day): list(hours) for day, hours in OFFICE.items()},
    "point_value": "0.01",
    "business": "purchases",
    "binding": {},
    "profit": {},
    "second_factor": "nobody",
    "touchpoints": None,
}
SHOWN = ("zone", "region", "currency", "language", "window_days", "fees", "backup_folder", "backup_hour",
         "backup_keep", "visit_gap_minutes", "cart_hours", "roles", "questions", "business_hours",
         "point_value", "business", "binding", "profit", "second_factor", "touchpoints")  # fmt: skip
"""Settings people change; `check` says what is allowed."""
SETTINGS = (*SHOWN, "demo")


def checked(name: str, value: Any) -> Any:
    """The value as it is kept. ``BadInput`` says what is allowed."""
    if name not in SETTINGS:
        raise BadInput(
            f"There is no setting {name!r}. There are: {', '.join(SHOWN)}.", param="name"
        )
    check = _CHECKS.get(name)
    return check(value) if check else value


def check_language(value: str) -> None:
    """``BadInput`` unless the pages speak this language."""
    if value not in LANGUAGES:
        raise BadInput(f"{value!r} is no language. Allowed: de, en.", param="language")


def _folder(value: str) -> str | None:
    if not value:
        return None
    path = Path(value).expanduser()
    if not path.is_absolute():
        raise BadInput(
            f"{value!r} is no absolute folder. Allowed: one such as /srv/backups, or nothing.",
            param="backup_folder",
        )
    return str(path)


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if not str(value).isdecimal() or not low <= int(value) <= high:
        raise BadInput(f"{name} {value!r} is not allowed. Allowed: {low} to {high}.", param=name)
    return int(value)


def _money(name: str, value: Any) -> str:
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        amount = Decimal(-1)
    if not 0 <= amount < 1_000_000 or amount != round(amount, 6):
        raise BadInput(f"{name} {value!r} is no amount of money such as 0.01.", param=name)
    return format(amount, "f")


def _zone(value: Any) -> Any:
    zone_named(value)
    return value


def _currency(value: Any) -> Any:
    check_currency(value)
    return value


def _language(value: Any) -> Any:
    check_language(value)
    return value


def _fees(value: Any) -> Any:
    if not isinstance(value, list):
        raise BadInput("fees is a list of product numbers.", param="fees")
    return value


def _business(value: Any) -> Any:
    if value not in BUSINESS:
        raise BadInput(
            f"business {value!r} is not allowed. Allowed: {', '.join(BUSINESS)}.", param="business"
        )
    return value


def _second_factor(value: Any) -> Any:
    if value not in SECOND_FACTOR:
        raise BadInput(
            f"second_factor {value!r} is not allowed. Allowed: {', '.join(SECOND_FACTOR)}.",
            param="second_factor",
        )
    return value


def _profit(value: Any) -> dict[str, str]:
    try:
        said = {key: Decimal(str(amount)) for key, amount in dict(value).items()}
        fits = set(said) <= {"margin", "acquisition"} and all(
            amount.is_finite() and amount >= 0 for amount in said.values()
        )
        fits = fits and said.get("margin", Decimal(0)) <= 100
    except (TypeError, ValueError, ArithmeticError):
        fits = False
    if not fits:
        raise BadInput(
            "profit has margin (contribution margin in percent of revenue, 0 to 100) and acquisition"
            " (what winning a customer costs, in the currency of the shop), both if known.",
            param="profit",
        )
    return {key: format(amount, "f") for key, amount in said.items()}


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "zone": _zone,
    "region": checked_region,
    "currency": _currency,
    "language": _language,
    "fees": _fees,
    "binding": checked_binding,
    "second_factor": _second_factor,
    "window_days": lambda value: parse_window(str(value)),
    "backup_folder": lambda value: _folder(str(value)),
    "backup_hour": lambda value: _whole("backup_hour", value, 0, 23),
    "backup_keep": lambda value: _whole("backup_keep", value, 1, 365),
    "visit_gap_minutes": lambda value: _whole("visit_gap_minutes", value, 1, 1440),
    "cart_hours": lambda value: _whole("cart_hours", value, 1, 168),
    "roles": checked_roles,
    "questions": checked_questions,
    "business_hours": checked_hours,
    "point_value": lambda value: _money("point_value", value),
    "business": _business,
    "profit": _profit,
    "touchpoints": checked_touchpoints,
}
