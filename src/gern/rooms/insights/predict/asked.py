"""What the pages of predictions ask, read from their address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gern.core.shop import Shop
from gern.core.shop_predict import DISCOUNT

HORIZONS: dict[str, str | Promise] = {
    "3m": gettext_lazy("3 months"), "6m": gettext_lazy("6 months"), "12m": gettext_lazy("12 months"),
    "2y": gettext_lazy("2 years"), "3y": gettext_lazy("3 years"), "5y": gettext_lazy("5 years"),
}  # fmt: skip


@dataclass(frozen=True)
class ValueAsked:
    """``margin`` and ``discount`` in percent; ``of_revenue``: nobody has named a margin, so value is
    revenue; ``problem``: what the address says wrongly."""

    horizon: str
    margin: float
    discount: float
    of_revenue: bool
    problem: str

    @property
    def horizon_said(self) -> str:
        """As people say it."""
        return str(HORIZONS[self.horizon])


def value_asked(request: HttpRequest, shop: Shop) -> ValueAsked:
    """Wrong values fall back to the usual ones and are reported."""
    query, problem = request.GET, ""
    horizon = query.get("horizon", "12m")
    if horizon not in HORIZONS:
        horizon, problem = "12m", _("The period ahead is one of those in the list.")
    usual = shop.value_margin()
    margin, wrong = _percent(query.get("margin"), 100 * (1 if usual is None else usual))
    problem = _("The margin is a number from 0 to 100.") if wrong else problem
    discount, wrong = _percent(query.get("discount"), 100 * DISCOUNT)
    problem = _("The interest is a number from 0 to 100.") if wrong else problem
    of_revenue = usual is None and not query.get("margin")
    return ValueAsked(horizon, margin, discount, of_revenue, problem)


def _percent(said: str | None, usual: float) -> tuple[float, bool]:
    if not said:
        return usual, False
    try:
        value = float(said.replace(",", "."))
    except ValueError:
        return usual, True
    return (value, False) if 0 <= value <= 100 else (usual, True)


def number_asked(request: HttpRequest, name: str, usual: float, low: float, high: float) -> float:
    """A number of the address, or the usual one."""
    try:
        value = float(request.GET.get(name, "").replace(",", "."))
    except ValueError:
        return usual
    return min(max(value, low), high) if value == value else usual  # noqa: PLR0124 - no NaN
