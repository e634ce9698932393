"""The briefing: what matters today, each a sentence with a number and one next step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gern.core.figures.periods import Period
from gern.kit import formats
from gern.rooms.insights.queries import Facts, Tile

Tone = Literal["good", "bad", "calm"]
UNKNOWN_WORTH_SAYING = 0.05


@dataclass(frozen=True)
class Finding:
    """``headline`` holds the number; the picture is a line of ``values`` or a ``share`` (part,
    whole) and ``picture`` says what it shows; ``link`` is the next step, ``people`` the people behind
    (None: nobody, or not for this reader)."""

    id: str
    tone: Tone
    headline: SafeString
    text: str
    values: list[float | None]
    share: tuple[float, float] | None
    picture: str
    link: str
    action: str
    people: str | None
    people_text: str
    weight: int


def findings(facts: Facts, may_see_people: bool, more: list[Finding | None]) -> list[Finding]:
    """Most pressing first. ``more``: of alarms and targets."""
    found = [
        _retention(facts),
        _leaving(facts, may_see_people),
        _revenue(facts),
        _regulars(facts),
        _unknown(facts),
    ]
    said = [f for f in [*found, *more] if f is not None]
    if not may_see_people:
        said = [_withoutpeople_address(f) for f in said]
    return sorted(said, key=lambda f: -f.weight)


def _retention(facts: Facts) -> Finding | None:
    answer, strict = facts.retention.answer, facts.strict.answer
    if strict.value is None or any(n.code == "history_short" for n in answer.notes):
        return None
    lost = int(answer.parts["lost"])
    change, tone = _judged(facts.strict, facts.strict_interval)
    headline = _("<b>%(value)s</b> of your customers stayed.") % {
        "value": formats.answer_value(strict)
    }
    text = _(
        "Of %(start)s customers on %(day)s, %(stayed)s are still customers and %(lost)s are lost."
        " %(change)s With the %(back)s who came back, the retention rate is %(rate)s."
    ) % {
        "start": formats.number(answer.parts["S"]),
        "day": formats.day(answer.period.start),
        "stayed": formats.number(answer.parts["stayed"]),
        "lost": formats.number(lost),
        "back": formats.number(answer.parts["won_back"]),
        "rate": formats.answer_value(answer),
        "change": change,
    }
    return Finding(
        id="retention",
        tone=tone,
        headline=mark_safe(headline),
        text=text,
        values=facts.strict.values,
        share=None,
        picture=_("Share of customers who stayed, over the last months"),
        link=address("figure", "retention_rate_strict", facts.period),
        action=_("Why? Open the figure"),
        people=people_address("retention_rate_strict", facts.period, "lost") if lost else None,
        people_text=ngettext("See the one who left", "See the %(n)s who left", lost)
        % {"n": formats.number(lost)},
        weight=90 if tone == "bad" else 60,
    )


def _leaving(facts: Facts, may_see_people: bool) -> Finding | None:
    leaving = facts.leaving
    if not leaving.of_customers:
        return None
    churn = address("figure", "churn_rate", facts.period)
    if not leaving.customers:
        headline = _("<b>Nobody</b> is about to leave.")
        text = _("In the next %(days)s days no customer reaches the end of the inactivity window.")
        text = text % {"days": leaving.within_days}
    else:
        headline = ngettext(
            "<b>%(n)s customer</b> is about to leave.",
            "<b>%(n)s customers</b> are about to leave.",
            leaving.customers,
        ) % {"n": formats.number(leaving.customers)}
        text = _(
            "Unless they buy in the next %(days)s days, they will be customers no more. In the"
            " last year they bought for %(value)s."
        ) % {
            "days": leaving.within_days,
            "value": formats.money(leaving.value, facts.revenue.answer.currency),
        }
    callable_ = bool(leaving.customers) and may_see_people
    return Finding(
        id="leaving",
        tone="bad" if leaving.customers else "good",
        headline=mark_safe(headline),
        text=text,
        values=[],
        share=(leaving.customers, leaving.of_customers),
        picture=_("%(n)s of %(all)s customers")
        % {"n": formats.number(leaving.customers), "all": formats.number(leaving.of_customers)},
        link=reverse("leaving") if callable_ else churn,
        action=_("Whom to call first") if callable_ else _("See the churn rate"),
        people=None,
        people_text="",
        weight=80 if leaving.customers else 20,
    )


def _revenue(facts: Facts) -> Finding | None:
    tile = facts.revenue
    if not tile.answer.numerator:
        return None
    change = formats.change_text(tile.answer, tile.previous)
    headline = _("Revenue: <b>%(value)s</b>") % {"value": formats.answer_value(tile.answer)}
    tone: Tone = "calm"
    parts = []
    if change and tile.previous is not None:
        headline = _("Revenue: <b>%(value)s</b>, %(change)s") % {
            "value": formats.answer_value(tile.answer),
            "change": change,
        }
        tone = "good" if (tile.answer.value or 0) >= (tile.previous.value or 0) else "bad"
        parts.append(
            _("compared with %(start)s to %(end)s.")
            % {
                "start": formats.day(tile.previous.period.start),
                "end": formats.day(tile.previous.period.last_day),
            }
        )
        parts.append(_why(facts))
    if tile.year_before is not None:
        parts.append(
            _("Against the year before: %(change)s.")
            % {"change": formats.change_text(tile.answer, tile.year_before)}
        )
    text = " ".join(parts)
    return Finding(
        id="revenue",
        tone=tone,
        headline=mark_safe(headline),
        text=text[:1].upper() + text[1:],
        values=tile.values,
        share=None,
        picture=_("Revenue over the last months"),
        link=address("figure", "revenue", facts.period, by="country"),
        action=_("Where it comes from"),
        people=people_address("revenue", facts.period, "with_customer"),
        people_text=_("See who bought"),
        weight=70 if tone == "bad" else 50,
    )


def _why(facts: Facts) -> str:
    """More or fewer buyers, or each spending more or less: the two factors of revenue."""
    now, before = facts.spent_each.answer, facts.spent_each.previous
    if before is None or not before.parts["buyers"] or not before.value or now.value is None:
        return ""
    buyers_now, buyers_before = int(now.parts["buyers"]), int(before.parts["buyers"])
    return _("Buyers: %(buyers)s, revenue of each: %(each)s.") % {
        "buyers": formats.signed(100 * (buyers_now / buyers_before - 1), 1) + "\u202f%",
        "each": formats.change_text(now, before),
    }


def _regulars(facts: Facts) -> Finding | None:
    answer = facts.regulars.answer
    if answer.value is None or not answer.parts["regulars"]:
        return None
    headline = _("<b>%(n)s regulars</b>: %(share)s of your customers.") % {
        "n": formats.number(answer.parts["regulars"]),
        "share": formats.answer_value(answer),
    }
    text = _("They bought at least three times in the last %(days)s days.") % {
        "days": formats.number(2 * (answer.window_days or 0))
    }
    again = facts.repeat.answer
    if again.value is not None:
        text += " " + _("Of all who bought in the period, %(share)s bought again.") % {
            "share": formats.answer_value(again)
        }
    return Finding(
        id="regulars",
        tone="calm",
        headline=mark_safe(headline),
        text=text,
        values=facts.regulars.values,
        share=None,
        picture=_("Regulars rate over the last months"),
        link=address("figure", "regulars_rate", facts.period),
        action=_("How it has developed"),
        people=people_address("regulars_rate", facts.period, "regulars"),
        people_text=_("See your regulars"),
        weight=40,
    )


def _unknown(facts: Facts) -> Finding | None:
    share = facts.unknown_share
    if share is None or share < UNKNOWN_WORTH_SAYING:
        return None
    headline = _("<b>%(share)s</b> of the revenue has no customer.") % {
        "share": formats.value_of(100 * share, "percent")
    }
    text = _(
        "Such purchases count as revenue, but nobody can tell whether the buyers came back. A"
        " customer card or a login at the till would show it."
    )
    return Finding(
        id="unknown",
        tone="calm",
        headline=mark_safe(headline),
        text=text,
        values=[],
        share=(share, 1),
        picture=_("Share of revenue without a customer"),
        link=address("figure", "revenue", facts.period),
        action=_("Open the revenue"),
        people=None,
        people_text="",
        weight=10,
    )


def _judged(tile: Tile, interval: tuple[float, float] | None) -> tuple[str, Tone]:
    """Whether the change is more than chance makes: outside of the 95 % interval."""
    now, before = tile.answer, tile.previous
    if before is None or before.value is None or now.value is None:
        return _("There is no earlier period to compare with yet."), "calm"
    change = formats.change_text(now, before)
    if interval and interval[0] <= before.value <= interval[1]:
        return (
            _("%(change)s against the period before: nothing unusual.") % {"change": change},
            "calm",
        )
    better = (now.value > before.value) is (tile.figure.good == "up")
    sentence = _("%(change)s against the period before: more than chance.") % {"change": change}
    return sentence, "good" if better else "bad"


def _withoutpeople_address(finding: Finding) -> Finding:
    return replace(finding, people=None, people_text="")


def address(route: str, id: str, period: Period, **more: str) -> str:
    """Of a figure's page over a period."""
    return f"{reverse(route, args=[id])}?{urlencode({**_days(period), **more})}"


def people_address(id: str, period: Period, part: str) -> str:
    """Of the people behind a part of a figure."""
    return f"{reverse('people', args=[id])}?{urlencode({**_days(period), 'part': part})}"


def _days(period: Period) -> dict[str, str]:
    return {"from": period.start.isoformat(), "to": period.last_day.isoformat()}
