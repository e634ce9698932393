"""Mails while the sending process is killed -9 at random moments: nobody twice, nobody forgotten."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.homes import new_home
from tests.servers import free_port

MAILS, KILLS = 60, 12
SET_UP = """
from gern.kit.mail.models import MailSetup
from django.db import transaction
from gern.kit.mail import services
services._have_sent = lambda: None
MailSetup.objects.create(pk=1, host="127.0.0.1", port={port}, security="none", sender="s@example.org")
with transaction.atomic():
    letter = services.write("x", "y")
    for n in range({mails}):
        services.put(str(n), f"p{{n}}@example.org", letter)
"""
SEND = """
from datetime import timedelta
from gern.kit.mail import services
services.ABANDONED = timedelta(0)  # whoever was sending is dead: the test has killed it
print("begins", flush=True)
services.send_due()
"""
STATES = """
from gern.kit.mail.models import Mail
for to, state in Mail.objects.values_list("to", "state"):
    print(to, state)
"""


class Slow:
    """Takes its time, so that a kill meets every stage."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()

    async def handle_RCPT(self, server, session, envelope, address, options):
        await asyncio.sleep(random.random() * 0.02)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got[envelope.rcpt_tos[0]] += 1
        await asyncio.sleep(random.random() * 0.04)
        return "250 OK"


def python(home: Path, code: str) -> subprocess.Popen[str]:
    begin = "import django; django.setup()\n"
    return subprocess.Popen(
        [sys.executable, "-c", begin + code], text=True, stdout=subprocess.PIPE,
        env={**os.environ, "GERN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gern.shell.settings"},
    )  # fmt: skip


def test_nobody_gets_a_mail_twice_and_nobody_is_forgotten(tmp_path: Path) -> None:
    random.seed(7)
    home = tmp_path / "home"
    new_home(home)
    server, port = Slow(), free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert python(home, SET_UP.format(port=port, mails=MAILS)).wait(60) == 0
        for _ in range(KILLS):
            process = python(home, SEND)
            assert process.stdout
            process.stdout.readline()
            time.sleep(random.random() * 0.25)
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        assert python(home, SEND).wait(120) == 0
    finally:
        controller.stop()
    output = python(home, STATES).communicate(timeout=60)[0]
    states = dict(line.split() for line in output.splitlines())
    assert len(states) == MAILS
    assert set(states.values()) <= {"sent", "unsure"}
    assert max(server.got.values()) == 1
    unsure = {to for to, state in states.items() if state == "unsure"}
    assert len(unsure) <= KILLS
    assert {to for to, state in states.items() if state == "sent"} <= server.got.keys()
    assert states.keys() - server.got.keys() <= unsure
