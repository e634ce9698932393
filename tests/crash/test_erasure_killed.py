"""An erasure in every place, killed -9 at random moments: taken up again, it ends complete."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.effort import FULL
from tests.homes import new_home

ROUNDS = 50 if FULL else 8
BEGIN = (
    "import django; django.setup()\nfrom gern.kit.shop import current_shop\nshop = current_shop()\n"
)
SET_UP = """
import io
from datetime import UTC, datetime
from gern.core.log.event import Event, Line
from gern.rooms.customers.files.services import add_file
from gern.rooms.customers.person.services import add_note, give_tag
from gern.rooms.protect.preferences.services import make_link
events = []
for i in range({rounds} + 1):
    who = f"Marke{{i:03}}Q"
    events += [
        Event(source="crm", id=f"i{{i}}", name="Identify", kind="identify", customer=who, ts=datetime(2026, 1, 1, tzinfo=UTC),
              properties={{"name": f"{{who}} Müller", "email": f"{{who}}@example.org"}}),
        Event(source="shop", id=f"o{{i}}", name="Order Completed", customer=who, ts=datetime(2026, 2, 1, tzinfo=UTC),
              order=f"o{{i}}", currency="EUR", lines=(Line(7, product="tea"),)),
        Event(source="web", id=f"w{{i}}", name="Consent Withdrawn", customer=who, visitor=f"vis{{who}}", ts=datetime(2026, 2, 2, tzinfo=UTC)),
    ]
shop.log.append(events)
shop.log.compact()
for i in range({rounds} + 1):
    who = f"Marke{{i:03}}Q"
    shop.log.identify(f"alt{{who}}", who)
    for name in (who, f"visitor:alt{{who}}"):
        add_note(name, f"{{who}} likes tea", None)
        give_tag(name, "regular", None)
    add_file(shop, who, [who], io.BytesIO(b"%PDF- " + who.encode()), "a.pdf", None)
    make_link(shop, who)
"""
ERASE = """
from gern.kit.erasing import erase_customers
print("begins", flush=True)
erase_customers([{who!r}])
"""
FINISH = """
from gern.kit.erasing import finish_erasures
from gern.rooms.customers.models import Note
finish_erasures()
if shop.customer({who!r}) is not None or Note.objects.filter(text__contains={who!r}).exists():
    from gern.kit.erasing import erase_customers
    assert not list(shop.home.erasing.iterdir()), "begun, and not complete"
    erase_customers([{who!r}])  # killed before it had begun
from gern.rooms.customers.models import CustomerFile, Tagging
from gern.rooms.protect.models import PreferenceLink, Suppressed
assert not [n for n in Note.objects.values_list("text", flat=True) if {who!r} in n]
assert not [n for m in (Tagging, CustomerFile, PreferenceLink) for n in m.objects.values_list("person", flat=True) if {who!r} in n]
assert Suppressed.objects.filter(channel="email").count() >= {done}
assert shop.query("SELECT count(*) AS n FROM lines")[0]["n"] == {left}
"""


def run(home: Path, script: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + script], env=environment(home),
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "GERN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gern.shell.settings"}


def test_an_erasure_killed_at_random_moments_ends_complete(tmp_path: Path) -> None:
    home, dice = tmp_path / "home", random.Random(7)
    new_home(home)
    run(home, SET_UP.format(rounds=ROUNDS))
    for n in range(ROUNDS):
        who = f"Marke{n:03}Q"
        process = subprocess.Popen([sys.executable, "-c", BEGIN + ERASE.format(who=who)], env=environment(home),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"begins\n"
        time.sleep(dice.random() * 0.6)
        process.send_signal(signal.SIGKILL)
        process.wait()
        run(home, FINISH.format(who=who, done=n + 1, left=ROUNDS - n))
        found = [p for p in home.rglob("*") if p.is_file() and who.encode() in p.read_bytes()]
        assert found == []
