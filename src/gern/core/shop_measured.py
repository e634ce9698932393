"""The part of a shop that says what something did and what is to be expected of a figure: changes,
forecasts, experiments. See `core.predict`."""

from __future__ import annotations

from gern.core.errors import BadInput
from gern.core.figures.asking import Granularity
from gern.core.predict.effect import YEAR, effect
from gern.core.predict.effect_steps import EffectShown, Steps, first_whole
from gern.core.predict.forecast import USUAL_AHEAD, ForecastShown, forecast_of
from gern.core.predict.trial import OUTCOMES, Outcome, trial
from gern.core.predict.uplift import Uplift, check_share, uplift
from gern.core.shop_figures import ShopFigures
from gern.core.shop_patterns import among
from gern.core.shop_terms import Day, as_day

_DID = {"revenue": "paid anything", "bought": "bought", "visited": "came by web or app"}
_TAT = {"revenue": "etwas bezahlt", "bought": "gekauft", "visited": "Website oder App besucht"}


class ShopMeasured(ShopFigures):
    """What `Shop` answers."""

    def effect(
        self, id: str, day: Day, every: Granularity = "week", *, after: int | None = None,
        by: str | None = None, group: str | None = None, against: str | None = None,
    ) -> EffectShown:  # fmt: skip
        """What a change on this day did to a figure, over ``after`` whole steps (days, weeks or months)
        from then on; left out: as many as there are, up to four weeks, eight weeks or three months. Of
        the ``group`` of a breakdown ``by`` only; ``against``: another group, which it did not reach.

        >>> shop.effect("revenue", "2011-09-01", "week").effect.relative  # doctest: +SKIP
        0.21
        """
        among(every, tuple(YEAR), "every")
        if (by is None) != (group is None) or (against is not None and by is None):
            raise BadInput(
                "A comparison names by, group and against; one group alone by and group.", param="group",
                german="Ein Vergleich nennt by, group und against; eine Gruppe allein by und group.",
            )  # fmt: skip
        steps = Steps.around(self, as_day(day, "day"), every, after)
        series = [steps.values(self, id, by, group)]
        if against is not None:
            series.append(steps.values(self, id, by, against))
        begin = max(first_whole(series, steps.before), steps.first_counted(self, id, series[0]))
        n = steps.before - begin
        whole = [[float(value or 0) for value in values[begin:]] for values in series]
        compare = (whole[1][:n], whole[1][n:]) if against is not None else None
        found = effect(whole[0][:n], whole[0][n:], every, compare)
        return EffectShown(found, steps.days[begin:], tuple(whole[0]), n)

    def forecast(
        self, id: str, every: Granularity = "week", *, ahead: int | None = None
    ) -> ForecastShown:
        """What is to be expected of a figure in the next whole days, weeks or months, with a band. ``ahead``:
        so many; left out: two weeks, four weeks or three months.

        >>> shop.forecast("retention_rate").forecast.ahead[0].expected  # doctest: +SKIP
        61.2
        """
        among(every, tuple(YEAR), "every")
        return forecast_of(self, id, every, USUAL_AHEAD[every] if ahead is None else ahead)

    def uplift(
        self, campaign: str, outcome: Outcome = "revenue", *, days: int = 14, group: str | None = None,
        holdout_share: float | None = None,
    ) -> Uplift:  # fmt: skip
        """What being contacted by a campaign did within ``days``, on average and to whom, from its hold-out.
        ``outcome``: revenue (after returns), bought or visited. ``holdout_share``: the share that was
        to be held out. ``BadInput``: nobody was held out by chance.

        >>> shop.uplift("spring", "bought").average.effect  # doctest: +SKIP
        0.0068
        """
        among(outcome, OUTCOMES, "outcome")
        if not 1 <= days <= 730:
            raise BadInput("The time looked at is 1 to 730 days.", param="days",
                           german="Die betrachtete Zeit beträgt 1 bis 730 Tage.")  # fmt: skip
        roles = self.setting("roles").value or {}
        found = trial(self.door, roles, campaign, outcome, days, group)
        if holdout_share is not None:
            check_share(*found.drawn, holdout_share)
        if not found.outcome.any() and len(found.outcome):
            raise BadInput(
                f"Nobody who was drawn {_DID[outcome]} within {days} days, neither contacted nor held out: there"
                " is nothing to compare.", param="outcome",
                german=f"Niemand, der ausgelost wurde, hat binnen {days} Tagen {_TAT[outcome]}, weder angesprochen noch"
                " in der Kontrollgruppe: Es gibt nichts zu vergleichen.",
            )  # fmt: skip
        return uplift(found.contacted, found.outcome, found.features, found.names)  # fmt: skip
