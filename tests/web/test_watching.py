"""Watching: what becomes an alarm, one message for all, who sees it; bands and notes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

import gern
from gern.core.figures.watching import watch
from gern.kit.alerts import forget_alerts
from gern.kit.mail.models import Mail, MailSetup
from gern.rooms.insights.models import Alarm, AlarmReader, Band, Look, TimeNote, Watch
from gern.rooms.insights.watching import services
from gern.rooms.insights.watching.jobs import tell
from gern.rooms.insights.watching.sentences import one_message, said

TODAY = date(2024, 7, 1)
MORNING = datetime(2024, 7, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def shop(own_home, tmp_path, monkeypatch):
    """A quarter of a year with 20 to 24 orders a day of 10 €, and a yesterday of one's choice."""

    def fill(yesterday: int, amount: int = 10):
        rows, n = [], 0
        for back in range(150, 0, -1):
            day = TODAY - timedelta(days=back)
            for _ in range(yesterday if back == 1 else 20 + back % 5):
                n += 1
                rows.append(f"{n},c{n % 400},{day} 12:00,{amount if back == 1 else 10}")
        path = tmp_path / "p.csv"
        path.write_text("order,customer,date,amount\n" + "\n".join(rows))
        own_home.import_file(path)
        monkeypatch.setattr(type(own_home), "today", lambda self, now=None: TODAY)
        forget_alerts()
        return own_home

    yield fill
    forget_alerts()


def viewed(at: datetime) -> gern.Event:
    return gern.Event(source="web", id=str(at), name="Page Viewed", ts=at, visitor="v")


def kinds() -> dict[str, str]:
    return dict(Alarm.objects.values_list("figure", "kind"))


def test_an_ordinary_day_raises_nothing(shop, db) -> None:
    made = services.look(shop(22), MORNING)
    assert (made.alarms.count(), made.figures > 3) == (0, True)


def test_a_day_with_half_the_orders_is_seen_once(shop, db) -> None:
    home = shop(4)
    services.look(home, MORNING)
    services.look(home, MORNING)
    assert kinds() == {"orders": "below", "revenue": "below"}
    alarm = Alarm.objects.get(figure="orders")
    assert (alarm.day, alarm.step, alarm.value) == (date(2024, 6, 30), "day", 4)
    assert alarm.low > 4
    assert alarm.low < alarm.expected < alarm.high
    assert alarm.expected == pytest.approx(22, abs=1)


def test_a_figure_without_its_data_is_its_own_message(shop, db) -> None:
    """Orders stop while page views go on: the till is not connected, customers have not left."""
    home = shop(0)
    home.log.append([viewed(datetime(2024, 6, 30, 12, tzinfo=UTC))])
    services.look(home, MORNING)
    assert kinds() == dict.fromkeys(("orders", "revenue", "average_order_value"), "no_data")
    found = [said(home, a) for a in Alarm.objects.order_by("-figure")]
    assert one_message(found) == "No data any more for: Revenue, Orders, Average order value."
    with translation.override("de"):
        assert one_message(found).startswith("Keine Daten mehr für: Umsatz, Käufe")


def test_an_outage_is_said_for_as_long_as_it_lasts(shop, db) -> None:
    home = shop(0)
    for back in range(12):
        day = datetime(2024, 6, 30 - back, 12, tzinfo=UTC)
        home.log.append([viewed(day)])
    watched = home.watch("orders")
    assert watched.missing
    figure = home.figure_named("orders")
    points = home.series("orders", "2024-01-01", "2024-07-01", "day")
    for p in points[-10:]:  # ten dead days do not become usual
        object.__setattr__(p, "numerator", Fraction(0))
        object.__setattr__(p, "n", 0)
    assert watch(figure, lambda a, b, s: points, date(2024, 1, 1), TODAY).missing


def test_files_not_yet_imported_are_no_alarm_and_a_long_silence_is_one(
    shop, db, monkeypatch
) -> None:
    home = shop(22)
    monkeypatch.setattr(type(home), "today", lambda self, now=None: date(2024, 7, 3))
    services.look(home, datetime(2024, 7, 2, 4, 0, tzinfo=UTC))
    assert kinds() == {}  # one day without data: perhaps nobody has imported yet
    services.look(home, datetime(2024, 7, 3, 4, 0, tzinfo=UTC))
    assert kinds() == {"": "no_data"}
    alarm = Alarm.objects.get()
    assert alarm.day == date(2024, 7, 1)
    assert said(home, alarm).text == "No data at all since 1 Jul 2024."
    home.log.append([viewed(datetime(2024, 7, 2, 12, tzinfo=UTC))])
    services.look(home, datetime(2024, 7, 3, 5, 0, tzinfo=UTC))
    assert kinds() == {}  # they have come


