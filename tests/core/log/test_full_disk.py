"""A full or read-only disk: a clear error, nothing lost, and on it goes once there is room."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import gern
from gern.core.errors import OutOfSpace
from gern.core.log import inbox
from tests.core.conftest import NOW

SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import gern
from gern.core.errors import GernError, OutOfSpace
from gern.core.log import inbox
from gern.core.log.event import Event

folder, phase = Path(sys.argv[1]), sys.argv[2]
inbox.FREE_BYTES = 0                       # past the watermark: the disk itself says no
if phase == "begin":
    shop = gern.create_shop(folder / "home")
elif phase != "readonly":
    shop = gern.open(folder / "home")

def send(n):
    shop.log.append([Event(source="s", id=f"{n}:{i}", name="n", customer="c",
                           ts=datetime(2026, 6, 1, tzinfo=UTC), properties={"x": "y" * 500})
                     for i in range(50)])

def rows():
    return shop.query("SELECT count(*) AS n FROM rows")[0]["n"]

if phase == "begin":
    for n in range(20):
        send(n)
    shop.log.compact()
    shop.manifest.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
elif phase == "full":
    filler = (folder / "filler").open("wb", buffering=0)
    try:
        while filler.write(b"x" * 4096):
            pass
    except OSError:
        pass
    refused = 0
    for n in range(100, 160):
        try:
            send(n)
        except OutOfSpace as error:
            refused += 1
            assert "nothing that was stored is lost" in str(error), error
    assert refused
    stored = 60 - refused
    try:
        shop.log.compact()
    except Exception as error:
        print("compact says", repr(error)[:200])
    filler.close()
    (folder / "filler").unlink()
    assert gern.open(folder / "home").query("SELECT count(*) AS n FROM rows")[0]["n"] == 1000 + 50 * stored
    for n in range(100, 160):
        send(n)                            # what was refused is sent again
elif phase == "readonly":
    try:
        shop = gern.open(folder / "home")
        send(100)
    except GernError as error:
        assert "cannot be written" in str(error), error
    else:
        raise AssertionError("written to a read-only disk")
elif phase == "end":
    for n in range(100, 160):
        send(n)
    assert rows() == 80 * 50, rows()
    shop.log.compact()
    assert rows() == 80 * 50, rows()
    assert shop.log.check().problems == []
    print("right")
"""


def can_mount() -> bool:
    return (
        subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not can_mount(), reason="this machine lets nobody mount a small disk")
@pytest.mark.parametrize("kind", ["full", "readonly"])
def test_on_a_small_disk(tmp_path, kind: str) -> None:
    python = f'{sys.executable} -c "$SCRIPT" {tmp_path}'
    between = f"{python} full" if kind == "full" else (
        f"mount -o remount,ro {tmp_path} && {python} readonly && mount -o remount,rw {tmp_path}"
    )  # fmt: skip
    command = f"mount -t tmpfs -o size=24m small {tmp_path} && {python} begin && {between} && {python} end"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command], env={**os.environ, "SCRIPT": SCRIPT},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("right\n"), done.stdout + done.stderr


def test_near_the_end_nothing_more_is_taken_in(shop, send, bring, ask, monkeypatch) -> None:
    send(id="1", customer="a")
    monkeypatch.setattr(inbox, "FREE_BYTES", 10**18)
    with pytest.raises(OutOfSpace, match="must stay free") as error:
        send(id="2", customer="a")
    assert error.value.retry_after == 60
    assert "Datenträger" in error.value.german
    with pytest.raises(OutOfSpace):
        bring("order,customer,date,amount\n1,a,2024-01-01,5\n")
    assert ask("SELECT count(*) FROM rows") == [(1,)]
    monkeypatch.undo()
    send(id="2", customer="a", ts=NOW)
    assert ask("SELECT count(*) FROM rows") == [(2,)]
    assert isinstance(shop, gern.Shop)
