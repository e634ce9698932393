"""The charts of the patterns, and the period they begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from gern.core.figures.periods import Period, add_months
from gern.core.patterns.cohorts import CohortsAnswer
from gern.core.patterns.survival import Curve
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.charts import Spec, bars_chart, trend_chart
from gern.rooms.insights.patterns.asked import EVERY

if TYPE_CHECKING:
    from gern.rooms.insights.patterns.views import ShownStep

_POINTS = 60


def usual_period(shop: Shop) -> Period:
    """The last twelve months, from the first of one."""
    today = shop.today()
    return shop.period(add_months(today, -12).replace(day=1), today)


def means(found: CohortsAnswer, every: str) -> Spec:
    """The mean share that came back, by step after their own."""
    points = [
        {"label": str(one.k), "period": _("step %(k)s (%(every)s)") % {"k": one.k, "every": EVERY[every]},
         "value": float(100 * one.share), "shown": formats.value_of(float(100 * one.share), "percent")}
        for one in found.means()[1:]
    ]  # fmt: skip
    return trend_chart(points, "percent", _("came back"))


def funnel(steps: Sequence[ShownStep]) -> Spec:
    """How many of those who entered came as far."""
    rows = [
        {"group": f"{i}. {one.label}", "value": one.share, "low": None, "high": None,
         "shown": f"{formats.value_of(one.share, 'percent')} ({formats.number(one.reached.n)})"}
        for i, one in enumerate(steps, start=1)
    ]  # fmt: skip
    return bars_chart(rows, "percent", _("came as far"))


def staying(curve: Curve) -> Spec:
    """The share that stays longer than so many days."""
    step = max(1, round(curve.longest / _POINTS))
    points = []
    for days in range(0, int(curve.longest) + 1, step):
        share = 100 * (curve.at(days) or 0)
        points.append({"label": str(days), "period": _("after %(days)s days") % {"days": days},
                       "value": share, "shown": formats.value_of(share, "percent")})  # fmt: skip
    return trend_chart(points, "percent", _("still there"))
