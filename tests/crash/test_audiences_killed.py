"""Audiences while the process that keeps them current is killed -9 at random moments: members are who
the rule says, every move is told once as an event, and none is told that did not happen."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.homes import new_home

ROUNDS = 6
BEGIN = (
    "import django; django.setup()\nfrom gern.kit.shop import current_shop\nshop = current_shop()\n"
)
SET_UP = """
from datetime import UTC, datetime
from gern.core.conditions.nodes import Compare, Did
from gern.core.log.event import Event
from gern.rooms.customers.audiences.passes import bring_current
from gern.rooms.customers.audiences.services import define
shop.log.append([Event(source="s", id=f"b{i}", name="Begin", customer=f"c{i}", ts=datetime.now(UTC)) for i in range(300)])
define(shop, name="once", note="", by=None, condition=Did(Compare("name", "is", "Bought"), 1))
define(shop, name="few", note="", by=None, condition=Did(Compare("name", "is", "Bought"), 1, 2))
bring_current()
"""
LIVE = """
import random, sys
from datetime import UTC, datetime
from gern.core.log.event import Event
from gern.rooms.customers.audiences.passes import bring_current
dice, n = random.Random({seed}), {seed} * 100000
print("begins", flush=True)
while True:
    batch = []
    for _ in range(20):
        n += 1
        batch.append(Event(source="s", id=f"n{{n}}", name="Bought", customer=f"c{{dice.randrange(300)}}", ts=datetime.now(UTC)))
    shop.log.append(batch)
    if dice.random() < 0.3:
        shop.log.compact()
    bring_current()
"""
CHECK = """
import json
from collections import Counter
from gern.core.audiences.asking import people_who_fit
from gern.core.audiences.rule import condition_of
from gern.kit.outbox.services import deliver
from gern.rooms.customers.audiences.members import people_in
from gern.rooms.customers.audiences.passes import bring_current
from gern.rooms.customers.audiences.rules import rules
from gern.rooms.customers.models import Audience, AudienceChange
bring_current()
while deliver():
    pass
known = rules(shop)
for audience in Audience.objects.all():
    question = people_who_fit(shop, condition_of(audience.pk, known), known, shop.today())
    expected = [row["person"] for row in shop.door.ask(question)]
    assert people_in(shop, audience) == expected, audience.name
    assert audience.size == len(expected)
    noted = Counter((c.person, c.entered) for c in AudienceChange.objects.filter(audience=audience))
    rows = shop.query("SELECT customer, name, properties FROM events WHERE starts_with(name, 'Audience')")
    told = Counter((r["customer"], r["name"] == "Audience Entered") for r in rows
                   if json.loads(r["properties"])["audience"] == audience.pk)
    assert noted == told, audience.name
    for person in {p for p, _ in noted}:  # in, out, in …
        assert noted[person, True] - noted[person, False] == (person in expected)
print(AudienceChange.objects.count())
"""


def python(home: Path, code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + code], text=True, stdout=subprocess.PIPE,
        env={**os.environ, "GERN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gern.shell.settings"},
    )  # fmt: skip


def test_every_move_is_told_once(tmp_path: Path) -> None:
    dice = random.Random(4)
    home = tmp_path / "home"
    new_home(home)
    assert python(home, SET_UP).wait(120) == 0
    for number in range(ROUNDS):
        process = python(home, LIVE.format(seed=number + 1))
        assert process.stdout
        process.stdout.readline()
        time.sleep(dice.uniform(0.2, 2.0))
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    output = python(home, CHECK).communicate(timeout=120)[0]
    assert int(output) > 50