def test_one_broken_figure_does_not_silence_the_others(shop, db, monkeypatch) -> None:
    home, real = shop(4), services.seen_now

    def breaks(shop, figure, *rest):
        if figure.id == "revenue":
            raise RuntimeError
        return real(shop, figure, *rest)

    monkeypatch.setattr(services, "seen_now", breaks)
    made = services.look(home, MORNING)
    assert kinds() == {"orders": "below"}
    assert made.unknown >= 1


def test_what_is_no_longer_so_is_taken_back_unless_somebody_saw_it(shop, db) -> None:
    home = shop(4)
    services.look(home, MORNING)
    Alarm.objects.filter(figure="orders").update(seen=timezone.now())
    Watch.objects.create(figure="revenue", on=False)
    Watch.objects.create(figure="orders", on=False)
    services.look(home, MORNING)
    assert kinds() == {"orders": "below"}


def test_many_alarms_are_one_message(shop, db, cem: Client) -> None:
    home = shop(50, amount=100)
    services.look(home, MORNING)
    assert set(kinds()) == {"orders", "revenue", "average_order_value"}
    Look.objects.update(at=timezone.now())
    forget_alerts()
    page = cem.get(reverse("figures")).content.decode()
    assert page.count('href="/alerts/">') == 1 + 1  # the menu, and one sentence
    assert "3 figures are out of the ordinary:" in page
    Alarm.objects.update(seen=timezone.now())
    forget_alerts()
    assert "out of the ordinary" not in cem.get(reverse("figures")).content.decode()


def test_a_band_raises_its_own_alarm(shop, db, ben: Client) -> None:
    home = shop(22)
    ben.post(reverse("band", args=["revenue"]), {"step": "month", "low": "10000", "source": "Plan"})
    services.look(home, MORNING)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.step, alarm.day) == ("under_band", "month", date(2024, 6, 1))
    assert "below the band that begins at €10,000" in said(home, alarm).text
    page = ben.get(reverse("figure", args=["revenue"]) + "?every=month").content.decode()
    assert "not below €10,000" in page
    assert "Plan" in page


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"step": "month", "low": "5", "high": "4"}, "above the upper one"),
        ({"step": "century", "low": "5"}, "not one of the available choices"),
        ({"step": "day", "low": "x", "high": "4"}, "Enter a number"),
        ({"step": "day", "low": "1e308"}, "less than or equal to"),
        ({"step": "day", "low": "nan"}, "Enter a number"),
    ],
)
def test_a_wrong_band_says_what_is_wrong(shop, db, ben: Client, data, problem) -> None:
    shop(22)
    page = ben.post(reverse("band", args=["revenue"]), data, follow=True).content.decode()
    assert problem in page
    assert 'role="alert"' in page
    assert not Band.objects.exists()


def test_a_band_counts_for_what_is_not_watched(shop, db) -> None:
    home = shop(4)
    Watch.objects.create(figure="orders", on=False)
    Watch.objects.create(figure="revenue", on=False)
    Band.objects.create(figure="orders", step="day", low=1)
    services.look(home, MORNING)
    assert kinds() == {}
    Band.objects.update(low=10)
    services.look(home, MORNING)
    assert kinds() == {"orders": "under_band"}
    assert Alarm.objects.get().times > 1


def test_a_band_is_taken_away_by_emptying_it(shop, db, ben: Client) -> None:
    shop(22)
    ben.post(reverse("band", args=["revenue"]), {"step": "day", "high": "5"})
    assert Band.objects.count() == 1
    ben.post(reverse("band", args=["revenue"]), {"step": "day"})
    assert Band.objects.count() == 0


def test_who_is_watched_can_be_changed(shop, db, ben: Client) -> None:
    home = shop(22)
    watched = {f.id for f in services.watched_figures(home)}
    assert "orders" in watched
    assert "repeat_purchase_rate" not in watched
    assert "visits" not in watched  # no data
    ben.post(reverse("watch", args=["orders"]), {"on": "no"})
    ben.post(reverse("watch", args=["repeat_purchase_rate"]), {"on": "yes"})
    watched = {f.id for f in services.watched_figures(home)}
    assert "orders" not in watched
    assert "repeat_purchase_rate" in watched
    assert Watch.objects.count() == 2


def test_one_look_a_day_after_five(shop, db) -> None:
    home = shop(22)
    assert not services.is_due(home, datetime(2024, 7, 1, 2, 0, tzinfo=UTC))  # 4:00 in Berlin
    services.look(home, datetime(2024, 7, 1, 0, 30, tzinfo=UTC))  # by hand at night
    assert Look.objects.get().day == TODAY
    assert services.is_due(home, datetime(2024, 7, 1, 3, 30, tzinfo=UTC))
    services.look(home, datetime(2024, 7, 1, 3, 30, tzinfo=UTC))
    assert not services.is_due(home, datetime(2024, 7, 1, 20, 0, tzinfo=UTC))
    assert services.is_due(home, datetime(2024, 7, 2, 3, 30, tzinfo=UTC))


