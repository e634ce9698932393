"""The part of a shop that says what comes next: see `core.predict`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict import past
from gern.core.predict.bgnbd import MODEL as BGNBD
from gern.core.predict.bgnbd import fit_bgnbd
from gern.core.predict.buyers import UNITS, Buyers, buyers_of
from gern.core.predict.coming import NAME as NEXT_FILE
from gern.core.predict.coming import Foreseen, foresee
from gern.core.predict.coming import write as write_coming
from gern.core.predict.contracts import (
    ContractCheck,
    ContractValue,
    contract_check,
    contract_value,
    contracts_until,
    hidden_days,
)
from gern.core.predict.dayfiles import day_of, drop
from gern.core.predict.dayfiles import newest as newest_file
from gern.core.predict.drift import FEWEST_DAYS, Drift, drift
from gern.core.predict.fitting import Fit
from gern.core.predict.gamma_gamma import MODEL as GAMMA_GAMMA
from gern.core.predict.gamma_gamma import fit_gamma_gamma
from gern.core.predict.holdout import HoldOut, held_out
from gern.core.predict.horizon import Horizon, horizon_of
from gern.core.predict.kept import (
    NEXT,
    RISK,
    VALUE,
    Card,
    NextCard,
    RiskCard,
    card,
    forget,
    keep,
    keep_drift,
    keep_next,
    keep_risk,
    kept_drift,
    lacking,
    next_card,
    refuse,
    risk_card,
    versions,
)
from gern.core.predict.nbd import MODEL as NBD
from gern.core.predict.nbd import fit_nbd
from gern.core.predict.pareto import MODEL as PARETO
from gern.core.predict.pareto import fit_pareto
from gern.core.predict.risk import Learned, risks
from gern.core.predict.scores import NAME as RISK_FILE
from gern.core.predict.scores import Scores, newest, write
from gern.core.predict.snapshots import Known
from gern.core.predict.value import Model, Worth, checked_money, fitted, worth
from gern.core.predict.worths import HORIZON
from gern.core.predict.worths import NAME as VALUE_FILE
from gern.core.predict.worths import write as write_worths
from gern.core.shop_figures import ShopFigures
from gern.core.shop_patterns import among
from gern.core.shop_terms import Day, as_day
from gern.core.text import Text

MODELS = {BGNBD: fit_bgnbd, PARETO: fit_pareto, NBD: fit_nbd}
FILES = {VALUE: VALUE_FILE, RISK: RISK_FILE, NEXT: NEXT_FILE}
"""Model card → the file of the day made with it."""
DISCOUNT = 0.1
"""A year, unless something else is said."""


@dataclass(frozen=True)
class Value:
    """What customers are worth: an entry a customer in ``buyers`` and ``worth``."""

    model: Model
    buyers: Buyers
    worth: Worth
    horizon: Horizon
    margin: float
    discount: float


class ShopPredict(ShopFigures):
    """What `Shop` answers."""

    def buyers(self, until: Day | None = None) -> Buyers:
        """The customers as models of buying see them, with what they did before the day ``until``
        (today)."""
        return buyers_of(self.door, self.zone, self._day(until))

    def fit_model(self, model: str, *, until: Day | None = None, unit: str = "week") -> Fit:
        """One model fitted to all purchases before ``until``. ``model``: bgnbd, pareto-nbd, nbd or
        gamma-gamma; ``unit`` of its time: day, week or month.

        >>> shop.fit_model("bgnbd", until="1997-10-01").params  # doctest: +SKIP
        {'r': 0.2426, 'alpha': 4.4136, 'a': 0.7929, 'b': 2.4259}
        """
        among(model, (*MODELS, GAMMA_GAMMA), "model")
        among(unit, tuple(UNITS), "unit")
        buyers = self.buyers(until)
        buyers.check()
        if model == GAMMA_GAMMA:
            return fit_gamma_gamma(buyers.x, buyers.mean)
        return MODELS[model](buyers.histories(UNITS[unit]))

    def value_margin(self) -> float | None:
        """The contribution margin of the setting ``profit``, as a share; None: nobody said."""
        margin = (self.setting("profit").value or {}).get("margin")
        return None if margin is None else float(margin) / 100

    def _day(self, until: Day | None) -> date:
        return self.today() if until is None else as_day(until, "until")

    def _margin(self, said: float | None) -> float:
        """As it was said, the setting ``profit``, or 1: then value is revenue."""
        known = self.value_margin() if said is None else said
        return 1.0 if known is None else known

    def value(
        self, horizon: str = "12m", *, margin: float | None = None, discount: float = DISCOUNT,
        until: Day | None = None, model: Model | None = None,
    ) -> Value:  # fmt: skip
        """What each customer is worth over the horizon from the day ``until`` on. ``margin``: share of
        revenue (the setting ``profit``; where nobody said: 1, so that it is revenue); ``discount``: a
        year. ``model``: one fitted before; else it is fitted now.

        >>> shop.value("12m", margin=0.3).worth.value.sum()  # doctest: +SKIP
        245360.76
        """
        buyers = self.buyers(until)
        if model is not None:
            buyers.check()
        return _valued(model or fitted(buyers), buyers, horizon, self._margin(margin), discount)

    def contract_value(
        self, horizon: str = "12m", *, margin: float | None = None, discount: float = DISCOUNT,
        until: Day | None = None,
    ) -> ContractValue:  # fmt: skip
        """What customers under contract will still pay over the horizon from the day ``until`` on, by how
        long customers stay; margin and discount as in `value`.

        >>> shop.contract_value("24m", margin=0.4).value.sum()  # doctest: +SKIP
        812400.5
        """
        checked_money(margin, discount)
        day = self._day(until)
        return contract_value(
            contracts_until(self.door, self.zone, day), horizon_of(horizon),
            margin=self._margin(margin), discount=discount,
        )  # fmt: skip

    def contract_check(self, until: Day | None = None) -> ContractCheck:
        """How good that is on the last third of the time, half a year at most, hidden from it."""
        day = self._day(until)
        now = contracts_until(self.door, self.zone, day)
        then = contracts_until(self.door, self.zone, day - timedelta(days=max(hidden_days(now), 1)))
        return contract_check(now, then)

    def value_of(self, person: str, horizon: str, made: Card) -> Value:
        """The same of one customer, by a model card; nobody in it: they have not bought."""
        buyers = replace(buyers_of(self.door, self.zone, self.today(), person), kept=made.kept)
        return _valued(made.model, buyers, horizon, self._margin(None), DISCOUNT)

    def lacking(self) -> Text | None:
        """Why nothing could be learned when it was tried last, of value first; None: it could."""
        return lacking(self.manifest, VALUE) or lacking(self.manifest, RISK)

    def forget_models(self, by: str) -> None:
        """Nothing was learned: the data it was learned from have gone."""
        forget(self.manifest, by)
        for name in (*FILES.values(), past.RISK, past.VALUE):
            drop(self.home, name)

    def value_check(self, until: Day | None = None) -> HoldOut:
        """How good the model of value is on the last third of the time, half a year at most, hidden
        from it."""
        return held_out(self.buyers(until), self.buyers)

    def train_value(self, by: str) -> Card:
        """Learn from all there is until today, check it, and keep both as a new version of the model
        card. ``BadInput``: there is too little to learn from; what was learned before holds no more."""
        buyers = self._enough(VALUE, by)
        with self._or_refused(VALUE, by):
            model = fitted(buyers)
        try:
            check, why = held_out(buyers, self.buyers), None
        except BadInput as error:
            check, why = None, error.text
        keep(self.manifest, model, buyers, check, why, self.currency, by)
        made = self.value_card()
        assert made is not None
        with self._or_refused(VALUE, by):
            self.keep_worths(made)
        return made

    def keep_worths(self, made: Card) -> None:
        """Keep what customers are worth today, by this card, for audiences and figures. ``BadInput``: in
        contract business there is too little to learn from."""
        columns = self._worths(self.today(), made.model)
        self._unless_erased(write_worths(self.home, self.today(), columns), columns["person"])
        self._told(1)

    def _worths(self, day: date, model: Model | None = None) -> dict[str, Array]:
        """By what was known before the day: what each customer is worth, and has brought so far."""
        buyers, margin = self.buyers(day), self._margin(None)
        if self.terms().contracts:
            under = self.contract_value(HORIZON, until=day)
            person, value = under.person, under.value
        else:
            found = _valued(model or fitted(buyers), buyers, HORIZON, margin, DISCOUNT)
            person, value = buyers.person, found.worth.value
        brought = dict(zip(buyers.person.tolist(), (margin * buyers.balance).tolist(), strict=True))
        so_far = np.array([brought.get(one, 0.0) for one in person.tolist()], dtype=float)
        return {"person": person, "value": value, "brought": so_far}

    def _told(self, n: int) -> int:
        """Where something was told, what is kept of figures holds no more."""
        if n:
            self.manifest.set("scores_told", datetime.now(UTC).isoformat(), "schedule")
        return n

    def worths_day(self) -> date | None:
        """The day of the values kept; None: there are none."""
        return self._day_of(VALUE_FILE)

    def value_card(self) -> Card | None:
        """The model card in force; None: nothing was learned yet."""
        return card(self.manifest, self.currency)

    def known_for_risk(self) -> Known:
        """What a model of leaving goes by: zone, window W, roles of events, questions."""
        roles, questions = (self.setting(name).value or {} for name in ("roles", "questions"))
        return Known(self.zone, self.window_days, roles, questions)

    def risks(self, until: Day | None = None) -> Learned:
        """Who of the customers is about to leave: learned from days gone by, checked on later ones.

        >>> shop.risks().check.ways[2].auc  # doctest: +SKIP
        0.726
        """
        day = self._day(until)
        return risks(self.door, self.known_for_risk(), day)

    def train_risk(self, by: str) -> RiskCard:
        """Learn, check and keep a new version of the model card, and the scores of today's customers.
        ``BadInput``: there is too little to learn from; what was learned before holds no more."""
        self._enough(RISK, by)
        with self._or_refused(RISK, by):
            learned = self.risks()
        keep_risk(self.manifest, learned, self.window_days, by)
        self._unless_erased(write(self.home, learned.scores), learned.scores.person)
        self._told(1)
        made = self.risk_card()
        assert made is not None
        return made

    def next_purchases(self, until: Day | None = None) -> Foreseen:
        """When each customer buys next, and what: learned from what was before the day ``until`` (today),
        checked on the last part of it.

        >>> shop.next_purchases().coming.ahead[0]  # doctest: +SKIP
        1.0
        """
        day = self._day(until)
        return foresee(self.door, self.zone, self.window_days, day, self.fees)

    def train_next(self, by: str) -> NextCard:
        """Learn, check and keep a new version of the model card, and what is expected of today's
        customers. ``BadInput``: there is too little to learn from."""
        with self._or_refused(NEXT, by):
            found = self.next_purchases()
        keep_next(self.manifest, found, by)
        self._unless_erased(write_coming(self.home, found.coming), found.coming.person)
        made = self.next_card()
        assert made is not None
        return made

    def next_card(self) -> NextCard | None:
        """The model card in force; None: nothing was learned yet."""
        return next_card(self.manifest)

    def next_day(self) -> date | None:
        """The day of which the next purchases are told; None: they are not there."""
        return self._day_of(NEXT_FILE)

    def _day_of(self, name: str) -> date | None:
        path = newest_file(self.home, name)
        return day_of(path, name) if path else None

    def _unless_erased(self, path: Path | None, people: Array) -> None:
        """Somebody may have been erased while it was learned: then what was kept goes."""
        here = self.buyers().person.astype(str)
        if self.terms().contracts:
            under = contracts_until(self.door, self.zone, self.today()).person.astype(str)
            here = np.concatenate([here, under])
        if path and not np.isin(people.astype(str), here).all():
            path.unlink(missing_ok=True)

    @contextmanager
    def _or_refused(self, name: str, by: str) -> Iterator[None]:
        """Where it cannot be learned, what was learned before holds no more."""
        try:
            yield
        except BadInput as error:
            refuse(self.manifest, name, error.text, by)
            drop(self.home, FILES[name])
            raise

    def _enough(self, name: str, by: str) -> Buyers:
        """Today's buyers, if they are enough to learn from; else what was learned before has gone."""
        buyers = self.buyers()
        try:
            buyers.check()
        except BadInput:
            refuse(self.manifest, name, None, by)
            drop(self.home, FILES[name])
            raise
        return buyers

    def risk_card(self) -> RiskCard | None:
        """The model card in force; None: nothing was learned yet."""
        return risk_card(self.manifest)

    def risk_scores(self) -> Scores | None:
        """The scores of the day they were made last; None: there are none."""
        return newest(self.door)

    def value_drift(self) -> Drift | None:
        """What happened since the newest model of value that is old enough to say was made; None: it is too
        early, or nothing was learned."""
        if self.value_card() is None:
            return None
        today = self.today()
        old = next((one for one in versions(self.manifest, 200) if one.currency == self.currency
                    and (today - one.model.until).days >= FEWEST_DAYS), None)  # fmt: skip
        return drift(old.model, self.buyers, today) if old else None

    def watch_drift(self, by: str) -> None:
        """Keep whether the model of value holds no more, for the alert (`drifted`)."""
        found = self.value_drift()
        keep_drift(self.manifest, found if found and found.drifted else None, by)

    def drifted(self) -> Drift | None:
        """Against what it expected, when it was looked at last and held no more; None: it holds."""
        return kept_drift(self.manifest)


def _valued(model: Model, buyers: Buyers, horizon: str, margin: float, discount: float) -> Value:
    ahead = horizon_of(horizon)
    found = worth(model, buyers, ahead, margin=margin, discount=discount)
    return Value(model, buyers, found, ahead, margin, discount)
