"""What contact does: the published numbers of an experiment, worlds in which it is known to whom it does
what, and no answer without a hold-out drawn by chance."""

from __future__ import annotations

import csv
import gzip
import json
import statistics
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from gern.core.errors import BadInput
from gern.core.log.event import Event, Line
from gern.core.predict.told import uplift_told
from gern.core.predict.trial import campaigns, trial
from gern.core.predict.uplift import uplift

HILLSTROM = Path(__file__).parents[4] / "shared" / "data" / "hillstrom" / "hillstrom.csv.gz"
BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def hillstrom() -> list[dict[str, str]]:
    if not HILLSTROM.exists():
        pytest.skip("the data set may not be copied: its author states no licence")
    with gzip.open(HILLSTROM, "rt") as file:
        return list(csv.DictReader(file))


def _arm(rows: list[dict[str, str]], arm: str, outcome: str):
    some = [row for row in rows if row["segment"] in (arm, "No E-Mail")]
    names = ["recency", "history", "mens", "womens", "newbie"]
    kinds = sorted({(key, row[key]) for row in some for key in ("zip_code", "channel")})
    features = np.array([[float(row[n]) for n in names] + [float(row[k] == v) for k, v in kinds] for row in some])  # fmt: skip
    return (
        np.array([row["segment"] == arm for row in some]), np.array([float(row[outcome]) for row in some]),
        features, [*names, *(f"{k} {v}" for k, v in kinds)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arm", "outcome", "mean", "without", "effect", "se"),
    [
        ("Mens E-Mail", "visit", 0.182757, 0.106167, 0.076590, None),
        ("Womens E-Mail", "visit", 0.151400, 0.106167, 0.045233, None),
        ("Mens E-Mail", "conversion", 0.012531, 0.005726, 0.006805, None),
        ("Womens E-Mail", "conversion", 0.008837, 0.005726, 0.003111, None),
        ("Mens E-Mail", "spend", 1.422617, 0.652789, 0.7698, 0.1452),
        ("Womens E-Mail", "spend", 1.077202, 0.652789, 0.4244, 0.1303),
    ],
)
def test_the_average_effect_is_that_of_the_experiment(hillstrom, arm, outcome, mean, without, effect, se) -> None:  # fmt: skip
    found = uplift(*_arm(hillstrom, arm, outcome), share_without=0.5)
    assert (found.average.n, found.average.n_without) == (21307 if arm[0] == "M" else 21387, 21306)
    assert found.average.mean == pytest.approx(mean, abs=1e-6)
    assert found.average.mean_without == pytest.approx(without, abs=1e-6)
    assert found.average.effect == pytest.approx(effect, abs=1e-4)
    if se:
        assert found.average.se == pytest.approx(se, abs=1e-4)


def test_who_responds_is_told_on_the_half_not_learned_from(hillstrom) -> None:
    """Visits after the women's mail differ by what was bought before; the spending after the men's does
    not, beyond chance."""
    women = uplift(*_arm(hillstrom, "Womens E-Mail", "visit"))
    assert women.sure
    assert women.matters[0][0] == "womens"
    effects = [first.difference.effect for first in women.first]
    assert effects[0] > effects[-1] > 0
    men = uplift(*_arm(hillstrom, "Mens E-Mail", "spend"))
    assert not men.sure


def _world(seed: int, n: int = 4000, *, differs: float = 0.0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 4))
    contacted = rng.random(n) < 0.7
    chance = 0.3 + 0.05 * features[:, 1] + contacted * (0.05 + differs * np.sign(features[:, 0]))
    return contacted, (rng.random(n) < chance).astype(float), features, ["a", "b", "c", "d"]


def test_chance_tells_nobody_apart() -> None:
    found = [uplift(*_world(seed)) for seed in range(200)]
    assert sum(one.sure for one in found) <= 12  # 2.5 % of 200 are 5
    covered = sum(one.average.low <= 0.05 <= one.average.high for one in found)
    assert 180 <= covered <= 199


def test_whom_contact_drives_away_is_found() -> None:
    found = uplift(*_world(1, 20_000, differs=0.15))
    assert found.sure
    assert found.matters[0][0] == "a"
    assert found.driven_away.high < 0
    assert found.driven_away.effect == pytest.approx(-0.10, abs=0.04)
    by_hand = _by_hand(*_world(1, 20_000, differs=0.15)[:2])
    assert (found.average.effect, found.average.se) == pytest.approx(by_hand)


