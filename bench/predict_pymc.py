"""The same work by pymc-marketing (maximum a posteriori), in an environment of its own:
``PYTHON predict_pymc.py WORK FILE.npz``."""

import json
import logging
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
work, file = sys.argv[1:3]
data = dict(np.load(file))
x, t_x, T, mean = (data[name] for name in ("x", "t_x", "T", "mean"))

from pymc_marketing.clv import BetaGeoModel, GammaGammaModel

people = pd.DataFrame({"customer_id": np.arange(len(x)), "frequency": x, "recency": t_x, "T": T,
                       "monetary_value": mean})  # fmt: skip
back = people[(x > 0) & (mean > 0)]
model = BetaGeoModel(data=people.drop(columns="monetary_value"))
model.fit(method="map", progressbar=False)
spend = GammaGammaModel(data=back[["customer_id", "frequency", "monetary_value"]])
spend.fit(method="map", progressbar=False)
started = time.perf_counter()
if work == "clv":
    spend.expected_customer_lifetime_value(
        transaction_model=model, data=people, future_t=12, discount_rate=0.01, time_unit="W"
    )
else:  # accuracy: purchases and money of the weeks that were hidden
    weeks = float(data["weeks"][0])
    bought = np.asarray(model.expected_purchases(data=people, future_t=weeks)).reshape(-1)
    paid = np.asarray(spend.expected_customer_spend(data=people)).reshape(-1)
    np.savez(file.replace(".npz", "-pymc.npz"), bought=bought, paid=bought * paid)
seconds = time.perf_counter() - started
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
params = {
    name: float(model.fit_result[name].mean())
    for name in ("r", "alpha", "a", "b")
    if name in model.fit_result
}
print(json.dumps({"seconds": seconds, "mb": megabytes, "params": params}))
