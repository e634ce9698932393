"""The same work by lifetimes, in an environment of its own: ``PYTHON predict_peer.py WORK FILE.npz``."""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

work, file = sys.argv[1:3]
data = {name: pd.Series(column) for name, column in np.load(file).items()}
x, t_x, T, mean = (data[name] for name in ("x", "t_x", "T", "mean"))

from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter


def fitted(kind, *columns):
    started = time.perf_counter()
    found = kind().fit(*columns)
    return found, time.perf_counter() - started


back = (x > 0) & (mean > 0)
if work == "bgnbd":
    model, seconds = fitted(BetaGeoFitter, x, t_x, T)
elif work == "pareto-nbd":
    model, seconds = fitted(ParetoNBDFitter, x, t_x, T)
elif work == "gamma-gamma":
    model, seconds = fitted(GammaGammaFitter, x[back], mean[back])
else:
    model, _ = fitted(BetaGeoFitter, x, t_x, T)
    spend, _ = fitted(GammaGammaFitter, x[back], mean[back])
    started = time.perf_counter()
    if work == "clv":
        spend.customer_lifetime_value(model, x, t_x, T, mean, time=12, discount_rate=0.01, freq="W")
        seconds = time.perf_counter() - started
    else:  # accuracy: purchases and money of the weeks that were hidden
        weeks = float(data["weeks"].iloc[0])
        bought = model.conditional_expected_number_of_purchases_up_to_time(weeks, x, t_x, T)
        paid = spend.conditional_expected_average_profit(x, mean)
        np.savez(file.replace(".npz", "-said.npz"), bought=bought, paid=bought * paid)
        seconds = time.perf_counter() - started
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(
    json.dumps(
        {
            "seconds": seconds,
            "mb": megabytes,
            "params": {k: float(v) for k, v in model.params_.items()},
        }
    )
)
