"""Alarms in words: one sentence each, one message for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gern.core.errors import BadInput
from gern.core.figures.definition import Figure
from gern.core.shop import Shop
from gern.kit import formats
from gern.rooms.insights.models import Alarm


@dataclass(frozen=True)
class Said:
    """An alarm as it is shown. ``figure`` None: it is about all data. ``good``: None where more is
    neither better nor worse."""

    alarm: Alarm
    figure: Figure | None
    text: str
    good: bool | None


def said(shop: Shop, alarm: Alarm) -> Said | None:
    """None when the figure is gone."""
    if not alarm.figure:
        text = _("No data at all since %(day)s.") % {"day": formats.day(alarm.day)}
        return Said(alarm, None, text, None)
    try:
        figure = shop.figure_named(alarm.figure)
    except BadInput:
        return None
    unit = shop.unit(figure.id)
    name = formats.text(figure.name)
    values = {
        "name": name, "when": when(alarm), "value": formats.value_of(alarm.value, unit),
        "low": formats.value_of(alarm.low, unit), "high": formats.value_of(alarm.high, unit),
        "expected": formats.value_of(alarm.expected, unit),
    }  # fmt: skip
    judged = figure.good is not None and alarm.kind in (Alarm.Kind.ABOVE, Alarm.Kind.BELOW)
    good = (alarm.kind == Alarm.Kind.ABOVE) is (figure.good == "up") if judged else None
    return Said(alarm, figure, _sentence(alarm.kind) % values, good)


def all_said(shop: Shop, alarms: Iterable[Alarm], sees: Callable[[Figure], bool]) -> list[Said]:
    """Those whose figure is there and may be seen; what is about all data, everybody may."""
    found = [said(shop, alarm) for alarm in alarms]
    return [one for one in found if one and (one.figure is None or sees(one.figure))]


def when(alarm: Alarm) -> str:
    """``on 9 Dec 2011``, ``in the week from 5 Dec 2011``, ``in December 2011``."""
    if alarm.step == "week":
        return _("in the week from %(day)s") % {"day": formats.day(alarm.day)}
    if alarm.step == "month":
        return _("in %(month)s") % {"month": formats.month(alarm.day)}
    return _("on %(day)s") % {"day": formats.day(alarm.day)}


def _sentence(kind: str) -> str:
    return {
        "above": _("%(name)s: %(value)s %(when)s. Expected were about %(expected)s; up to %(high)s"
                   " would have been usual."),
        "below": _("%(name)s: %(value)s %(when)s. Expected were about %(expected)s; down to %(low)s"
                   " would have been usual."),
        "over_band": _("%(name)s: %(value)s %(when)s, above the band that ends at %(high)s."),
        "under_band": _("%(name)s: %(value)s %(when)s, below the band that begins at %(low)s."),
        "no_data": _("%(name)s: no data %(when)s, where %(expected)s were expected."),
    }[kind]  # fmt: skip


def one_message(found: list[Said]) -> str:
    """One sentence for all of them; those without data are named apart, for they say nothing about
    customers."""
    parts = [one.text for one in found if one.figure is None]
    silent = [formats.text(one.figure.name) for one in found
              if one.figure and one.alarm.kind == Alarm.Kind.NO_DATA]  # fmt: skip
    moved = [one for one in found if one.alarm.kind != Alarm.Kind.NO_DATA]
    if len(moved) == 1:
        parts.append(moved[0].text)
    elif moved:
        names = _names([formats.text(one.figure.name) for one in moved if one.figure])
        parts.append(
            ngettext(
                "%(n)s figure is out of the ordinary: %(names)s.",
                "%(n)s figures are out of the ordinary: %(names)s.", len(moved),
            ) % {"n": formats.number(len(moved)), "names": names}
        )  # fmt: skip
    if silent:
        parts.append(_("No data any more for: %(names)s.") % {"names": _names(silent)})
    return " ".join(parts)


def _names(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = len(unique) - 3
    shown = ", ".join(unique[:3])
    return shown if more <= 0 else _("%(shown)s and %(n)s more") % {"shown": shown, "n": more}
