"""The log as a plain Python program: a list, some dicts, no files. What the real one must equal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from gern.core.log.event import Event

Id = tuple[str, str]


@dataclass
class Model:
    """Every operation of the log, the slow and obvious way."""

    accepted: list[Event] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    parent: dict[Id, str | None] = field(default_factory=dict)
    by_hand: set[Id] = field(default_factory=set)
    graves: dict[Id, datetime] = field(default_factory=dict)

    def append(self, events: list[Event], now: datetime) -> None:
        for sent in events:
            ts = sent.ts if sent.sent is None else now - (sent.sent - sent.ts)
            event = replace(sent, ts=min(ts, now))
            if event.kind == "identify" and event.visitor and event.customer:
                ids = [("visitor", event.visitor), ("customer", event.customer)]
                if not any(event.ts < self.graves.get(id, datetime.min) for id in ids):
                    self.identified(event.visitor, event.customer)
            self._accept(event)

    def _accept(self, event: Event) -> None:
        if (event.source, event.id) in self.seen:
            return
        own = ("customer", event.customer) if event.customer else ("visitor", event.visitor)
        if event.ts < self.graves.get(own, datetime.min):
            return
        self.seen.add((event.source, event.id))
        if event.ts < self.graves.get(("visitor", event.visitor), datetime.min):
            event = replace(event, visitor=None)
        self.accepted.append(event)

    def identified(self, visitor: str, customer: str) -> None:
        id = ("visitor", visitor)
        if self.parent.get(id) is None and id not in self.by_hand:
            self.parent[id] = customer

    def link(self, visitor: str, customer: str) -> None:
        if self.parent.get(("visitor", visitor)) != customer:
            self.parent["visitor", visitor] = customer
            self.by_hand.add(("visitor", visitor))

    def merge(self, customer: str, into: str) -> bool:
        child, root = self.root(customer), self.root(into)
        if child == root:
            return False
        self.parent["customer", child] = root
        self.by_hand.add(("customer", child))
        return True

    def split(self, kind: str, id: str) -> bool:
        if self.parent.get((kind, id)) is None:
            return False
        self.parent[kind, id] = None
        self.by_hand.add((kind, id))
        return True

    def root(self, customer: str) -> str:
        while (up := self.parent.get(("customer", customer))) is not None:
            customer = up
        return customer

    def person(self, kind: str, id: str) -> str:
        if kind == "customer":
            return self.root(id)
        up = self.parent.get((kind, id))
        return "visitor:" + id if up is None else self.root(up)

    def person_of(self, event: Event) -> str:
        if event.customer:
            return self.person("customer", event.customer)
        return self.person("visitor", event.visitor or "")

    def erase(self, person: str, now: datetime, everybody: list[Id]) -> None:
        kind, id = (
            ("visitor", person[8:]) if person.startswith("visitor:") else ("customer", person)
        )
        root = self.person(kind, id)
        gone = {i for i in everybody if self.person(*i) == root}
        self.accepted = [e for e in self.accepted if self.person_of(e) != root]
        self.accepted = [
            replace(e, visitor=None) if ("visitor", e.visitor) in gone else e for e in self.accepted
        ]
        for each in gone:
            self.parent.pop(each, None)
            self.by_hand.discard(each)
            self.graves[each] = max(now, self.graves.get(each, datetime.min))

    def rows(self) -> list[tuple]:
        found = []
        for e in self.accepted:
            head = (e.source, e.id, self.person_of(e), e.customer, e.visitor, e.ts, e.name)
            if not e.lines:
                found.append((*head, None, None, None))
            for number, line in enumerate(e.lines, 1):
                found.append((*head, number, line.product, Decimal(line.amount)))
        return sorted(found, key=repr)

    def orders(self) -> list[tuple]:
        lines = defaultdict(list)
        for e in self.accepted:
            for line in e.lines:
                lines[e.source, e.order or e.id].append((e, line))
        found = []
        for (source, order), group in lines.items():
            customers = [e.customer for e, _ in group if e.customer]
            visitors = [e.visitor for e, _ in group if e.visitor]
            person = (
                self.root(max(customers)) if customers else self.person("visitor", max(visitors))
            )
            found.append(
                (source, order, None if person.startswith("visitor:") else person,
                 min(e.ts for e, _ in group), len(group),
                 sum((Decimal(line.amount) for _, line in group), Decimal(0)))
            )  # fmt: skip
        return sorted(found, key=repr)
