"""What is new in the briefing: changes of figures, alarms, targets behind; or nothing unusual."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gern.kit import formats
from gern.rooms.insights.briefing import Finding, address, people_address
from gern.rooms.insights.changes import Change
from gern.rooms.insights.targets.progress import Progress


def change_finding(change: Change, may_see_people: bool) -> Finding:
    """A change of a figure as a sentence with its people and the next step."""
    figure, unit = change.figure, change.now.unit
    name = formats.text(figure.name)
    period = change.now.period
    headline = format_html(
        _("{name}: <b>{value}</b>, {change}"), name=name, value=formats.answer_value(change.now),
        change=formats.change_text(change.now, change.before) or _("new"),
    )  # fmt: skip
    values = {"start": formats.day(change.before.period.start),
              "end": formats.day(change.before.period.last_day),
              "before": formats.answer_value(change.before),
              "expected": formats.value_of(change.expected, unit)}  # fmt: skip
    text = _("%(start)s to %(end)s: %(before)s.") % values
    if change.by_year:
        text += " " + _("As it moved a year ago, about %(expected)s were to be expected.") % values
    text += " " + _("That is more than chance explains.")
    if change.driver:
        group, away = change.driver
        text += " " + _("Most of it: %(group)s (%(away)s).") % {
            "group": group,
            "away": ("+" if away > 0 else "") + formats.value_of(away, unit),
        }
    more = {"by": change.by} if change.by else {}
    return Finding(
        id=f"change-{figure.id}",
        tone="calm" if change.better is None else "good" if change.better else "bad",
        headline=headline,
        text=text,
        values=[],
        share=None,
        picture="",
        link=address("figure", figure.id, period, **more),
        action=_("Where it comes from") if change.by else _("Open the figure"),
        people=people_address(figure.id, period, figure.parts[0].id)
        if may_see_people and figure.parts
        else None,
        people_text=_("See who is behind it"),
        weight=0,
    )


def nothing_unusual(looked: int) -> str:
    """What is said when no figure has changed by more than chance."""
    if not looked:
        return _("There is no earlier period to compare with yet.")
    return ngettext(
        "%(n)s figure compared with the period before: nothing unusual.",
        "%(n)s figures compared with the period before: nothing unusual.", looked,
    ) % {"n": formats.number(looked)}  # fmt: skip


def alarm_finding(message: str) -> Finding | None:
    """The open alarms, in one sentence."""
    if not message:
        return None
    return Finding(
        id="alarms", tone="calm", headline=format_html("{}", _("Out of the ordinary")), text=message,
        values=[], share=None, picture="", link=reverse("alarms"), action=_("See the alerts"),
        people=None, people_text="", weight=85,
    )  # fmt: skip


def target_finding(behind: list[Progress]) -> Finding | None:
    """The targets that are behind or missed."""
    if not behind:
        return None
    names = ", ".join(dict.fromkeys(formats.text(p.figure.name) for p in behind[:3]))
    headline = ngettext(
        "<b>%(n)s target</b> is behind.", "<b>%(n)s targets</b> are behind.", len(behind)
    ) % {"n": formats.number(len(behind))}
    return Finding(
        id="targets", tone="bad", headline=mark_safe(headline), text=names + ".", values=[],
        share=None, picture="", link=reverse("targets"), action=_("See the targets"), people=None,
        people_text="", weight=75,
    )  # fmt: skip
