"""The dated settings of a shop: what there is, what is allowed, what holds when nobody said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gern.core.errors import BadInput
from gern.core.figures.window import parse_window
from gern.core.imports.run import check_currency
from gern.core.zones import zone_named

LANGUAGES = ("de", "en")
DEFAULTS: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "currency": "EUR",
    "language": "de",
    "fees": [],
    "backup_hour": 3,
    "backup_keep": 7,
}
SHOWN = ("zone", "currency", "language", "window_days", "fees", "backup_folder", "backup_hour",
         "backup_keep")  # fmt: skip
"""Settings people change; `check` says what is allowed."""
SETTINGS = (*SHOWN, "demo")


def checked(name: str, value: Any) -> Any:
    """The value as it is kept. ``BadInput`` says what is allowed."""
    if name not in SETTINGS:
        raise BadInput(
            f"There is no setting {name!r}. There are: {', '.join(SHOWN)}.", param="name"
        )
    if name == "zone":
        zone_named(value)
    elif name == "currency":
        check_currency(value)
    elif name == "language":
        check_language(value)
    elif name == "window_days":
        return parse_window(str(value))
    elif name == "fees" and not isinstance(value, list):
        raise BadInput("fees is a list of product numbers.", param="fees")
    elif name == "backup_folder":
        return _folder(str(value))
    elif name == "backup_hour":
        return _whole(name, value, 0, 23)
    elif name == "backup_keep":
        return _whole(name, value, 1, 365)
    return value


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
