"""Models of buying against lifetimes 0.11.3 and pymc-marketing 0.19.2 on the same customers, interleaved,
each in a process of its own; and how good all are on a quarter hidden from them. ``python -m bench.predict``.

The peers are installed into ``.tools``, away from ours. The accuracy needs the shared data sets.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
PEERS, PYMC = ROOT / ".tools" / "peers", ROOT / ".tools" / "pymc"
SHARED = ROOT.parent / "shared" / "data"
MANY, FEW, PARETO = 1_000_000, 23_570, 100_000
ROUNDS = 3
WORKS = {"bgnbd": MANY, "gamma-gamma": MANY, "clv": MANY, "bgnbd, few": FEW, "pareto-nbd": PARETO}
LIMITS = {"bgnbd": 10, "gamma-gamma": 6, "clv": 8, "bgnbd, few": 8, "pareto-nbd": 10}
SETS = {
    "CDNOW": ("cdnow/cdnow_master.parquet", "UTC", date(1998, 7, 1)),
    "Online Retail": ("online_retail/online_retail_2010_2011.parquet", "Europe/London", date(2011, 12, 10)),
    "Complete Journey": ("complete_journey/transactions.parquet", "UTC", date(2018, 1, 1)),
}  # fmt: skip


def measure() -> dict[str, Any]:
    """Seconds and memory of both, and the accuracy of both."""
    for folder, package in ((PEERS, "lifetimes==0.11.3"), (PYMC, "pymc-marketing==0.19.2")):
        if not folder.exists():
            uv = ROOT / ".tools" / "bin" / "uv"
            subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder], check=True)
            subprocess.run([uv, "pip", "install", "-q", "--python", folder / "bin" / "python", package], check=True)  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="gern-bench-") as name:
        folder = Path(name)
        speed = {work: _against(work, _made(folder, n)) for work, n in WORKS.items()}
        return {
            "customers": WORKS, "speed": speed, "value of 12 months, pymc-marketing": _pymc(_made(folder, MANY)), "limits, times faster": LIMITS,
            "accuracy, last quarter hidden": _accuracy(folder) if SHARED.is_dir() else None,
        }  # fmt: skip


def _made(folder: Path, n: int) -> Path:
    """Customers who behave as the model says, with the parameters of CDNOW; days, in weeks."""
    file = folder / f"{n}.npz"
    if file.exists():
        return file
    draw = np.random.default_rng(7)
    rate, gone = draw.gamma(0.243, 1 / 4.414, n), draw.beta(0.793, 2.426, n)
    T = np.round(draw.uniform(27, 39, n) * 7) / 7
    x, t_x, now, there = np.zeros(n), np.zeros(n), np.zeros(n), np.arange(n)
    while len(there):
        now[there] += draw.exponential(1 / np.maximum(rate[there], 1e-9))
        there = there[now[there] <= T[there]]
        x[there] += 1
        t_x[there] = np.minimum(np.ceil(now[there] * 7) / 7, T[there])
        there = there[draw.random(len(there)) > gone[there]]
    money = draw.gamma(6.25 * np.maximum(x, 1)) / draw.gamma(3.74, 1 / 15.44, n) / np.maximum(x, 1)
    np.savez(file, x=x, t_x=t_x, T=T, mean=np.where(x > 0, money, 0.0))
    return file


def _against(work: str, file: Path) -> dict[str, Any]:
    kind = work.partition(",")[0]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_run([sys.executable, "-m", "bench.predict", kind, str(file)]))
        theirs.append(_run([str(PEERS / "bin" / "python"), str(ROOT / "bench" / "predict_peer.py"), kind, str(file)]))  # fmt: skip
    best, peer = (min(one["seconds"] for one in each) for each in (ours, theirs))
    return {
        "ours": round(best, 3), "lifetimes": round(peer, 2), "times faster": round(peer / best, 1),
        "mb": round(ours[0]["mb"]), "lifetimes mb": round(theirs[0]["mb"]),
        "params": ours[0]["params"], "lifetimes params": theirs[0]["params"],
    }  # fmt: skip


def _pymc(file: Path) -> dict[str, Any]:
    """The value of twelve months; fitting is not in it."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_run([sys.executable, "-m", "bench.predict", "clv", str(file)]))
        theirs.append(_run([str(PYMC / "bin" / "python"), str(ROOT / "bench" / "predict_pymc.py"), "clv", str(file)]))  # fmt: skip
    best, peer = (min(one["seconds"] for one in each) for each in (ours, theirs))
    return {
        "ours": round(best, 3), "pymc-marketing": round(peer, 2), "times faster": round(peer / best, 1), "limit": 3,
        "mb": round(ours[0]["mb"]), "pymc-marketing mb": round(theirs[0]["mb"]), "params": theirs[0]["params"],
    }  # fmt: skip


