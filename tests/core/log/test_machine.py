"""Random lives of a log, compared with the plain model after every step."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import gern
from gern.core.engines.door import Door
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.log import compaction, segments
from gern.core.log.check import check
from gern.core.log.event import Event, Line
from gern.core.log.log import EventLog
from gern.core.log.manifest import Manifest
from tests.core.log.model import Model
from tests.soak_notes import note

CUSTOMERS = ["anna", "ben", "cem", "dora", "ünal"]
VISITORS = ["v1", "v2", "v3", "v4"]
EVERYBODY = [("customer", c) for c in CUSTOMERS] + [("visitor", v) for v in VISITORS]
PEOPLE = CUSTOMERS + ["visitor:" + v for v in VISITORS]
START = datetime(2024, 2, 28, 12)

lines = st.builds(
    Line,
    amount=st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100),
    product=st.sampled_from(["p1", "p2", None]),
)


@st.composite
def events(draw: st.DrawFn) -> dict:
    customer = draw(st.sampled_from([None, *CUSTOMERS]))
    visitor = (
        draw(st.sampled_from([None, *VISITORS])) if customer else draw(st.sampled_from(VISITORS))
    )
    kind = draw(st.sampled_from(["track", "track", "identify"]))
    bought = tuple(draw(st.lists(lines, max_size=3))) if kind == "track" else ()
    return {
        "source": draw(st.sampled_from(["web", "till"])),
        "id": str(draw(st.integers(0, 60))),
        "name": "Order Completed" if bought else "Page Viewed",
        "kind": kind,
        "customer": customer,
        "visitor": visitor,
        "lines": bought,
        "currency": "EUR" if bought else None,
        "order": str(draw(st.integers(0, 5))) if bought and draw(st.booleans()) else None,
        "ago": draw(st.integers(0, 90 * 24)),
        "slow": draw(st.sampled_from([None, 0, 3, -5])),
    }  # fmt: skip


class Life(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gern-life-"))
        shop = gern.create_shop(self.folder / "home", currency="EUR")
        self.home = shop.home
        self.time = START
        self.model = Model()
        self.open()

    def open(self) -> None:
        self.manifest = Manifest(self.home.manifest)
        self.log = EventLog(self.home, self.manifest, self.clock)
        self.door = Door(self.home, self.manifest)

    def clock(self) -> int:
        return (self.time - datetime(1970, 1, 1)) // timedelta(microseconds=1)

    @rule(drafts=st.lists(events(), min_size=1, max_size=6), hours=st.integers(1, 400))
    def append(self, drafts: list[dict], hours: int) -> None:
        self.time += timedelta(hours=hours)
        batch = []
        for draft in drafts:
            fields = {k: v for k, v in draft.items() if k not in ("ago", "slow")}
            happened = self.time - timedelta(hours=draft["ago"])
            if draft["slow"] is None:
                batch.append(Event(ts=happened, **fields))
            else:  # a clock that is wrong by so many hours
                wrong = timedelta(hours=draft["slow"])
                batch.append(Event(ts=happened - wrong, sent=self.time - wrong, **fields))
        self.log.append(batch)
        self.model.append(batch, self.time)

    @rule(visitor=st.sampled_from(VISITORS), customer=st.sampled_from(CUSTOMERS))
    def identify(self, visitor: str, customer: str) -> None:
        self.log.identify(visitor, customer)
        self.model.link(visitor, customer)

    @rule(customer=st.sampled_from(CUSTOMERS), into=st.sampled_from(CUSTOMERS))
    def merge(self, customer: str, into: str) -> None:
        if self.model.merge(customer, into):
            self.log.merge(customer, into)
        else:
            with pytest.raises(BadInput):
                self.log.merge(customer, into)

    @rule(id=st.sampled_from(EVERYBODY))
    def split(self, id: tuple[str, str]) -> None:
        if self.model.split(*id):
            self.log.split(*id)
        else:
            with pytest.raises(BadInput):
                self.log.split(*id)

    @rule(person=st.sampled_from(PEOPLE))
    def erase(self, person: str) -> None:
        self.time += timedelta(hours=1)
        self.log.erase([person])
        self.model.erase(person, self.time, EVERYBODY)

    @rule()
    def compact(self) -> None:
        self.log.compact()

    @rule()
    def merge_files(self) -> None:
        compaction.merge_some(self.home, self.manifest)

    @rule()
    def squash(self) -> None:
        compaction.squash(self.home, self.manifest)

    @rule()
    def compact_fully(self) -> None:
        self.log.compact(fully=True)

    @rule()
    def restart(self) -> None:
        self.open()

    @invariant()
    def equal(self) -> None:
        if not hasattr(self, "door"):
            return
        names = "source, event_id, person, customer, visitor, ts, name, line, product, amount"
        found = self.door.ask(Question(f"SELECT {names} FROM rows", {}, "test"))
        assert sorted((tuple(r.values()) for r in found), key=repr) == self.model.rows()
        orders = self.door.ask(
            Question("SELECT source, order_id, person, ts, lines, balance FROM orders", {}, "test")
        )
        assert sorted((tuple(r.values()) for r in orders), key=repr) == self.model.orders()

    @rule(person=st.sampled_from(PEOPLE))
    def one_person(self, person: str) -> None:
        question = Question(
            "SELECT * FROM rows WHERE person = $p", {"p": person}, "t", person=person
        )
        assert len(self.door.ask(question)) == sum(r[2] == person for r in self.model.rows())

    @rule()
    def check(self) -> None:
        assert check(self.home, self.manifest).problems == []

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Months split and files merge at sizes a test reaches."""
    monkeypatch.setattr(compaction, "MERGE_AT", 2)
    monkeypatch.setattr(compaction, "SPLIT_ROWS", 4)
    monkeypatch.setattr(segments, "WHOLE_ROWS", 6)
    monkeypatch.setattr(segments, "BUCKET_ROWS", 2)


def _live(examples: int, steps: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip


def test_a_random_life_equals_the_model() -> None:
    _live(12, 25)


@pytest.mark.soak
def test_many_random_lives_equal_the_model() -> None:
    _live(300, 40)
    note("log: random lives equal to the plain model", {"lives": 300, "steps": 40})
