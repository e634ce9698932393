"""Targets, dashboards, notes, alarms in the demo shop, so that their pages have something.

GERN_HOME=HOME python -m tests.lay_down
"""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gern.core.predict import dayfiles, past


def _told_before(shop) -> None:
    """Scores of months gone by, so that servers of tests do not spend minutes on them: those of today."""
    days = past.days_wanted(shop.span()[0], shop.today())
    bought, now = shop._purchases_before(days), past.files(shop.home, shop.manifest)
    for score, name in (("risk", past.RISK), ("value", past.VALUE)):
        columns = dayfiles.columns_of(shop.door, Path(now[score][-1][1]))
        for n, day in enumerate(days):
            some = {key: values[n:] for key, values in columns.items()}
            past.keep(shop.home, shop.manifest, name, day, some, bought[day])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gern.shell.settings")
    import django

    django.setup()
    from gern.core.collect.keys import digest
    from gern.core.conditions.nodes import All, Bought, Compare, Customer, Did, Not
    from gern.core.log.event import Event
    from gern.kit.mail.models import Letter, Mail, MailSetup
    from gern.kit.shop import current_shop
    from gern.rooms.customers.audiences.services import define
    from gern.rooms.customers.duplicates.services import look_for_duplicates
    from gern.rooms.customers.files.services import add_file
    from gern.rooms.customers.models import AudienceChange, Note, Task
    from gern.rooms.customers.person.services import give_tag, remove_note
    from gern.rooms.customers.related.services import relate
    from gern.rooms.insights.dashboards import services
    from gern.rooms.insights.models import (
        Band,
        Department,
        Report,
        SharedLink,
        Target,
        Tile,
        TimeNote,
    )
    from gern.rooms.insights.targets.progress import baseline
    from gern.rooms.insights.watching.services import look
    from gern.shell.accounts.models import User

    shop, anna = current_shop(), User.objects.get(email="anna@example.org")
    today = shop.today()
    shop.train_value("anna@example.org")
    shop.train_risk("anna@example.org")
    shop.train_next("anna@example.org")
    _told_before(shop)
    sales = Department.objects.create(name="Vertrieb", by=anna)
    service = Department.objects.create(name="Service", by=anna)
    start = today - timedelta(days=60)
    for id, sense, value, due, department, why in (
        ("retention_rate_strict", "at_least", 75, 90, service, "Ein gehaltener Kunde kostet wenig."),
        ("churn_rate", "at_most", 20, 120, service, ""),
        ("revenue", "at_least", 4_000_000, 60, sales, "Plan des Jahres"),
        ("average_order_value", "at_least", 400, 30, sales, ""),
        ("repeat_purchase_rate", "at_least", 90, 200, None, ""),
    ):  # fmt: skip
        figure = shop.figure_named(id)
        Target.objects.create(
            figure=id, sense=sense, value=value, span="quarter", start=start,
            start_value=baseline(shop, figure, "quarter", start), due=today + timedelta(days=due),
            department=department, owner=anna, by=anna, why=why,
        )  # fmt: skip
    TimeNote.objects.create(
        day=today - timedelta(days=45), text="Neuer Katalog verschickt", by=anna
    )
    TimeNote.objects.create(day=today - timedelta(days=20), text="Preise erhöht", figure="revenue", by=anna)  # fmt: skip
    Band.objects.create(figure="revenue", step="week", low=100_000, high=300_000, source="Budget", by=anna)  # fmt: skip
    one = services.copy(shop, services.standard(shop), "Geschäftsleitung", anna, "12m")
    one.shared, one.department = True, sales
    one.save()
    Tile.objects.create(dashboard=one, position=20, figure="revenue", kind="groups", by="country", width=2)  # fmt: skip
    Report.objects.create(dashboard=one, language="de", recipients=["leitung@example.org"], by=anna)
    SharedLink.objects.create(
        dashboard=one, token_hash=digest("for-pictures"), for_whom="Steuerberaterin",
        language="de", expires=today + timedelta(days=200), by=anna,
    )  # fmt: skip
    for text, due in (("Nach dem Katalog fragen", -2), ("Muster schicken", 6)):
        Task.objects.create(person="14646", text=text, due=today + timedelta(days=due), owner=anna, by=anna)  # fmt: skip
    Note.objects.create(person="14646", text="Möchte nur freitags angerufen werden.", by=anna)
    give_tag("14646", "Stammkundin", anna)
    wrong = Note.objects.create(person="14646", text="Zieht im Frühjahr nach Utrecht um.", by=anna)
    remove_note(wrong, "14646", anna)
    people = [r["person"] for r in shop.customers(columns=(), limit=400).rows]
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    answers = []
    for n, person in enumerate(people):  # some of them are glad, some bound by a contract
        at = noon - timedelta(days=5 + n % 200)
        for question, score in (("nps", (n * 7) % 11), ("csat", 1 + (n * 3) % 5)):
            answers.append(Event(source="umfrage", id=f"{question}-{n}", name="Survey Answered", ts=at, customer=person,
                                 properties={"question": question, "score": score}))  # fmt: skip
        if n % 4 == 0:
            ends = (noon + timedelta(days=20 + n)).isoformat()
            answers.append(Event(source="umfrage", id=f"v-{n}", name="Contract Started", ts=noon - timedelta(days=250), customer=person,
                                 properties={"ends": ends, "notice_days": 30}))  # fmt: skip
    shop.log.append(answers)
    twice = Bought("purchases", "2", None, None, None, 180)
    late = All((twice, Customer("overdue", "known"), Not(Did(Compare("name", "is", "Complaint Filed"), 1, None, 90))))  # fmt: skip
    one = define(shop, name="Stammkunden, die ausbleiben", note="Wem wir schreiben sollten", by=anna, condition=late)  # fmt: skip
    define(shop, name="Vielkäufer", note="", by=anna, condition=Bought("purchases", "10", None, None, None, 365))  # fmt: skip
    _draw_a_persona(shop, one, anna)
    add_file(shop, "14646", ["14646"], io.BytesIO(b"%PDF-1.7 Angebot"), "Angebot 2026.pdf", anna)
    relate(shop, "14646", "12347", "firm", "seit 2019", anna)
    define(shop, name="Gäste der Eröffnung", note="", by=anna, people=["14646", "12347"])
    _contacts(shop, anna, noon)
    for person, entered in (("12347", True), ("14646", False)):
        AudienceChange.objects.create(
            audience=one, person=person, entered=entered, at=datetime.now(UTC)
        )
    look_for_duplicates(shop)
    look(shop, datetime.now(UTC))
    MailSetup.objects.create(pk=1, host="localhost", port=25, security="none", by=anna,
                             sender="gern@example.org", sender_name="Gern", address="https://gern.example.org")  # fmt: skip
    letter = Letter.objects.create(subject="Geschäftsleitung", text="…")
    for n, (state, error) in enumerate(
        (("sent", ""), ("failed", "550 No such user"), ("unsure", ""))
    ):
        Mail.objects.create(key=str(n), letter=letter, to=f"p{n}@example.org", state=state, error=error,
                            sent=datetime.now(UTC) if state == "sent" else None)  # fmt: skip


