"""Predictions on the command line: the JSON scripts rely on, and what too little data are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gern.core.log.event import Event, Line
from gern.shell.cli import predict
from gern.shell.cli.main import main
from tests.core.predict.test_models import CDNOW, cdnow


@pytest.fixture
def say():
    """``say(shop, "fit", …)`` → (exit code, stdout)."""

    def call(shop, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["--home", str(shop.home.path), "predict", *arguments])
        return done.exit_code, done.stdout

    return call


@cdnow
def test_the_published_numbers_come_out_of_a_file(say, shop) -> None:
    """The 2,357 customers of the papers, imported as any file is."""
    shop.import_file(
        CDNOW / "cdnow_sample.parquet",
        mapping={"customer": "sample_id", "time": "date", "amount": "amount"},
    )
    code, out = say(shop, "fit", "bgnbd", "--until", "1997-10-01", "--unit", "week", "--json")
    found = json.loads(out)
    assert (code, list(found)) == (0, ["model", "params", "se", "log_likelihood", "n", "converged"])
    assert (found["model"], found["n"], found["converged"]) == ("bgnbd", 2357, True)
    assert [round(v, 3) for v in found["params"].values()] == [0.243, 4.414, 0.793, 2.426]
    assert found["log_likelihood"] == pytest.approx(-9582.429, rel=1e-7)
    found = json.loads(say(shop, "fit", "gamma-gamma", "--until", "1997-10-01", "--json")[1])
    assert found["log_likelihood"] == pytest.approx(-4055.9177, rel=1e-8)
    found = json.loads(say(shop, "fit", "pareto-nbd", "--until", "1997-10-01", "--json")[1])
    assert found["log_likelihood"] == pytest.approx(-9594.976, rel=1e-7)


def test_value_as_json_and_as_text(say, online_retail) -> None:
    code, out = say(
        online_retail,
        "clv",
        "--horizon",
        "12m",
        "--margin",
        "0.3",
        "--discount",
        "0.1",
        "--top",
        "3",
        "--json",
    )
    found = json.loads(out)
    value = online_retail.value("12m", margin=0.3, discount=0.1)
    assert code == 0
    assert found["value"] == pytest.approx(value.worth.value.sum())
    assert (found["customers"], found["currency"]) == (len(value.buyers), "GBP")
    assert found["top"][0]["customer"] == value.buyers.person[value.worth.value.argmax()]
    assert all(one["low"] <= one["high"] for one in found["top"])
    assert found["check"]["purchases"]["happened"] == online_retail.value_check().happened
    code, out = say(online_retail, "clv", "--top", "3")
    assert code == 0
    assert len(out.splitlines()) == 9
    assert "hidden from it" in out


def test_a_fit_as_text(say, online_retail) -> None:
    code, out = say(online_retail, "fit", "nbd", "--unit", "month")
    assert code == 0
    assert "converged" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clv", "--horizon", "soon"], "is no horizon. Allowed: 90d, 26w, 12m, 2y"),
        (["clv", "--margin", "30"], "A margin is a share from 0 to 1."),
        (["clv", "--discount", "-1"], "A discount rate is a share from 0 to 1"),
        (["fit", "bgnbd", "--until", "yesterday"], "yesterday"),
        (["fit", "bgnbd", "--until", "2010-12-05"], "needs at least 50 customers"),
    ],
)
def test_wrong_wishes(say, online_retail, arguments, said, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["gern", "predict", *arguments, "--json"])
    code, out = say(online_retail, *arguments, "--json")
    assert code == 2
    assert said in json.loads(out)["error"]["message"]


def test_effect_as_json_and_as_text(say, online_retail) -> None:
    code, out = say(
        online_retail, "effect", "revenue", "--day", "2011-09-05", "--after", "4", "--json"
    )
    found, shown = json.loads(out), online_retail.effect("revenue", "2011-09-05", after=4)
    assert code == 0
    assert (found["effect"], found["low"], found["sure"]) == (
        shown.effect.effect,
        shown.effect.low,
        True,
    )
    assert [one["expected"] for one in found["steps"]][-4:] == list(shown.effect.forecast)
    code, out = say(online_retail, "effect", "revenue", "--day", "2011-09-05")
    assert code == 0
    assert "placebos" in out


def test_churn_and_train(say, online_retail, monkeypatch) -> None:
    monkeypatch.setattr(predict, "PAST_SECONDS", 0.01)
    code, out = say(online_retail, "churn", "--top", "2", "--json")
    found = json.loads(out)
    assert code == 0
    assert len(found["top"]) == 2
    assert {"customer", "risk", "patience_days", "reasons", "facts"} == set(found["top"][0])
    assert [way["name"] for way in found["check"]["ways"]] == ["overdue", "buying", "learned"]
    code, out = say(online_retail, "train", "--json")
    learned = {"value": "learned", "risk": "learned", "next": "learned"}
    assert (code, json.loads(out)) == (0, learned | {"past": "1 scores of days gone by"})
    assert online_retail.value_card().by == online_retail.risk_card().by == "command line"


def test_next_as_json_and_as_text(say, online_retail) -> None:
    code, out = say(online_retail, "next", "--top", "2", "--json", "--until", "2011-12-10")
    found = json.loads(out)
    assert (code, len(found["top"])) == (0, 2)
    first = found["top"][0]
    assert {
        "customer",
        "expected",
        "days",
        "days_low",
        "days_high",
        "chance_30_days",
        "products",
    } == set(first)
    products = found["check"]["products"]
    assert [one["baseline"] for one in products["against"]] == ["before", "popular"]
    assert all(one["low"] > 0 for one in products["against"])  # better than both, beyond chance
    assert found["check"]["day"]["against"][0]["low"] > 0
    code, out = say(online_retail, "next", "--top", "1", "--until", "2011-12-10")
    assert code == 0
    assert first["expected"] in out
    assert "before:" in out


def test_uplift_needs_a_hold_out(say, shop) -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    events = [
        Event(source="x", id="end", name="Page Viewed", visitor="v", ts=begin + timedelta(days=40))
    ]
    for i in range(400):
        group = "holdout" if i % 2 else "mail"
        events.append(Event(source="x", id=f"t{i}", name="Campaign Targeted", customer=f"c{i}", ts=begin,
                            properties={"campaign_id": "spring", "group": group}))  # fmt: skip
        if i % 4 == 0 or i % 10 == 1:  # half of those contacted, a fifth of the others
            events.append(Event(source="x", id=f"o{i}", name="Order Completed", customer=f"c{i}", order=f"o{i}",
                                currency="EUR", ts=begin + timedelta(days=2), lines=(Line(10, product="tea"),)))  # fmt: skip
    shop.log.append(events)
    code, out = say(shop, "uplift", "spring", "--outcome", "bought", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["average"]["mean"] == 0.5
    assert found["average"]["mean_without"] == 0.2
    code, out = say(shop, "uplift", "spring", "--holdout-share", "0.5")
    assert code == 0
    assert "effect +3 " in out
    assert "More than chance explains." in out
    assert "nobody can be told apart beforehand" in out
    code, out = say(shop, "uplift", "autumn")
    assert code != 0


def test_forecast_as_json_and_as_text(say, online_retail) -> None:
    code, out = say(
        online_retail, "forecast", "revenue", "--every", "week", "--ahead", "2", "--json"
    )
    found = json.loads(out)
    shown = online_retail.forecast("revenue", "week", ahead=2)
    assert code == 0
    assert [one["expected"] for one in found["ahead"]] == [
        one.expected for one in shown.forecast.ahead
    ]
    assert found["forecast"] in found["tried"]
    code, out = say(online_retail, "forecast", "revenue", "--every", "week")
    assert (code, len(out.splitlines())) == (0, 6)
    assert "The season is not in it" in out
    code, out = say(online_retail, "forecast", "retention_rate", "--every", "month", "--ahead", "6")
    assert code != 0


def test_value_of_contracts(say, shop) -> None:
    begin = datetime(2025, 1, 1, 9, tzinfo=UTC)
    shop.change_setting("business", "contracts", "anna")
    events = []
    for i in range(120):
        who = f"c{i:03}"
        events.append(Event(source="crm", id=f"s{i}", name="Contract Started", customer=who, ts=begin, properties={"contract": "a"}))  # fmt: skip
        events.append(Event(source="crm", id=f"p{i}", name="Order Completed", customer=who, ts=begin + timedelta(days=1 + i), currency="EUR",
                            order=f"o{i}", lines=(Line(100, product="plan"),)))  # fmt: skip
        if i % 2:
            events.append(Event(source="crm", id=f"e{i}", name="Contract Ended", customer=who, ts=begin + timedelta(days=20 + i), properties={"contract": "a"}))  # fmt: skip
    shop.log.append(events)
    code, out = say(
        shop,
        "clv",
        "--until",
        "2025-12-01",
        "--horizon",
        "3m",
        "--margin",
        "0.5",
        "--top",
        "2",
        "--json",
    )
    found = json.loads(out)
    assert (code, found["customers"], found["model"]["left"]) == (0, 60, 60)
    assert found["value"] == pytest.approx(
        shop.contract_value("3m", margin=0.5, until="2025-12-01").value.sum()
    )
    assert {"customer", "days", "monthly", "stays", "months", "value"} == set(found["top"][0])
    code, out = say(shop, "clv", "--until", "2025-12-01")
    assert code == 0
    assert "60 customers under contract" in out
