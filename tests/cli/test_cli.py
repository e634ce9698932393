"""The command line as scripts use it: one JSON object, exit codes, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import new_home

CSV = "order,customer,date,product,quantity,price\n1,anna,2024-03-01 10:00,tea,2,4.50\n2,ben,2024-03-02 11:00,cup,1,9\n"


@pytest.fixture
def gern(tmp_path: Path):
    """``gern("figures")`` → (exit code, stdout, stderr), in a home of its own."""

    def call(*arguments: str, home: str | None = "home", text: str = "") -> tuple[int, str, str]:
        if arguments == ("init",) and home and not (tmp_path / home).exists():
            new_home(tmp_path / home)
            return 0, "", ""
        where = ["--home", str(tmp_path / home)] if home else []
        done = subprocess.run(
            [sys.executable, "-m", "gern.shell.cli", *where, *arguments],
            input=text, capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def purchases(tmp_path: Path) -> str:
    path = tmp_path / "purchases.csv"
    path.write_text(CSV)
    return str(path)


def test_from_an_empty_directory_to_a_figure(gern, purchases: str) -> None:
    code, out, _ = gern("init", "--zone", "Europe/London", "--language", "en", "--json")
    assert code == 0
    assert json.loads(out)["zone"] == "Europe/London"
    code, out, err = gern(
        "import", purchases, "--as", "purchases", "--currency", "GBP", "--json", "--map",
        "customer=customer,order=order,product=product,quantity=quantity,price=price,time=date",
    )  # fmt: skip
    assert code == 0, err
    report = json.loads(out)
    assert (report["lines_new"], report["amount"], report["currency"]) == (2, 18.0, "GBP")
    assert "100 %" in err  # progress goes to stderr
    code, out, _ = gern(
        "figure", "retention_rate", "--from", "2024-03-02", "--to", "2024-04-01",
        "--inactive-after", "180d", "--by", "country", "--zone", "Europe/Berlin", "--json",
    )  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert answer["figure"] == "retention_rate"
    assert answer["unit"] == "percent"
    assert answer["value"] == 100
    assert (answer["numerator"], answer["denominator"], answer["window_days"]) == (1, 1, 180)
    assert answer["period"] == {"from": "2024-03-02", "to": "2024-04-01", "zone": "Europe/Berlin"}
    assert {"S", "E", "N", "lost", "won_back", "came_and_went"} <= answer["parts"].keys()
    assert {"n", "interval", "left_out", "groups"} <= answer.keys()
    code, out, _ = gern("figure", "revenue", "--from", "2024-03-01", "--to", "2024-04-01")
    assert "18.00 GBP" in out


def test_the_catalogue_is_listed(gern) -> None:
    _, out, _ = gern("figures", "--json", home=None)
    said = json.loads(out)
    assert {"retention_rate", "revenue", "nps", "bounce_rate"} < {
        f["figure"] for f in said["figures"]
    }
    assert {"cohort_retention", "initiative_roi"} < {w["figure"] for w in said["waiting"]}


def test_a_time_series(gern, purchases) -> None:
    gern("init")
    gern("import", "purchases.csv")
    _, out, _ = gern("figure", "revenue", "--from", "2011-01-01", "--to", "2011-04-15", "--every", "month", "--json")  # fmt: skip
    points = json.loads(out)["points"]
    assert [p["from"] for p in points] == ["2011-01-01", "2011-02-01", "2011-03-01", "2011-04-01"]
    assert [p["whole"] for p in points] == [True, True, True, False]
    code, _, err = gern("figure", "churn_rate", "--from", "2000-01-01", "--to", "2011-04-15", "--every", "day")  # fmt: skip
    assert code == 2
    assert "longer steps" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("figure", "npx"), "There are: retention_rate"),
        (("figure", "revenue", "--from", "March"), "2011-06-01"),
        (("figure", "revenue", "--from", "2024-02-01", "--to", "2024-02-01"), "half-open"),
        (("figure", "revenue", "--by", "weather"), "Allowed: country"),
        (("figure", "revenue", "--inactive-after", "soon"), "180d"),
        (("figure", "revenue", "--zone", "Berlin"), "Europe/Berlin"),
        (("import", "missing.csv"), "missing.csv"),
        (("import", "purchases.csv", "--map", "customer"), "FIELD=COLUMN"),
        (("import", "purchases.csv", "--map", "whom=customer"), "Allowed: time"),
        (("import", "purchases.csv", "--currency", "pounds"), "ISO 4217"),
        (("import", "purchases.csv", "--as", "visits"), "purchases"),
        (("import", "purchases.csv", "--source", "demo"), "demo"),
        (("user", "add", "nobody"), "e-mail"),
        (("setting", "weather"), "zone"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_allowed(
    gern, purchases, arguments, words
) -> None:
    gern("init")
    code, out, err = gern(*arguments)
    assert code == 2
    assert words in err
    assert out == ""


def test_an_error_is_an_object_too_when_json_is_asked_for(gern) -> None:
    gern("init")
    code, out, _ = gern("figure", "npx", "--json")
    assert code == 2
    assert json.loads(out)["error"]["code"] == "bad_input"
    code, out, err = gern("figure", "revenue", "--json", home="nowhere")
    assert code == 2
    assert "init" in err


@pytest.mark.parametrize("arguments", [("import", "--json"), ("figure", "--json"), ("x", "--json")])
def test_wrong_usage_is_an_object_too(gern, arguments) -> None:
    code, out, _ = gern(*arguments)
    assert code == 2
    assert json.loads(out)["error"]["code"] == "usage"


def test_help_and_version_end_with_0(gern) -> None:
    assert gern("--help")[0] == gern("import", "--help")[0] == gern("--version")[0] == 0


def test_a_short_password_is_refused(gern) -> None:
    gern("init")
    code, _, err = gern("user", "add", "ben@example.org", "--password-stdin", text="short\n")
    assert code == 2
    assert "12 characters" in err


def test_a_taken_port_is_said(gern) -> None:
    import socket

    gern("init")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, out, err = gern("serve", "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "taken" in err
    assert "runs at" not in err + out.split("First login")[0]


def test_a_home_newer_than_this_gern_is_refused(gern, tmp_path: Path) -> None:
    gern("init")
    (tmp_path / "home" / "home.json").write_text('{"format": 99}')
    code, _, err = gern("figures", home="home")
    assert code == 0  # the catalogue needs no home
    code, _, err = gern("upgrade")
    assert code == 1
    assert "format 99" in err


def test_bad_rows_are_named_with_their_file(gern, tmp_path: Path) -> None:
    gern("init")
    path = tmp_path / "bad.csv"
    path.write_text(CSV + "3,cem,never,tea,1,4\n")
    code, out, _ = gern("import", str(path))
    assert code == 0
    assert "1 bad rows left out" in out
    report = json.loads(gern("import", str(path), "--json")[1])
    assert Path(report["reject_file"]).is_file()


def test_users_and_their_passwords(gern) -> None:
    gern("init")
    code, out, _ = gern("user", "add", "ben@example.org", "--role", "editor", "--json")
    assert code == 0
    assert len(json.loads(out)["password"]) > 20
    code, out, _ = gern(
        "user", "add", "ben@example.org", "--password-stdin", text="longer-than-twelve\n"
    )
    assert code == 0
    assert "longer-than-twelve" not in out


def test_doctor_finds_a_changed_segment_and_removes_strays(gern, purchases, tmp_path: Path) -> None:
    gern("init")
    gern("import", purchases)
    code, out, _ = gern("doctor", "--json")
    assert code == 0, out
    assert json.loads(out)["healthy"]
    log = tmp_path / "home" / "log"
    segment = next(log.glob("*.parquet"))
    (log / "2024-01-left-over.tmp").write_bytes(b"half a file")
    segment.write_bytes(segment.read_bytes() + b" ")
    code, out, _ = gern("doctor")
    assert code == 1
    assert "has changed on disk" in out
    assert not (log / "2024-01-left-over.tmp").exists()


def test_settings_are_shown_and_changed(gern) -> None:
    gern("init")
    gern("setting", "window_days", "120")
    gern("setting", "fees", "POST, M")
    found = json.loads(gern("setting", "--json")[1])["settings"]
    assert (found["window_days"], found["fees"]) == (120, ["POST", "M"])


def test_upgrade_backs_up_first(gern, tmp_path: Path) -> None:
    gern("init")
    code, out, _ = gern("upgrade", "--json")
    assert code == 0
    assert (Path(json.loads(out)["backup"]) / "gern.sqlite3").is_file()


def test_the_demo_shop_leaves_with_the_first_own_file(gern, purchases: str) -> None:
    code, out, _ = gern("demo", "--no-serve", "--json")
    first = json.loads(out)
    assert first["login"]["email"] == "admin@gern.local"
    second = json.loads(gern("demo", "--no-serve", "--json")[1])
    assert (second["login"], second["made"]) == (None, False)
    answer = json.loads(gern("figure", "revenue", "--json")[1])
    assert answer["unit"] == "GBP"
    gern("import", purchases)
    answer = json.loads(
        gern("figure", "revenue", "--from", "2000-01-01", "--to", "2027-01-01", "--json")[1]
    )
    assert (answer["value"], answer["unit"], answer["period"]["zone"]) == (
        18,
        "EUR",
        "Europe/Berlin",
    )
    code, _, err = gern("demo", "--no-serve")
    assert code == 2
    assert "your own" in err


def test_the_library_needs_no_django() -> None:
    code = (
        "import sys, gern; gern.core.shop; import gern.core.imports.preview;"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('django', 'altair')], 'web'"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