def _contacts(shop: Any, by: Any, noon: datetime) -> None:
    """Purposes, addresses and consents of a few, one with evidence and one without."""
    from gern.core.log.event import Event
    from gern.rooms.protect.models import Purpose
    from gern.rooms.protect.preferences.services import make_link
    from gern.rooms.protect.suppression.services import suppress

    Purpose.objects.create(id="news", name="Newsletter", called="Tee-Post", by=by, own_goods=True,
                           told_since=noon.date(), text="Neues aus dem Laden, höchstens zweimal im Monat.")  # fmt: skip
    Purpose.objects.create(id="order", name="Bestellung und Lieferung", kind="service", by=by)
    given = {"purpose": "news", "channel": "email"}
    shop.log.append([
        Event(source="kasse", id=f"e-{person}", name="Consent Given", ts=noon - timedelta(days=100), customer=person,
              properties={**given, **({"evidence": "Karte an der Kasse, Häkchen gesetzt"} if person == "14646" else {})})
        for person in ("14646", "12347")
    ] + [
        Event(source="kasse", id=f"m-{person}", name="Identify", kind="identify", ts=noon - timedelta(days=100),
              customer=person, properties={"email": f"k{person}@example.org"})
        for person in ("14646", "12347")
    ])  # fmt: skip
    suppress(shop, "email", ["niemand@example.org"], "by hand")
    make_link(shop, "14646")
    _rights(shop, by)


