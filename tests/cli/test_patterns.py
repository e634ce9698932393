"""Patterns on the command line: the JSON scripts rely on, and what wrong wishes are told."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gern.shell.cli.main import main


@pytest.fixture
def say(online_retail):
    """``say("cohort", …)`` → (exit code, stdout) over Online Retail."""

    def call(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["--home", str(online_retail.home.path), *arguments])
        return done.exit_code, done.stdout

    return call


YEAR = ("--from", "2010-12-01", "--to", "2011-12-10")


def test_cohorts_as_json_and_as_text(say) -> None:
    code, out = say("cohort", "--start", "Order Completed", "--return", "Order Completed", "--every", "month", *YEAR, "--json")  # fmt: skip
    assert code == 0
    first = json.loads(out)["cohorts"][0]
    assert (first["start"], first["size"]) == ("2010-12", 885)
    assert first["cells"][0] == {"k": 0, "n": 885, "complete": True}
    assert first["cells"][1]["n"] == 324
    assert not first["cells"][12]["complete"]
    code, out = say("cohort", *YEAR)
    assert code == 0
    assert out.splitlines()[0].split()[:3] == ["2010-12", "885", "100.0"]


def test_later_returns_count_for_earlier_steps_too(say) -> None:
    def counts(mode: str) -> list[int]:
        out = say("cohort", *YEAR, "--mode", mode, "--json")[1]
        return [cell["n"] for cell in json.loads(out)["cohorts"][0]["cells"]]

    inside, or_after = counts("in"), counts("in-or-after")
    assert all(a <= b for a, b in zip(inside, or_after, strict=True))
    assert or_after == sorted(or_after, reverse=True)
    assert or_after[-1] == inside[-1]


def test_funnel_as_json_and_as_text(say, online_retail) -> None:
    code, out = say(
        "funnel", "--steps", "Order Completed,Order Completed", "--window", "90d", *YEAR, "--json"
    )
    assert code == 0
    found = json.loads(out)["steps"]
    assert [sorted(one) for one in found] == [
        ["median_from_start", "median_seconds", "n", "name"]
    ] * 2
    steps = online_retail.funnel(["Order Completed"] * 2, *YEAR[1::2], window="90d").steps
    assert [one["n"] for one in found] == [one.n for one in steps]
    assert found[0]["median_seconds"] is None
    code, out = say(
        "funnel",
        "--steps",
        "Order Completed,Order Refunded",
        "--order",
        "strict",
        "--every",
        "month",
        *YEAR,
    )
    assert code == 0
    assert "Order Refunded" in out


def test_survival_and_affinity(say) -> None:
    code, out = say("survival", "--by", "country", *YEAR, "--json")
    found = json.loads(out)
    assert (code, found["n"]) == (0, 4339)
    assert found["groups"][0]["group"] == "United Kingdom"
    assert 0 <= found["log_rank"]["p"] <= 1
    assert "people" in say("survival", *YEAR)[1]
    code, out = say(
        "affinity",
        "--from",
        "2011-03-01",
        "--to",
        "2011-04-01",
        "--least",
        "30",
        "--limit",
        "3",
        "--json",
    )
    pairs = json.loads(out)["pairs"]
    assert (code, len(pairs)) == (0, 3)
    assert pairs[0]["lift"] == pytest.approx(
        pairs[0]["n"] * pairs[0]["of"] / (pairs[0]["n_a"] * pairs[0]["n_b"])
    )
    code, out = say(
        "affinity", "--from", "2011-03-01", "--to", "2011-04-01", "--customer", "nobody"
    )
    assert (code, out.strip()) == (0, "Nothing goes together 20 times.")


def test_paths(say) -> None:
    code, out = say("paths", "--start", "Order Completed", "--gap", "never", *YEAR, "--json")
    found = json.loads(out)
    assert (code, found["trails"], found["people"]) == (0, 4339, 4339)
    assert found["variants"][0]["steps"] == ["Order Completed"]
    assert sum(v["n"] for v in found["variants"]) + found["rest"] == found["trails"]
    assert "paths of" in say("paths", "--end", "Order Refunded", "--gap", "30d", *YEAR)[1]


@pytest.mark.parametrize(("arguments", "param"), [
    (("funnel", "--steps", "A"), "steps"), (("funnel", "--steps", "A,B", "--window", "7"), "window"),
    (("cohort", "--every", "day", "--from", "1990-01-01", "--to", "2011-12-10"), "every"),
    (("cohort", "--from", "soon"), "from"), (("survival", "--inactive-after", "x"), "inactive-after"),
    (("paths", "--start", "A", "--end", "B"), "end"), (("paths", "--gap", "long"), "gap"),
    (("affinity", "--customer", "1", "--of", "product_group"), "of"),
])  # fmt: skip
def test_what_is_wished_wrongly_is_told(say, arguments, param, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["gern", *arguments, "--json"])
    code, out = say(*arguments, "--json")
    assert code == 2
    assert json.loads(out)["error"]["param"] == param


def test_attribution_and_phases(say, online_retail) -> None:
    online_retail.change_setting("touchpoints", {"phases": ["see", "buy"], "points": [
        {"key": "till", "name": "Till", "phase": 1, "when":
            {"type": "compare", "field": "name", "op": "is", "value": "Order Completed"}},
        {"key": "poster", "name": "Poster", "phase": 0},
    ]}, "test")  # fmt: skip
    code, out = say("attribution", "--which", "repeat", *YEAR, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["touchpoints"], found["without_contact"]) == ([], found["conversions"])
    code, out = say("attribution", "--goal", "Order Refunded", "--look-back", "2w", *YEAR, "--json")
    found = json.loads(out)
    till = found["touchpoints"][0]
    assert (till["key"], till["name"]) == ("till", "Till")
    assert till["credits"]["markov"]["value"] == found["conversions"] - found["without_contact"] > 0
    assert sorted(till["credits"]["first"]) == ["high", "low", "value"]
    code, out = say("attribution", "--goal", "Order Refunded", *YEAR)
    assert code == 0
    assert out.splitlines()[1].startswith("Till")
    for wrong in (
        ("attribution", "--goal", "order compleeted"),
        ("paths", "--start", "Ordr Completed"),
    ):
        done = CliRunner().invoke(main, ["--home", str(online_retail.home.path), *wrong])
        assert done.exit_code != 0
        assert "There is no event" in done.output + str(done.exception)
    code, out = say("phases", *YEAR, "--json")
    found = json.loads(out)
    assert next((p["name"], p["people"], p["thin"]) for p in found["phases"]) == ("see", 0, True)
    assert found["phases"][1]["people"] == found["people"] > 4000
    assert say("phases", *YEAR)[1].startswith("see: 0 people; thin")