def _by_hand(contacted, outcome) -> tuple[float, float]:
    a, b = ([y for y, c in zip(outcome.tolist(), contacted, strict=True) if c == with_] for with_ in (True, False))  # fmt: skip
    se = sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
    return statistics.mean(a) - statistics.mean(b), se


def test_without_a_hold_out_by_chance_nothing_is_told() -> None:
    contacted, outcome, features, names = _world(3)
    with pytest.raises(BadInput, match=r"50 held out\. You have 4000 contacted and 0 held out"):
        uplift(np.ones(4000), outcome, features, names)
    chosen = (
        features[:, 2] + np.random.default_rng(1).normal(size=4000) > 0
    )  # the good ones were picked
    with pytest.raises(BadInput, match="differed before the contact"):
        uplift(chosen, outcome, features, names)
    with pytest.raises(BadInput, match=r"were to be: more than chance explains"):
        uplift(contacted, outcome, features, names, share_without=0.5)
    with pytest.raises(BadInput, match="between 0 and 1"):
        uplift(contacted, outcome, features, names, share_without=3)
    assert uplift(contacted, outcome, features, names, share_without=0.3).average.n


def test_too_few_in_a_half_are_not_told_apart() -> None:
    contacted, outcome, features, names = _world(4, 160)
    contacted[:] = np.arange(160) % 2 == 0
    few = uplift(contacted, outcome, features, names)
    assert (few.told_apart, few.se, few.interval, few.sure) == (None, None, None, False)
    assert "Infinity" not in json.dumps(uplift_told(few))


def test_nothing_known_before_and_nothing_that_came() -> None:
    contacted, outcome, features, _ = _world(5)
    bare = uplift(contacted, outcome, features[:, :0], [])
    assert (bare.matters, bare.sure) == ((), False)
    same = np.full((len(contacted), 1), np.nan)
    assert uplift(contacted, outcome, same, ["x"]).matters == ()
    none = uplift(contacted, np.zeros(len(contacted)), features, ["a", "b", "c", "d"])
    assert (none.average.effect, none.average.p, none.sure) == (0, 1, False)
    huge = outcome.copy()
    huge[0] = 1e9
    assert np.isfinite(uplift(contacted, huge, features, ["a", "b", "c", "d"]).uplift).all()


@pytest.fixture
def drawn(shop):
    """400 customers: half held out, a few in both groups; what they bought before and after, and a trait
    said before and another value after."""
    rng, events, facts = np.random.default_rng(2), [], defaultdict(dict)
    for i in range(400):
        who, own = f"c{i:03}", facts[f"c{i:03}"]
        out = bool(rng.random() < 0.5)
        own |= {
            "out": out,
            "both": i % 40 == 0,
            "plan": str(rng.choice(["gold", "blue"])),
            "after": 0.0,
            "before": 0.0,
            "bought": 0,
        }

        def event(name, hours, id="", who=who, **more):
            events.append(Event(source="x", id=f"{name} {who} {hours} {id}", name=name, customer=who,
                                ts=BEGIN + timedelta(hours=hours), **more))  # fmt: skip

        event(
            "Identify",
            -500,
            kind="identify",
            properties={"plan": own["plan"], "email": f"{who}@x.de", "age": i},
        )
        event("Identify", 30, kind="identify", properties={"plan": "late"})
        event(
            "Campaign Targeted",
            0,
            properties={"campaign_id": "spring", "group": "Holdout" if out else "mail"},
        )
        if own["both"]:
            event("Campaign Targeted", 1, "2", properties={"campaign_id": "spring", "group": "mail" if out else "holdout"})  # fmt: skip
        for n in range(int(rng.integers(0, 4))):
            hours, amount = int(rng.integers(-2000, 1000)), int(rng.integers(5, 50))
            event(
                "Order Completed",
                hours,
                str(n),
                order=f"{who}-{n}",
                currency="EUR",
                lines=(Line(amount, product="tea"),),
            )
            own["before"] += amount if hours < 0 else 0
            own["bought"] += hours < 0
            own["after"] += amount if 0 <= hours < 14 * 24 else 0
    events.append(
        Event(source="x", id="end", name="Page Viewed", visitor="v", ts=BEGIN + timedelta(days=60))
    )
    shop.log.append(events)
    return shop, facts


