"""The outbox: an event if and only if the change was committed, at least once, counted once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction

from gern.core.errors import BadInput, OutOfSpace
from gern.core.log.event import Event, Line
from gern.kit.outbox import services
from gern.kit.outbox.models import Waiting
from gern.kit.outbox.services import deliver, record
from gern.kit.shop import current_shop

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def event(**fields) -> Event:
    return Event(**{"source": "gern", "id": "", "name": "Survey Answered", "ts": NOW,
                    "customer": "anna", **fields})  # fmt: skip


def ids(home) -> list[str]:
    return [r["event_id"] for r in home.query("SELECT event_id FROM rows ORDER BY received")]


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_becomes_an_event_what_is_rolled_back_does_not(own_home) -> None:
    with transaction.atomic():
        kept = record(event(lines=(Line(Decimal("1.25")),), currency="EUR", properties={"a": [1]}))
    with transaction.atomic():
        record(event())
        transaction.set_rollback(True)
    assert ids(own_home) == [str(kept)]
    assert own_home.query("SELECT amount FROM lines") == [{"amount": Decimal("1.25")}]
    assert Waiting.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_dies_half_way_is_counted_once(own_home, monkeypatch) -> None:
    """Handed to the log, killed before it was marked: handed over again."""
    monkeypatch.setattr(services, "_try_to_deliver", lambda: None)
    with transaction.atomic():
        id = record(event())
    row = Waiting.objects.get()
    assert deliver() == 1
    Waiting.objects.create(id=row.id, event=row.event)
    own_home.log.compact()
    assert deliver() == 1
    assert ids(own_home) == [str(id)]
    assert deliver() == 0


@pytest.mark.django_db(transaction=True)
def test_while_the_log_takes_nothing_it_waits(own_home, monkeypatch) -> None:
    def full(events):
        raise OutOfSpace("here")

    monkeypatch.setattr(current_shop().log, "append", full)
    with transaction.atomic():
        id = record(event())
    assert Waiting.objects.count() == 1
    monkeypatch.undo()
    assert deliver() == 1
    assert ids(own_home) == [str(id)]


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_at_once_count_each_event_once(own_home, monkeypatch) -> None:
    monkeypatch.setattr(services, "_try_to_deliver", lambda: None)
    with transaction.atomic():
        for _ in range(50):
            record(event())

    def work() -> None:
        try:
            deliver()
        finally:
            connection.close()

    both = [threading.Thread(target=work) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    while deliver():
        pass
    assert len(ids(own_home)) == len(set(ids(own_home))) == 50


@pytest.mark.django_db
def test_what_the_log_could_not_take_fails_where_it_is_said(own_home) -> None:
    with pytest.raises(BadInput, match="Allowed: track"):
        record(event(kind="sing"))
    assert Waiting.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_it_is_refused(own_home) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record(event())
