"""``gern log``, ``erase``, ``query``, ``backup``, ``restore`` as scripts use them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gern.core.log.backup import restore
from tests.cli.test_cli import CSV, gern, purchases  # noqa: F401
from tests.core.log.test_old_homes import OLD
from tests.homes import GERN, new_home


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """A home with two purchases."""
    folder = tmp_path_factory.mktemp("imported")
    new_home(folder / "home", "--currency", "EUR")
    (folder / "purchases.csv").write_text(CSV)
    command = [*GERN, "--home", str(folder / "home"), "import", str(folder / "purchases.csv")]
    subprocess.run(command, capture_output=True, check=True)
    return folder / "home"


@pytest.fixture
def home(imported: Path, tmp_path: Path):
    shutil.copytree(imported, tmp_path / "home")


def one(answer: tuple[int, str, str]) -> dict:
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_log_stats_check_and_compact(home, gern) -> None:  # noqa: F811
    assert one(gern("log", "stats", "--json"))["rows"] == 2
    assert "inbox events" in gern("log", "stats")[1]
    found = one(gern("log", "check", "--json"))
    assert (found["whole"], found["rows"], found["problems"]) == (True, 2, [])
    assert one(gern("log", "compact", "--fully", "--json")) == {
        "events": 0, "duplicates": 0, "erased": 0, "batches": 0,
    }  # fmt: skip


def test_log_check_tells_what_is_wrong_with_exit_1(home, gern, tmp_path: Path) -> None:  # noqa: F811
    segment = next((tmp_path / "home" / "log").iterdir())
    segment.write_bytes(b"x" + segment.read_bytes()[1:])
    for arguments in (("log", "check"), ("log", "check", "--quick")):
        code, out, _ = gern(*arguments)
        assert code == 1
        assert "has changed on disk: restore it from a backup" in out
    code, out, _ = gern("log", "check", "--json")
    assert (code, json.loads(out)["whole"]) == (1, False)


def test_erase_reports_every_place(home, gern) -> None:  # noqa: F811
    report = one(gern("erase", "anna", "--json"))
    assert report["people"] == 1
    assert (report["log"]["rows"], report["log"]["segments_rewritten"]) == (1, 1)
    assert report["places"] == dict.fromkeys(
        ["home/rejects", "home/uploads", "outbox.Waiting", "collect.TrafficRule",
         "django_tasks_database.DBTaskResult", "customers.Note", "customers.Tagging",
         "customers.CustomerFile", "home/files", "customers.Relation",
         "customers.Task", "customers.CustomerOwner", "insights.ContestedScore", "customers.CardChange", "customers.Listed", "customers.AudienceChange", "customers.Audience",
         "customers.DuplicatePair", "protect.Restriction", "protect.PreferenceLink", "protect.Hold",
         "home/packages", "protect.Package", "protect.Request", "protect.Erasure", "protect.Sealed",
         "protect.Signup", "protect.DataLink", "protect.CustomerLook", "protect.Transfer"], 0,
    )  # fmt: skip
    assert set(report["stays"]) == {"event id hashes", "tombstones", "backups"}
    assert "anna" not in json.dumps(report)
    assert one(gern("query", "SELECT customer FROM rows", "--json")) == {
        "rows": [{"customer": "ben"}]
    }
    assert "1 people erased" in gern("erase", "ben")[1]


def test_erase_waits_for_the_night_when_asked(home, gern) -> None:  # noqa: F811
    assert one(gern("erase", "anna", "ben", "--tonight", "--json")) == {"people": 2, "waiting": 2}
    assert one(gern("query", "SELECT count(*) AS n FROM rows", "--json"))["rows"] == [{"n": 2}]
    assert one(gern("erase", "--waiting", "--json"))["log"]["rows"] == 2
    assert one(gern("erase", "--waiting", "--json")) == {"people": 0}
    assert one(gern("erase", "--finish", "--json")) == {
        "taken_up": 0,
        "log": None,
        "unreachable": [],
    }
    assert gern("erase", "anna", "--finish")[0] == 2
    code, _, err = gern("erase")
    assert code == 2
    assert "Say whom" in err


def test_query_prints_a_table_or_one_object(home, gern) -> None:  # noqa: F811
    code, out, _ = gern("query", "SELECT customer, amount, ts FROM lines ORDER BY customer")
    assert code == 0
    assert out.splitlines()[0] == "customer\tamount\tts"
    assert out.splitlines()[1].startswith("anna\t9.0\t2024-03-01T09:00:00Z")
    code, out, err = gern("query", "DROP TABLE rows", "--json")
    assert (code, json.loads(out)["error"]["param"]) == (2, "SQL")
    assert "Only one SELECT" in err
    assert gern("query", "SELECT count(*) FROM rows", "--seconds", "5")[0] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("profit", {"margin": "35", "acquisition": "12.5"}), ("binding", {"marks": {"technical": 80}}),
     ("roles", {"goal": ["Signed Up"]}), ("questions", {"Gern?": "nps"})],
)  # fmt: skip
def test_settings_of_parts_are_written_as_json(home, gern, name: str, value: dict) -> None:  # noqa: F811
    assert gern("setting", name, json.dumps(value))[0] == 0
    assert one(gern("setting", name, "--json"))["settings"][name].items() >= value.items() or name == "binding"  # fmt: skip
    assert gern("setting", name, "[1")[0] == 2


def test_backup_drill_and_restore(home, gern, tmp_path: Path) -> None:  # noqa: F811
    made = one(gern("backup", str(tmp_path / "b"), "--keep", "3", "--json"))
    assert one(gern("backup", str(tmp_path / "b"), "--list", "--json")) == {
        "backups": [made["path"]]
    }
    drilled = one(gern("restore", made["path"], "--drill", "--json"))
    assert (drilled["rows"], drilled["problems"], drilled["drill"]) == (2, [], True)
    gern("erase", "anna")
    code, _, err = gern("restore", made["path"])
    assert code == 2
    assert "Name a new folder" in err
    restored = one(gern("restore", str(tmp_path / "b"), "--json", home="new"))
    assert restored["backup"] == made["path"]
    rows = one(gern("query", "SELECT count(*) AS n FROM rows", "--json", home="new"))
    assert rows == {"rows": [{"n": 1}]}  # Anna was erased since
    assert restored["erased_again"] == 1
    assert gern("doctor", home="new")[0] == 0
    code, _, err = gern("restore", str(tmp_path), home="newer")
    assert code == 2
    assert "no backup made by Gern" in err


KEEP = """
from gern.kit.shop import current_shop
from gern.rooms.customers.models import Note
from gern.rooms.customers.files.services import add_file
for who in ("anna", "ben"):
    Note.objects.create(person=who, text=f"about {who}")
    add_file(current_shop(), who, [who], io.BytesIO(b"%PDF-of " + who.encode()), "a.pdf", None)
