"""Parameters by maximum likelihood: what makes the data as likely as can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gern.core.engines.names import Array
from gern.core.text import Text

Likelihood = Callable[[Array], tuple[float, Array]]
"""Parameters → (log-likelihood, its derivative by each)."""

_LOWEST, _HIGHEST = 1e-5, 1e6
_FLAT = 1e-5
"""Per customer: so flat is a top."""


@dataclass(frozen=True)
class Fit:
    """``params`` by their names in the papers, ``se`` their standard errors (none where it did not
    converge), ``n`` customers. ``why``: what stood in the way; None where it converged."""

    model: str
    params: Mapping[str, float]
    se: Mapping[str, float]
    log_likelihood: float
    n: int
    converged: bool
    why: Text | None = None

    def __getitem__(self, name: str) -> float:
        return self.params[name]


def fit(
    model: str, names: Sequence[str], likelihood: Likelihood, n: float, starts: Sequence[Sequence[float]],
) -> Fit:  # fmt: skip
    """The best of what is found from the ``starts``; parameters are positive. A fit converged when the
    top is flat, bent down in every direction and not at the edge of what is looked at (1e-5 to
    1e6): otherwise the data do not tell the parameters, and the fit says so."""

    from scipy.optimize import minimize  # not at the top: a second of every start

    def climbed(logs: Array) -> tuple[float, Array]:
        params = np.exp(np.clip(logs, np.log(_LOWEST) - 1, np.log(_HIGHEST) + 1))
        value, slope = likelihood(params)
        if not np.isfinite(value):
            return 1e300, np.zeros(len(logs))
        return -value / n, -slope * params / n

    best = None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for start in starts:
            found = minimize(climbed, np.log(start), jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 400})  # fmt: skip
            if best is None or found.fun < best[0]:
                best = (float(found.fun), found.x)
            if _flat(climbed, best[1]) and _inside(best[1]):
                break
        assert best is not None
        logs, bent = best[1], _bent(climbed, best[1])
    params = np.exp(logs)
    value, _ = likelihood(params)
    why = _why(names, logs, bent, flat=_flat(climbed, logs))
    se = {}
    if why is None:
        spread = np.sqrt(np.diag(np.linalg.inv(bent)) / n) * params
        se = {name: float(one) for name, one in zip(names, spread, strict=True)}
    return Fit(model, {name: float(one) for name, one in zip(names, params, strict=True)}, se,
               float(value), round(n), why is None, why)  # fmt: skip


def _why(names: Sequence[str], logs: Array, bent: Array, *, flat: bool) -> Text | None:
    edge = [name for name, log in zip(names, logs, strict=True) if not _inside(np.array([log]))]
    if edge or not np.isfinite(bent).all():
        return Text(
            f"die Daten legen {' und '.join(edge) or 'die Parameter'} nicht fest (Rand des Möglichen)",
            f"the data do not tell {' and '.join(edge) or 'the parameters'} (edge of what is possible)",
        )
    if not flat:
        return Text("die Suche endete vor dem Gipfel", "the search ended before the top")
    if np.linalg.eigvalsh(bent).min() <= 1e-9:
        return Text("viele Parameter erklären die Daten gleich gut",
                    "many parameters explain the data equally well")  # fmt: skip
    return None


def _inside(logs: Array) -> bool:
    return bool((logs > np.log(_LOWEST)).all() and (logs < np.log(_HIGHEST)).all())


def _flat(climbed: Likelihood, logs: Array) -> bool:
    return bool(np.abs(climbed(logs)[1]).max() < _FLAT)


def _bent(climbed: Likelihood, logs: Array) -> Array:
    """Second derivatives, by differences of the first."""
    step, size = 1e-4, len(logs)
    found = np.empty((size, size))
    for i in range(size):
        aside = np.zeros(size)
        aside[i] = step
        found[i] = (climbed(logs + aside)[1] - climbed(logs - aside)[1]) / (2 * step)
    return (found + found.T) / 2
