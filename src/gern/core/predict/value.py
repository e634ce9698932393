"""What customers are worth: how often they will buy × what they spend, on margin, in money of today.

value = margin × share kept after returns × E[spend a purchase] × Σ over the months m of the horizon of
(E[purchases until m] − E[purchases until m − 1]) / (1 + yearly discount)^(m / 12)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import ModuleType

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict import bgnbd, gamma_gamma, nbd, pareto
from gern.core.predict.buyers import UNITS, Buyers
from gern.core.predict.fitting import Fit
from gern.core.predict.horizon import Horizon

UNIT = "week"
HARDLY = 0.98
"""Where so large a share is there still, hardly anybody is seen to leave."""
BUYING: dict[str, ModuleType] = {each.MODEL: each for each in (bgnbd, pareto, nbd)}


@dataclass(frozen=True)
class Model:
    """Fitted to customers until the day ``until``. ``buying``: time in weeks; ``spend``: None where
    nobody paid a second time or it did not converge, then all spend the ``mean_spend``. ``tried``: the
    models of buying not taken."""

    buying: Fit
    spend: Fit | None
    mean_spend: float
    until: date
    tried: tuple[Fit, ...] = ()

    @property
    def bound(self) -> bool:
        """Whether nobody is seen to leave, so that the values are an upper bound."""
        return self.buying.model == nbd.MODEL


@dataclass(frozen=True)
class Worth:
    """One entry a customer. ``alive``: chance to be one still; ``purchases``: expected in the horizon;
    ``spend``: expected at a purchase, after returns; ``value``: see above."""

    alive: Array
    purchases: Array
    spend: Array
    value: Array

    def only(self, entries: Array) -> Worth:
        """Some of them, by number."""
        return Worth(
            self.alive[entries], self.purchases[entries], self.spend[entries], self.value[entries]
        )


def fitted(buyers: Buyers) -> Model:
    """Of BG/NBD and Pareto/NBD the likelier one that converged; where neither did, since nobody is seen
    to leave, NBD. ``BadInput``: too little to learn from, or no model fits."""
    buyers.check()
    histories = buyers.histories(UNITS[UNIT])
    tried = [bgnbd.fit_bgnbd(histories), pareto.fit_pareto(histories)]
    if not any(one.converged for one in tried):
        tried.append(nbd.fit_nbd(histories))
    good = sorted((one for one in tried if one.converged), key=lambda one: -one.log_likelihood)
    if not good:
        raise BadInput(
            "No model of buying fits these customers: "
            + "; ".join(f"{one.model}: {one.why.en}" for one in tried if one.why) + ". Nothing is"
            " predicted rather than something wrong.", param="model",
            german="Kein Kaufmodell passt zu diesen Kunden: "
            + "; ".join(f"{one.model}: {one.why.de}" for one in tried if one.why) + ". Es wird lieber"
            " nichts vorhergesagt als etwas Falsches.",
        )  # fmt: skip
    back = (buyers.x > 0) & (buyers.mean > 0)
    total = float(buyers.x[back].sum())
    mean = float((buyers.x * buyers.mean)[back].sum() / total) if total else 0.0
    spend = gamma_gamma.fit_gamma_gamma(buyers.x[back], buyers.mean[back])
    sane = spend.converged and spend["q"] > 1
    others = tuple(one for one in tried if one is not good[0])
    return Model(good[0], spend if sane else None, mean, buyers.until, others)


def worth(
    model: Model, buyers: Buyers, horizon: Horizon, *, margin: float = 1.0, discount: float = 0.0,
) -> Worth:  # fmt: skip
    """What each is worth over the horizon. ``margin``: share of revenue; ``discount``: a year."""
    checked_money(margin, discount)
    ends, months = horizon.months()
    weights = (1 + discount) ** (-months / 12)
    expected = expected_purchases(model.buying, buyers, ends)
    alive = chance_alive(model.buying, buyers)
    steps = np.diff(expected, axis=1, prepend=0)
    spend = kept_share(model, buyers) * spend_of(model, buyers)
    return Worth(alive, alive * expected[:, -1], spend, margin * spend * alive * (steps @ weights))


def kept_share(model: Model, buyers: Buyers) -> Array:
    """Which share of their money each will not take back: (balance + w × kept) / (spent + w), w the mean
    spend at a purchase and ``kept`` the share of all customers; so who bought little is thought to be
    as all are, and who sends most of it back as they are."""
    more = max(model.mean_spend, 0.0)
    whole = buyers.spent + more
    share = np.divide(
        buyers.balance + more * buyers.kept,
        whole,
        out=np.full(len(buyers), buyers.kept),
        where=whole > 0,
    )
    return np.asarray(share.clip(0, 1))


def checked_money(margin: float | None, discount: float) -> None:
    """``BadInput`` unless both are shares; a margin may be left out."""
    if margin is not None and not 0 <= margin <= 1:
        raise BadInput("A margin is a share from 0 to 1.", param="margin",
                       german="Eine Marge ist ein Anteil von 0 bis 1.")  # fmt: skip
    if not 0 <= discount <= 1:
        raise BadInput("A discount rate is a share from 0 to 1 a year.", param="discount",
                       german="Ein Zinssatz ist ein Anteil von 0 bis 1 im Jahr.")  # fmt: skip


def chance_alive(fit: Fit, buyers: Buyers) -> Array:
    """P(alive) of each."""
    days = UNITS[UNIT]
    found: Array = BUYING[fit.model].alive(fit, buyers.x, buyers.t_x / days, buyers.T / days)
    return found


def expected_purchases(fit: Fit, buyers: Buyers, ends: Array) -> Array:
    """Of each, were they a customer still: purchases until each of ``ends`` (days from now). It depends
    on how often they bought and since when only, so it is computed once for those alike."""
    days = UNITS[UNIT]
    longest = int(buyers.T.max(initial=0)) + 1
    alike, which = np.unique(buyers.x.astype(np.int64) * longest + buyers.T.astype(np.int64), return_inverse=True)  # fmt: skip
    x, T = alike // longest, alike % longest / days
    found: Array = BUYING[fit.model].expected_if_alive(fit, ends / days, x, T)
    return found[which]


def spend_of(model: Model, buyers: Buyers) -> Array:
    """What each will pay at a purchase, before returns."""
    if model.spend is None:
        return np.full(len(buyers), model.mean_spend)
    paid = np.where(buyers.mean > 0, buyers.x, 0)
    return gamma_gamma.expected_spend(model.spend, paid, buyers.mean)