def test_an_experiment_in_the_log_is_counted_again(drawn) -> None:
    shop, facts = drawn
    found = trial(shop.door, {}, "spring", "revenue", 14)
    whole = {who: own for who, own in facts.items() if not own["both"]}
    assert set(found.person.tolist()) == set(whole)
    column = {name: found.features[:, i] for i, name in enumerate(found.names)}
    assert {"purchases", "spent", "silent", "known", "age", "plan: gold", "plan: blue"} == set(
        found.names
    )
    for i, who in enumerate(found.person.tolist()):
        own = whole[who]
        assert found.contacted[i] != own["out"]
        assert found.outcome[i] == own["after"]
        assert (column["purchases"][i], column["spent"][i]) == (own["bought"], own["before"])
        assert (column["plan: gold"][i] == 1) == (own["plan"] == "gold")
        assert column["age"][i] == int(who[1:])
    bought = trial(shop.door, {}, "spring", "bought", 14)
    assert bought.outcome.sum() == sum(own["after"] > 0 for own in whole.values())
    assert campaigns(shop.door, {}) == ["spring"]
    assert shop.uplift("spring", "revenue", holdout_share=0.5)
    average = shop.uplift("spring", "revenue").average
    rest = [[own["after"] for own in whole.values() if own["out"] == out] for out in (False, True)]
    assert average.effect == pytest.approx(statistics.mean(rest[0]) - statistics.mean(rest[1]))
    assert (average.n, average.n_without) == (len(rest[0]), len(rest[1]))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"campaign": "autumn"}, "Nobody was drawn"),
        ({"campaign": "spring", "group": "letter"}, "name one of: mail"),
        ({"campaign": "spring", "days": 61}, "are not over"),
        ({"campaign": "spring", "days": 0}, "1 to 730"),
        ({"campaign": "spring", "outcome": "joy"}, "joy"),
    ],
)
def test_wrong_wishes_are_told(drawn, asked, told) -> None:
    with pytest.raises(BadInput, match=told):
        drawn[0].uplift(**asked)


def test_where_nobody_did_anything_there_is_nothing_to_compare(drawn) -> None:
    with pytest.raises(BadInput, match="came by web or app"):
        drawn[0].uplift("spring", "visited")


def test_an_empty_shop(shop) -> None:
    with pytest.raises(BadInput, match="Nobody was drawn"):
        shop.uplift("spring")


def test_visits_are_those_of_the_figure_and_ours_are_none(shop) -> None:
    """Being drawn on the web, a push of ours, a page of theirs: only the last is a visit; three groups."""
    events = []
    for i in range(300):
        who, part = f"c{i:03}", ("a", "b", "holdout")[i % 3]

        def event(name, hours, who=who, **more):
            events.append(Event(source="x", id=f"{name} {who}", name=name, customer=who, ts=BEGIN + timedelta(hours=hours), **more))  # fmt: skip

        event(
            "Campaign Targeted", 0, channel="web", properties={"campaign_id": "app", "group": part}
        )
        event("Identify", -5, kind="identify", properties={"": "x", "*": "y", 'a"b': "z", "plan": "gold" if i % 2 else "blue"})  # fmt: skip
        if part != "holdout":
            event("Push Sent", 1, channel="app", initiator="company")
        if i % (5 if part == "holdout" else 2) == 0:
            event("Page Viewed", 2, kind="page", **({"channel": "web"} if i % 4 else {}))
    events.append(
        Event(source="x", id="end", name="Page Viewed", visitor="v", ts=BEGIN + timedelta(days=60))
    )
    shop.log.append(events)
    found = trial(shop.door, {}, "app", "visited", 14, "a")
    for i, who in enumerate(found.person.tolist()):
        n = int(who[1:])
        assert found.outcome[i] == (n % (2 if found.contacted[i] else 5) == 0)
    assert found.drawn == (300, 100)
    assert {"plan: gold", "plan: blue"} <= set(found.names)
    assert shop.uplift("app", "visited", group="a", holdout_share=1 / 3).average.n == 100
    with pytest.raises(BadInput, match="Somebody was held out of: app"):
        shop.uplift("web")