def _rights(shop: Any, by: Any) -> None:
    """Requests in every state, a hold, a sealed year, a form."""
    from gern.rooms.protect.erasure.plan import Plan, Row, Year
    from gern.rooms.protect.models import (
        Breach,
        Erasure,
        Firm,
        Hold,
        Package,
        Retention,
        Sealed,
        SignupForm,
    )
    from gern.rooms.protect.requests.delivery import build
    from gern.rooms.protect.requests.services import close, identify, take_in

    today = shop.today()
    Firm.objects.create(
        pk=1, name="Teehaus am Markt GmbH", address="Am Markt 1\n44787 Bochum", email="datenschutz@example.org",
        officer="Büro für Datenschutz, dsb@example.org", authority="LDI Nordrhein-Westfalen",
    )  # fmt: skip
    kinds = (
        ("access", 27, "k14646@example.org"),
        ("erasure", 3, "k12347@example.org"),
        ("objection", 40, ""),
        ("portability", 1, ""),
    )
    asked = [
        take_in({"kind": kind, "way": "email", "received": today - timedelta(days=ago), "name": "Rosa Ladenreich",
                 "contact": contact, "text": "Bitte sagen Sie mir, was Sie über mich wissen."}, by)
        for kind, ago, contact in kinds
    ]  # fmt: skip
    identify(asked[0], "14646", "schreibt von der bekannten Adresse", by)
    asked[0].refresh_from_db()
    build(shop, Package.objects.create(request=asked[0], by=by), "de")
    close(asked[2], "answered", "", today, by)
    Hold.objects.create(person="12347", kind="invoice", why="RE-2026-081 ist offen", by=by)
    plan = Plan(1, [Row("log:purchases", 12, "erased"), Row("customers.Note", 2, "erased"),
                    Row("documents", 12, "retained", "§ 147 AO, § 257 HGB; Art. 17(3)(b) GDPR", "2034-12-31")],
                [Year(2026, 12, 480, 1234.5, 98765.4)])  # fmt: skip
    done = Erasure.objects.create(plan=plan.to_dict(), by=by, state="done", hash="9f" * 32, certificate={"x": 1},
                                  done=datetime.now(UTC), id="6f1c2d9e-0000-4000-8000-000000000001")  # fmt: skip
    Sealed.objects.create(
        erasure=done, digests=[], year=2026, records=12, until="2034-12-31", content="x"
    )
    Breach.objects.create(
        known=datetime.now(UTC) - timedelta(hours=20), by=by, people=40, risk="some", data="Namen, Anschriften",
        what="Ein Lieferschein-Export ging an einen falschen Empfänger.",
    )  # fmt: skip
    Retention.objects.create(
        whom="visitors", months=14, why="so lange werden Besuche verglichen", on=True, by=by
    )
    form = SignupForm.objects.create(
        id="tee-post", title="Tee-Post", language="de", notice="https://example.org/datenschutz", notice_version="2026-05",
        text="Ja, die Teehaus am Markt GmbH darf mir höchstens zweimal im Monat per E-Mail schreiben. Abbestellen kann ich jederzeit.",
        frames="https://www.example.org", by=by,
    )  # fmt: skip
    form.purposes.set(["news"])
    _who_may_what(shop, by)


def _who_may_what(shop: Any, by: Any) -> None:
    """A role of one's own with somebody in it, a customer who is looked after, files that went out,
    two notices."""
    from gern.rooms.customers.person.owners import hand_to
    from gern.rooms.protect.models import Transfer
    from gern.rooms.protect.notices.services import publish
    from gern.rooms.protect.transfers.services import digests_of
    from gern.shell.accounts.models import OwnRole, User

    rooms = {"insights": "viewer", "customers": "editor", "collect": "none", "protect": "none", "settings": "none"}  # fmt: skip
    role = OwnRole.objects.create(name="Laden Innenstadt", rooms=rooms, hidden=["revenue"])
    User.objects.create(email="theke@teehaus.example", role="editor", own_role=role)
    hand_to(["14646"], by, by)
    for what, recipient in (("customers.csv", "Druckerei Blatt"), ("leaving.xlsx", "")):
        Transfer.objects.create(by=by, what=what, recipient=recipient, count=2,
                                digests=digests_of(shop.home, ["14646", "12347"]))  # fmt: skip
    Transfer.objects.create(what="API", recipient="Warenwirtschaft")
    publish("Wir speichern, was Sie kaufen.\n\nMehr dazu im Laden.", "We keep what you buy.", by)
    publish("Wir speichern, was Sie kaufen und fragen.\n\nMehr dazu im Laden.", "We keep what you buy and ask.", by)  # fmt: skip


def _draw_a_persona(shop: Any, audience: Any, by: Any) -> None:
    from gern.rooms.customers.personas.services import assume, draw, measure

    persona = draw(
        shop, name="Rosa Ladenreich", audience=audience, kind="b2c", character="S", by=by,
        quote="Ich kaufe da, wo man mich kennt.", look={"hair": "bun", "glasses": "yes", "colour": "grey"},
    )  # fmt: skip
    measure(shop, persona)
    for section, text, source in (
        ("goals", "Will ihren kleinen Laden noch zehn Jahre führen", "acht Gespräche im Oktober"),
        ("hobbies", "Gärtnert, sammelt Porzellan", ""),
        ("thinks", "Hoffentlich kommt die Ware vor dem Wochenende", "acht Gespräche im Oktober"),
        ("hears", "Die Nachbarin bestellt bei einem großen Versandhaus", ""),
        (
            "pains",
            "Nachbestellen kostet sie jeden Sonntag zwei Stunden",
            "acht Gespräche im Oktober",
        ),
        ("tasks", "Regal vor Ostern und vor Weihnachten umstellen", ""),
        ("solutions", "Eine Nachbestellung mit einem Klick, geliefert am Freitag", ""),
        ("context", "Wenn die Stadt ein Fest feiert, kommt der halbe Umsatz der Woche", ""),
    ):
        assume(shop, persona, section, text, source, by)


if __name__ == "__main__":
    main()