def test_the_mail_comes_once_a_day_to_who_wants_it(shop, cast, ben: Client, anna: Client) -> None:
    home = shop(4)
    MailSetup.objects.create(pk=1, host="127.0.0.1", port=9, security="none",
                             sender="g@example.org", address="https://gern.example.org")  # fmt: skip
    ben.post(reverse("alarm_mail"), {"on": "yes"})
    assert AlarmReader.objects.get().user == cast["ben"]
    assert tell(home) == 0
    services.look(home, MORNING)
    assert tell(home) == 0  # years ago: nobody wants to hear that now
    Look.objects.update(at=timezone.now())
    assert (tell(home), tell(home)) == (1, 0)
    mail = Mail.objects.get()
    assert mail.to == "ben@example.org"
    assert mail.letter.subject.startswith("2 figures are out of the ordinary: ")
    assert "https://gern.example.org/alerts/" in mail.letter.text
    assert "Expected were about 22" in mail.letter.text
    ben.post(reverse("alarm_mail"), {"on": "no"})
    assert not AlarmReader.objects.exists()


def test_alarms_can_be_marked_as_known(shop, cast, ben: Client, cem: Client) -> None:
    services.look(shop(4), MORNING)
    first = Alarm.objects.first()
    assert cem.post(reverse("alarm_seen"), {"alarm": first.pk}).status_code == 403
    ben.post(reverse("alarm_seen"), {"alarm": first.pk})
    assert Alarm.objects.filter(seen=None).count() == 1
    ben.post(reverse("alarm_seen"), {"alarm": "x"})
    ben.post(reverse("alarm_seen"), {"alarm": "9" * 5000})
    assert Alarm.objects.filter(seen=None).count() == 1
    ben.post(reverse("alarm_seen"), {"all": "yes"})
    assert Alarm.objects.filter(seen=None).count() == 0
    page = ben.get(reverse("alarms")).content.decode()
    assert "ben@example.org" in page


def test_looking_by_hand_says_what_came_of_it(shop, db, ben: Client) -> None:
    shop(22)
    page = ben.post(reverse("look_now"), follow=True).content.decode()
    assert "nothing unusual" in page
    assert Look.objects.count() == 1


def test_looking_at_an_empty_log_does_nothing(own_home, db, ben: Client) -> None:
    assert ben.post(reverse("look_now")).status_code == 302
    assert not Look.objects.exists()
    assert services.is_due(own_home, datetime.now(UTC).replace(hour=20)) is False


def test_notes_stand_on_the_time_line(shop, db, ben: Client, cem: Client) -> None:
    shop(22)
    here = reverse("figure", args=["revenue"]) + "?every=week"
    ben.post(reverse("note_addition", args=["revenue"]), {"day": "2024-06-12", "text": "Neuer <Katalog>", "next": here})  # fmt: skip
    ben.post(reverse("note_addition", args=["orders"]), {"day": "2024-06-20", "text": "Umbau", "everywhere": "yes"})  # fmt: skip
    page = cem.get(here + "&from=2024-04-01&to=2024-06-30").content.decode()
    assert "12 Jun 2024: Neuer &lt;Katalog&gt;" in page
    assert "Umbau" in page
    assert "&quot;sign&quot;: &quot;1&quot;" in page
    other = cem.get(reverse("figure", args=["orders"])).content.decode()
    assert "Umbau" in other
    assert "Katalog" not in other
    ben.post(reverse("note_removal", args=[TimeNote.objects.get(figure="").pk]))
    assert TimeNote.objects.count() == 1


def test_nobody_is_sent_elsewhere_by_next(shop, db, ben: Client) -> None:
    shop(22)
    data = {"day": "2024-06-12", "text": "x", "next": "https://evil.example/"}
    response = ben.post(reverse("note_addition", args=["revenue"]), data)
    assert response["Location"] == reverse("figure", args=["revenue"])


def test_an_alarm_of_a_figure_about_one_person_is_not_for_viewers(shop, cast, ben, cem) -> None:
    from gern.core.conditions.nodes import All, Compare
    from gern.core.figures.own import OwnFigure

    home = shop(22)
    home.keep_figure(OwnFigure(
        "own_x", "Von c7", "Of c7", "count", All((Compare("properties.seat", "is", "c7"),))
    ), "ben")  # fmt: skip
    made = Look.objects.create(day=TODAY, figures=1, unknown=0, at=timezone.now())
    Alarm.objects.create(figure="own_x", step="day", day=TODAY, kind="above", value=3, look=made)
    forget_alerts()
    assert "Of c7" in ben.get(reverse("alarms")).content.decode()
    assert "Of c7" not in cem.get(reverse("alarms")).content.decode()
    assert "Of c7" not in cem.get(reverse("figures")).content.decode()