"""
SAY = """
from gern.kit.shop import current_shop
from gern.rooms.customers.models import CustomerFile, Note
files = [path.read_bytes().decode() for path in current_shop().home.files.iterdir()]
print(json.dumps([sorted(Note.objects.values_list("person", flat=True)),
                  sorted(CustomerFile.objects.values_list("person", flat=True)), sorted(files)]))
"""


def in_the_rooms(home: Path, code: str) -> str:
    env = {**os.environ, "GERN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gern.shell.settings"}
    command = [sys.executable, "-c", f"import io, json, django; django.setup(){code}"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def test_a_restore_erases_again_in_every_place(home, gern, tmp_path: Path) -> None:  # noqa: F811
    in_the_rooms(tmp_path / "home", KEEP)
    made = one(gern("backup", str(tmp_path / "b"), "--json"))
    again = one(gern("backup", str(tmp_path / "b"), "--json"))
    assert again["bytes_new"] < made["bytes_new"]  # what never changes is shared
    assert gern("erase", "anna")[0] == 0
    assert one(gern("restore", made["path"], "--json", home="new"))["erased_again"] == 1
    said = json.loads(in_the_rooms(tmp_path / "new", SAY))
    assert said == [["ben"], ["ben"], ["%PDF-of ben"]]
    # killed before the other places were done: the next command does it
    restore(Path(made["path"]), tmp_path / "killed")
    assert len(json.loads(in_the_rooms(tmp_path / "killed", SAY))[0]) == 2
    assert gern("user", "add", "eva@example.org", home="killed")[0] == 0
    assert json.loads(in_the_rooms(tmp_path / "killed", SAY)) == said
    assert not (tmp_path / "killed" / "erased-again.json").exists()


def test_a_backup_in_the_chosen_folder_does_not_bring_the_erased_back(home, gern, tmp_path) -> None:  # noqa: F811
    assert gern("setting", "backup_folder", str(tmp_path / "nightly"))[0] == 0
    one(gern("backup", "--json"))
    gern("erase", "anna")
    restored = one(gern("restore", str(tmp_path / "nightly"), "--json", home="new"))
    assert (restored["rows"], restored["erased_again"]) == (1, 1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("backup_folder", "here", "absolute"), ("backup_hour", "24", "0 to 23"),
     ("backup_keep", "0", "1 to 365"), ("weather", "fine", "There are: zone")],
)  # fmt: skip
def test_settings_of_backups_are_checked(home, gern, name, value, said) -> None:  # noqa: F811
    code, _, err = gern("setting", name, value)
    assert code == 2
    assert said in err


def test_an_old_home_is_upgraded(gern, tmp_path: Path) -> None:  # noqa: F811
    shutil.copytree(OLD, tmp_path / "home")
    code, _, err = gern("log", "stats")
    assert code == 1
    assert "upgrade" in err
    done = one(gern("upgrade", "--json"))
    assert (done["format_before"], done["format"]) == (1, 3)
    assert one(gern("log", "check", "--json"))["whole"]
    assert gern("doctor")[0] == 0
    assert gern("upgrade", home="nowhere")[0] == 2


def test_the_doctor_tells_of_an_erasure_that_was_broken_off(home, gern, tmp_path) -> None:  # noqa: F811
    left = tmp_path / "home/erasing/x.json"
    left.parent.mkdir(exist_ok=True)
    left.write_text('{"people": ["anna"], "names": ["anna"], "at": 99999999999999999}')
    checks = {c["name"]: c for c in one(gern("doctor", "--json"))["checks"]}
    assert checks["erasures"]["state"] == "warn"
    assert one(gern("erase", "--finish", "--json"))["taken_up"] == 1
    checks = {c["name"]: c for c in one(gern("doctor", "--json"))["checks"]}
    assert checks["erasures"]["state"] == "ok"
    assert one(gern("query", "SELECT DISTINCT customer FROM rows", "--json"))["rows"] == [
        {"customer": "ben"}
    ]