def _run(command: list[str]) -> dict[str, Any]:
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=quiet)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def work(kind: str, file: str) -> None:
    """Ours, in this process."""
    import scipy.linalg
    import scipy.optimize
    import scipy.special  # noqa: F401 - theirs is imported before the clock starts, too

    from gern.core.predict.bgnbd import fit_bgnbd
    from gern.core.predict.buyers import Buyers
    from gern.core.predict.gamma_gamma import fit_gamma_gamma
    from gern.core.predict.histories import Histories
    from gern.core.predict.horizon import horizon_of
    from gern.core.predict.pareto import fit_pareto
    from gern.core.predict.value import Model, worth

    data = np.load(file)
    x, t_x, T, mean = (data[name] for name in ("x", "t_x", "T", "mean"))
    started = time.perf_counter()
    if kind == "gamma-gamma":
        found = fit_gamma_gamma(x, mean)
    elif kind == "pareto-nbd":
        found = fit_pareto(Histories.of(x, t_x, T))
    else:
        found = fit_bgnbd(Histories.of(x, t_x, T))
    if kind == "clv":
        spend = fit_gamma_gamma(x, mean)
        none = np.array([])
        buyers = Buyers(
            until=date(2026, 1, 1), person=np.arange(len(x)), first=none, x=x, t_x=np.round(t_x * 7),
            T=np.round(T * 7), mean=mean, spent=mean, balance=mean, country=none, channel=none, kept=1.0,
        )  # fmt: skip
        started = time.perf_counter()
        worth(
            Model(found, spend, 0.0, date(2026, 1, 1)), buyers, horizon_of("12m"), discount=0.1268
        )
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mb": megabytes, "params": dict(found.params)}))


def _accuracy(folder: Path) -> dict[str, Any]:
    """Mean |said − happened| of purchases and money a customer; how much larger than ours, with a
    95 % interval over the same customers."""
    import gern
    from gern.core.predict.horizon import Horizon
    from gern.core.predict.value import fitted, spend_of, worth

    found: dict[str, Any] = {}
    for name, (file, zone, until) in SETS.items():
        shop = gern.create_shop(folder / name.replace(" ", "-"), zone=zone, currency="USD")
        shop.import_file(SHARED / file)
        now = shop.buyers(until)
        hidden = now.days // 4
        known = shop.buyers(until - timedelta(days=hidden))
        place = np.searchsorted(now.person, known.person)
        bought, paid = now.x[place] - known.x, now.spent[place] - known.spent
        model = fitted(known)
        said = worth(model, known, Horizon("", float(hidden)))
        spend = spend_of(model, known)
        asked = folder / f"{name}.npz"
        np.savez(asked, x=known.x, t_x=known.t_x / 7, T=known.T / 7, mean=known.mean, weeks=np.full(len(known), hidden / 7))  # fmt: skip
        ways = {
            "ours": (said.purchases, said.purchases * spend),
            "as before": (known.x * hidden / np.maximum(known.T, 1), known.spent * hidden / np.maximum(known.T, 30)),
            "boosting": _boosting(shop, known, hidden),
        }  # fmt: skip
        try:
            _run([str(PEERS / "bin" / "python"), str(ROOT / "bench" / "predict_peer.py"), "accuracy", str(asked)])  # fmt: skip
            theirs = np.load(str(asked).replace(".npz", "-said.npz"))
            ways["lifetimes"] = (theirs["bought"], theirs["paid"])
        except subprocess.CalledProcessError as error:
            found[f"{name}, lifetimes"] = error.stderr.splitlines()[-1][:120]
        try:
            _run([str(PYMC / "bin" / "python"), str(ROOT / "bench" / "predict_pymc.py"), "accuracy", str(asked)])  # fmt: skip
            theirs = np.load(str(asked).replace(".npz", "-pymc.npz"))
            ways["pymc-marketing"] = (theirs["bought"], theirs["paid"])
        except subprocess.CalledProcessError as error:
            found[f"{name}, pymc-marketing"] = error.stderr.splitlines()[-1][:120]
        errors = {way: (np.abs(b - bought), np.abs(p - paid)) for way, (b, p) in ways.items()}
        found[name] = {
            "model": model.buying.model, "customers": len(known), "days hidden": hidden,
            **{way: {what: _compared(errors[way][i], errors["ours"][i]) for i, what in enumerate(("purchases", "money"))}
               | {"expected / happened": round(float(ways[way][0].sum() / bought.sum()), 3)}
               for way in ways},
            "who leaves": _leaving(shop),
        }  # fmt: skip
    return found


def _leaving(shop: Any) -> dict[str, Any]:
    """By way: how well those who leave are told apart, on days after those learned from."""
    learned = shop.risks()
    check = learned.check
    return {
        "days": [str(day) for day in check.days], "customers looked at": check.rows, "left": check.left,
        "taken": check.taken,
        **{way.name: {"AUC": round(way.auc, 3), "log-loss": round(way.loss, 3),
                      "more than the one taken": [round(x, 4) for x in (way.worse, way.low, way.high)],
                      "calibration slope": round(way.slope, 2), "said": round(way.said, 3)} for way in check.ways},
    }  # fmt: skip


def _boosting(shop: Any, known: Any, hidden: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradient boosting over the same few numbers, learned from the quarter before."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    then = shop.buyers(known.until - timedelta(days=hidden))
    place = np.searchsorted(known.person, then.person)

    def seen(buyers: Any) -> np.ndarray:
        return np.column_stack([buyers.x, buyers.t_x, buyers.T, buyers.mean, buyers.spent])

    targets = (known.x[place] - then.x, known.spent[place] - then.spent)
    learned = [HistGradientBoostingRegressor(loss="poisson", max_iter=150, learning_rate=0.05, random_state=1)
               .fit(seen(then), np.maximum(target, 0)) for target in targets]  # fmt: skip
    said = [one.predict(seen(known)) for one in learned]
    return said[0], said[1]


def _compared(theirs: np.ndarray, ours: np.ndarray) -> dict[str, float]:
    apart = theirs - ours
    half = 1.96 * float(apart.std()) / len(apart) ** 0.5
    return {"mae": round(float(theirs.mean()), 4), "more than ours": round(float(apart.mean()), 4),
            "low": round(float(apart.mean()) - half, 4), "high": round(float(apart.mean()) + half, 4)}  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(*sys.argv[1:3])
    else:
        print(json.dumps(measure(), indent=2))
