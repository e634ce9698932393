"""Learning what comes next: every day, where there is something to learn."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_lazy

from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.kit.jobs import every, job
from gern.kit.shop import current_shop

VALUE_EVERY = timedelta(days=7)
PAST_SECONDS, PAST_EVERY = 30, 600
"""So long at a time, and so often, days gone by are told, for figures."""


@job(
    gettext_lazy("Learning what customers are worth, who is about to leave and what comes next"),
    queue="long",
    attempts=1,
)
def learn(by: str) -> None:
    """All models now. Too little to learn from is no failure: the pages say so."""
    shop = current_shop()
    _learned(shop, by, value=True, risk=True, coming=True)


@job(gettext_lazy("Learning what comes next, where it is due"), queue="long", attempts=1)
def learn_if_due() -> None:
    """The model of value once a week, the risk of leaving and next purchases every day of data."""
    shop = current_shop()
    if shop.span() is None:
        return
    card, scores, today = shop.value_card(), shop.risk_scores(), shop.today()
    old = card is None or datetime.now(UTC) - card.trained > VALUE_EVERY
    risk, coming = scores is None or scores.day != today, shop.next_day() != today
    new_day = shop.worths_day() != today
    _learned(shop, "schedule", value=old, risk=risk, coming=coming)
    card = shop.value_card()
    if card and new_day:
        if shop.worths_day() != today:
            with suppress(BadInput):  # contracts too few to learn from: the pages say so
                shop.keep_worths(card)
        shop.watch_drift("schedule")


def _learned(shop: Shop, by: str, *, value: bool, risk: bool, coming: bool) -> None:
    """One that fails does not keep the others from learning."""
    failed: Exception | None = None
    for wanted, train in ((value, shop.train_value), (risk, shop.train_risk), (coming, shop.train_next)):  # fmt: skip
        if wanted:
            try:
                train(by)
            except BadInput:
                continue
            except Exception as error:
                failed = failed or error
    if failed:
        raise failed


@job(
    gettext_lazy("Telling what would have been predicted in months gone by"),
    queue="long",
    attempts=1,
)
def tell_past() -> None:
    """A few at a time, so that other work goes on."""
    current_shop().keep_past(PAST_SECONDS)


every("insights_tell_past", tell_past, seconds=PAST_EVERY)
every("insights_learn", learn_if_due, seconds=3600)
