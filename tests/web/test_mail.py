"""Mail: the way out, the outbox, what a server's answer means; DNS checks."""

from __future__ import annotations

import base64
import email
import smtplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from gern.kit.mail import domain, sending, services
from gern.kit.mail.models import Letter, Mail, MailSetup
from gern.kit.secrets import hide, reveal
from tests.servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "000002000100e221bc330000000049454e44ae426082"
)


class Server:
    """A real SMTP server that answers as it is told."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.answer_to_recipient = "250 OK"
        self.answer_to_data = "250 OK"
        self.hang_up = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answer_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, server, session, envelope):
        if self.answer_to_data.startswith("250"):
            self.got.append(email.message_from_bytes(envelope.content))
        if self.hang_up:
            server.transport.abort()
        return self.answer_to_data


@pytest.fixture
def server() -> Iterator[Server]:
    handler = Server()
    handler.port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def way(server: Server) -> MailSetup:
    return MailSetup.objects.create(
        pk=1, host="127.0.0.1", port=server.port, security="none", sender="shop@example.org",
        sender_name="Ein Laden", address="https://gern.example.org",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def by_hand(monkeypatch):
    """Nothing is sent by itself here; gives what a commit calls."""
    real = services._have_sent
    monkeypatch.setattr(services, "_have_sent", lambda: None)
    return real


def put(key: str, to: str = "a@example.org", **options) -> bool:
    with transaction.atomic():
        return services.put(key, to, services.write("Betreff ä", "Text ö", **options))


def states() -> dict[str, str]:
    return dict(Mail.objects.values_list("key", "state"))


def test_a_mail_leaves_once_however_often_it_is_put(own_home, way, server: Server) -> None:
    assert put("report:1")
    assert not put("report:1")
    services.send_due()
    services.send_due()
    assert states() == {"report:1": "sent"}
    assert len(server.got) == 1
    mail = Mail.objects.get()
    assert server.got[0]["Message-ID"] == f"<{mail.id}@example.org>"
    assert server.got[0]["From"] == "Ein Laden <shop@example.org>"
    assert server.got[0]["Auto-Submitted"] == "auto-generated"


def test_a_commit_has_it_sent(own_home, way, server: Server, monkeypatch, by_hand) -> None:
    monkeypatch.setattr(services, "_have_sent", by_hand)
    put("x")
    assert (states(), len(server.got)) == ({"x": "sent"}, 1)


def test_html_pictures_and_files_arrive(own_home, way, server: Server) -> None:
    put("x", html='<p>Grüße <img src="cid:chart"></p>', files=[
        services.File("chart.png", "image/png", PNG, cid="chart"),
        services.File("bericht.pdf", "application/pdf", b"%PDF-1.4 x"),
    ])  # fmt: skip
    services.send_due()
    parts = {p.get_content_type(): p for p in server.got[0].walk()}
    assert "Grüße" in parts["text/html"].get_payload(decode=True).decode()
    assert parts["image/png"]["Content-ID"] == "<chart>"
    assert parts["application/pdf"].get_filename() == "bericht.pdf"
    assert parts["text/plain"].get_payload(decode=True).decode().strip() == "Text ö"


def test_what_is_rolled_back_is_never_sent(own_home, way, server: Server) -> None:
    def changed_its_mind() -> None:
        with transaction.atomic():
            services.put("x", "a@example.org", services.write("a", "b"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        changed_its_mind()
    services.send_due()
    assert (server.got, Mail.objects.count()) == ([], 0)
    with pytest.raises(RuntimeError, match="transaction"):
        services.put("x", "a@example.org", Letter(subject="a"))


def test_refused_for_good_is_failed_and_refused_for_now_is_tried_again(
    own_home, way, server: Server
) -> None:
    server.answer_to_recipient = "550 No such user"
    put("never")
    services.send_due()
    server.answer_to_recipient = "451 Try later"
    put("later")
    services.send_due()
    assert states() == {"never": "failed", "later": "waiting"}
    later = Mail.objects.get(key="later")
    assert "451 Try later" in later.error
    assert timezone.now() < later.due < timezone.now() + timedelta(minutes=2)
    server.answer_to_recipient = "250 OK"
    services.send_due()  # not yet due
    assert server.got == []
    Mail.objects.update(due=timezone.now())
    services.send_due()
    assert states() == {"never": "failed", "later": "sent"}
    services.again(Mail.objects.get(key="never").pk)
    services.send_due()
    assert states()["never"] == "sent"


def test_a_server_away_for_long_is_given_up_in_the_end(own_home, way, server: Server) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        way.port = probe.getsockname()[1]
    way.save()
    put("x")
    waits = []
    for _ in range(services.TRIES):
        before = timezone.now()
        services.send_due()
        waits.append((Mail.objects.get().due - before).total_seconds())
        Mail.objects.filter(state="waiting").update(due=timezone.now())
    assert states() == {"x": "failed"}
    assert waits == sorted(waits)
    assert "cannot be reached" in Mail.objects.get().error


def test_a_connection_that_breaks_after_everything_was_said_leaves_it_open(
    own_home, way, server: Server
) -> None:
    """The server has the mail, we do not know: nobody gets it twice by our doing."""
    server.hang_up = True
    put("x")
    services.send_due()
    assert states() == {"x": "unsure"}
    services.send_due()
    assert len(server.got) == 1


def test_what_a_dead_process_was_sending_is_unsure(own_home, way, server: Server) -> None:
    put("x")
    Mail.objects.update(state="sending", claimed=timezone.now() - timedelta(minutes=20))
    services.send_due()
    assert (states(), server.got) == ({"x": "unsure"}, [])
    services.give_up(Mail.objects.get().pk)
    services.send_due()
    assert (states(), server.got) == ({"x": "given_up"}, [])
    assert not put("x")  # nor is it put in again


def test_nothing_is_lost_while_mail_is_not_set_up(own_home) -> None:
    put("x")
    assert services.send_due() == 0
    assert states() == {"x": "waiting"}


def test_only_one_of_two_processes_gets_a_mail(own_home, way, server: Server, monkeypatch) -> None:
    """The other one has seen the mail waiting, too, and claims it a moment later."""
    put("x")
    real, both = services.Mail.objects.filter, []

    def seen_by_both(*args, **conditions):
        found = real(*args, **conditions)
        if conditions.get("pk") and conditions.get("state") == "waiting" and not both:
            both.append(1)
            assert real(pk=conditions["pk"], state="waiting").update(state="sending") == 1
        return found

    monkeypatch.setattr(services.Mail.objects, "filter", seen_by_both)
    assert services._claim(timezone.now()) is None
    assert both == [1]


def test_the_password_is_encrypted_and_never_shown(own_home, anna, way) -> None:
    data = {"sender": "s@example.org", "provider": "smtp", "host": "mail.example.org", "port": 587,
            "security": "starttls", "username": "u", "password": "geheim-7"}  # fmt: skip
    assert anna.post(reverse("mail"), data).status_code == 302
    kept = MailSetup.objects.get()
    assert "geheim-7" not in kept.secret
    assert reveal(kept.secret) == "geheim-7"
    assert "geheim-7" not in anna.get(reverse("mail")).content.decode()
    anna.post(reverse("mail"), {**data, "password": "", "selector": "s1"})
    assert (MailSetup.objects.get().selector, reveal(MailSetup.objects.get().secret)) == (
        "s1",
        "geheim-7",
    )
    # elsewhere the stored one is not handed over
    page = anna.post(reverse("mail"), {**data, "password": "", "host": "other.example.org"})
    assert (page.status_code, MailSetup.objects.get().host) == (422, "mail.example.org")
    assert anna.post(reverse("mail"), {**data, "port": 99999}).status_code == 422
    assert not [
        p for p in own_home.home.path.rglob("*") if p.is_file() and b"geheim-7" in p.read_bytes()
    ]


def test_a_secret_of_another_installation_is_said_to_be_one(
    own_home, way, server, settings, tmp_path
) -> None:
    import gern
    from gern.core.home import Home

    way.secret = hide("x")
    way.save()
    settings.HOME = Home(gern.create_shop(tmp_path / "restored").home.path)
    assert reveal(way.secret) is None
    put("x")
    services.send_due()
    assert "Enter it again" in Mail.objects.get().error


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"host": ""}, "Name the mail server"),
        ({"security": "none"}, "only a server on this machine"),
        ({"sender": "nobody"}, "valid email"),
        ({"provider": "brevo"}, "secret key"),
    ],
)
def test_a_wrong_set_up_says_what_is_wrong(own_home, anna, change, said) -> None:
    data = {"sender": "s@example.org", "provider": "smtp", "host": "mail.example.org", "port": 587,
            "security": "starttls"}  # fmt: skip
    response = anna.post(reverse("mail"), {**data, **change})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert MailSetup.objects.count() == 0


def test_the_test_says_what_the_server_said(own_home, anna, way, server: Server) -> None:
    server.answer_to_data = "554 Spam"
    page = anna.post(reverse("mail_test"), {"to": "a@example.org"}).content.decode()
    assert "554 Spam" in page
    assert MailSetup.objects.get().tested is None
    server.answer_to_data = "250 OK"
    anna.post(reverse("mail_test"), {"to": "a@example.org"})
    assert MailSetup.objects.get().tested is not None
    assert len(server.got) == 1


PROVIDERS = [p for p in MailSetup.Provider.values if p != "smtp"]


@pytest.fixture
def http(monkeypatch):
    """What providers are asked, caught before it leaves; answered as told (an answer, or an error)."""
    import requests

    class Http:
        asked: list = []
        answer: object = 200

    found = Http()
    found.asked = []

    def send(self, request, **options):
        found.asked.append(request)
        if isinstance(found.answer, Exception):
            raise found.answer
        response = requests.Response()
        response.status_code, response._content, response.request = (
            found.answer,
            b'{"message":"x"}',
            request,
        )
        return response

    monkeypatch.setattr(requests.Session, "send", send)
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
def test_providers_are_asked_with_what_they_need(own_home, way, provider, http) -> None:
    """A report with a picture and a PDF."""
    way.provider, way.username, way.secret = provider, "user.example.org", hide("key-7")
    put("x", html='<p>Zahl</p><img width="9" src="cid:c" alt="c">', files=[
        services.File("c.png", "image/png", PNG, cid="c"),
        services.File("b.pdf", "application/pdf", b"%PDF-1.4 x"),
    ])  # fmt: skip
    http.answer = 400
    with pytest.raises(sending.NotSent) as caught:
        sending.hand_over(way, Mail.objects.get())
    assert (caught.value.final, len(http.asked)) == (True, 1)
    request = http.asked[0]
    basic = base64.b64encode(b"user.example.org:key-7").decode()
    api = base64.b64encode(b"api:key-7").decode()
    assert any(k in f"{request.headers} {request.url}" for k in ("key-7", basic, api))
    assert request.url.startswith("https://")
    body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
    assert b"cid:" in body or provider in sending.WITHOUT_PICTURES
    assert b"b.pdf" in body


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (400, "final"), (422, "final"), (401, "later"), (403, "later"), (429, "later"), (408, "unsure"),
        (500, "unsure"), (502, "unsure"), ("read", "unsure"), ("aborted", "unsure"), ("connect", "later"),
        ("refused", "later"),
    ],
)  # fmt: skip
def test_only_what_surely_did_not_leave_is_tried_again(own_home, way, http, answer, means) -> None:
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

    http.answer = {
        "read": requests.ReadTimeout(), "connect": requests.ConnectTimeout(),
        "aborted": requests.ConnectionError(ProtocolError("Connection aborted.")),
        "refused": requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))),
    }.get(answer, answer)  # fmt: skip
    way.provider, way.secret = "postmark", hide("k")
    put("x")
    with pytest.raises((sending.NotSent, sending.Unsure)) as caught:
        sending.hand_over(way, Mail.objects.get())
    if means == "unsure":
        assert isinstance(caught.value, sending.Unsure)
    else:
        assert caught.value.final is (means == "final")


def test_a_refused_data_command_is_tried_again(own_home, way, server: Server) -> None:
    server.answer_to_data = "451 greylisted"
    put("x")
    services.send_due()
    assert states() == {"x": "waiting"}


@pytest.mark.parametrize(
    "change",
    [{"host": "smtp..example"}, {"sender_name": "a\nBcc: x@y.example"}, {"sender": "x@mü.example"}],
)
def test_what_cannot_be_written_fails_and_holds_nobody_up(
    own_home, way, server: Server, change
) -> None:
    put("other")
    for name, value in change.items():
        setattr(way, name, value)
    way.save()
    put("x")
    services.send_due()
    assert "sending" not in states().values()
    assert not any("Bcc" in str(m) for m in server.got)
    if "sender" in change:
        assert server.got[0]["Message-ID"].endswith("@xn--m-eha.example>")


def test_a_subject_is_one_line(own_home, way, server: Server) -> None:
    with transaction.atomic():
        services.put("x", "a@example.org", services.write("Umsatz\r\nBcc: x@y.example", "t"))
    services.send_due()
    assert server.got[0]["Subject"] == "Umsatz Bcc: x@y.example"
    assert server.got[0]["Bcc"] is None


def test_a_server_away_is_asked_once_a_round(own_home, way, monkeypatch) -> None:
    asked = []

    def away(way, mail):
        asked.append(1)
        raise sending.NotSent("away", final=False, everyone=True)

    monkeypatch.setattr(services, "hand_over", away)
    for n in range(5):
        put(str(n))
    services.send_due()
    assert len(asked) == 1
    assert set(states().values()) == {"waiting"}


def test_many_mails_of_a_change_are_one_job(own_home, way, server, monkeypatch) -> None:
    called = []

    def once() -> None:
        called.append(1)

    monkeypatch.setattr(services, "_have_sent", once)
    with transaction.atomic():
        letter = services.write("a", "b")
        for n in range(5):
            services.put(str(n), f"{n}@example.org", letter)
    assert called == [1]


def test_old_mails_are_forgotten(own_home, way, server: Server) -> None:
    put("old")
    services.send_due()
    Mail.objects.update(sent=timezone.now() - timedelta(days=31))
    put("never")
    Mail.objects.filter(key="never").update(
        created=timezone.now() - timedelta(days=91), state="failed"
    )
    put("kept")
    Letter.objects.update(created=timezone.now() - timedelta(days=31))
    assert services.forget_old() == 2
    assert list(Mail.objects.values_list("key", flat=True)) == ["kept"]
    assert Letter.objects.count() == 1


def test_stuck_mails_are_said_on_every_page_to_admins(own_home, anna, ben, way) -> None:
    from gern.kit.alerts import forget_alerts

    put("x")
    Mail.objects.update(state="failed")
    forget_alerts()
    assert "did not leave" in anna.get(reverse("imports")).content.decode()
    assert "did not leave" not in ben.get(reverse("imports")).content.decode()
    forget_alerts()


DNS = {
    ("good.example", "TXT"): [
        "v=spf1 include:_spf.good.example -all",
        "google-site-verification=x",
    ],
    ("_spf.good.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("s1._domainkey.good.example", "TXT"): ["v=DKIM1; k=rsa; p=MIGfMA0"],
    ("_dmarc.good.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:x@good.example"],
    ("good.example", "MX"): ["mx.good.example"],
    ("weak.example", "TXT"): ["v=spf1 mx ?all"],
    ("gone._domainkey.weak.example", "TXT"): ["v=DKIM1; p="],
    ("_dmarc.weak.example", "TXT"): ["v=DMARC1; p=none"],
    ("open.example", "TXT"): ["v=spf1 +all"],
    ("two.example", "TXT"): ["v=spf1 -all", "v=spf1 mx -all"],
    ("_dmarc.two.example", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=none"],
    **{(f"i{n}.example", "TXT"): [f"v=spf1 include:i{n + 1}.example -all"] for n in range(15)},
    ("loop.example", "TXT"): ["v=spf1 include:loop.example -all"],
}


def dns_states(name: str, **options) -> dict[str, str]:
    checks = domain.check(name, lookup=lambda n, k: DNS.get((n, k), []), **options)
    return {c.name: c.state for c in checks}


def test_dns_of_a_good_and_of_a_weak_domain() -> None:
    assert dns_states("good.example", selector="s1") == dict.fromkeys(
        ("SPF", "DKIM", "DMARC", "MX"), "good"
    )
    assert dns_states("weak.example", selector="gone") == {
        "SPF": "warn", "DKIM": "bad", "DMARC": "warn", "MX": "warn"
    }  # fmt: skip
    assert dns_states("nothing.example") == {
        "SPF": "bad",
        "DKIM": "warn",
        "DMARC": "bad",
        "MX": "warn",
    }


def test_dns_traps() -> None:
    assert dns_states("open.example")["SPF"] == "bad"
    assert dns_states("two.example")["SPF"] == "bad"
    assert dns_states("two.example")["DMARC"] == "bad"
    assert dns_states("i0.example")["SPF"] == "bad"  # more than ten lookups
    assert dns_states("i6.example")["SPF"] == "good"  # nine
    assert dns_states("loop.example")["SPF"] == "good"
    assert dns_states("news.good.example")["DMARC"] == "good"  # of the domain above it
    assert dns_states("good.example", provider="brevo")["SPF"] == "warn"


def test_dns_that_cannot_be_asked_is_said(own_home, anna, way, monkeypatch) -> None:
    def away(name, kind, lifetime):
        raise domain.dns.resolver.LifetimeTimeout(timeout=1, errors=[])

    monkeypatch.setattr(domain.dns.resolver, "resolve", away)
    page = anna.post(reverse("mail_check")).content.decode()
    assert "DNS cannot be asked" in page


def test_the_smtp_client_is_the_one_that_knows(own_home, way) -> None:
    """Should Django change how it connects, this must be seen."""
    assert issubclass(sending.Smtp(use_ssl=True).connection_class, smtplib.SMTP_SSL)
    assert sending.Smtp().connection_class is sending._Speaking
