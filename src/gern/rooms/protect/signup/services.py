"""Double opt-in: somebody signs up, gets a mail without advertising, and confirms with a button.

A link alone confirms nothing: mail filters open every link. What was read and done is kept as
evidence; what was not confirmed is deleted.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from gern.core.collect.keys import digest
from gern.core.consent.gate import GIVEN
from gern.core.engines.question import Question
from gern.core.log.event import Event
from gern.core.people.traits import values_of
from gern.core.shop import Shop
from gern.kit.mail import services as mail
from gern.kit.outbox.services import record
from gern.rooms.protect.models import Signup, SignupForm
from gern.rooms.protect.notices.services import as_shown, current

SOURCE = "gern"
METHOD = "double_opt_in"
PENDING_DAYS = 14
IP_DAYS = 30
"""So long addresses are kept whole; then without the part that tells one line from others."""
MOST_A_DAY = 3
"""Mails to one address."""
MOST_AN_HOUR = 200
"""Sign-ups by one form: who floods it sends no more mails."""


def can_send() -> bool:
    """Whether confirmation mails can be sent: mail is set up, with the address of this site."""
    way = mail.setup()
    return way is not None and bool(way.address)


def sign_up(form: SignupForm, email: str, name: str, ip: str, url: str) -> bool:
    """Take a sign-up in and send the mail; False: too many just now. Signed up again, they get
    another mail, a few a day."""
    now = timezone.now()
    recent = Signup.objects.filter(asked__gte=now - timedelta(days=1))
    if recent.filter(form=form, asked__gte=now - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        return False
    if recent.filter(email__iexact=email).count() >= MOST_A_DAY:
        return True  # as if it were new: nobody learns who has signed up
    token = secrets.token_urlsafe(32)
    with transaction.atomic(), translation.override(form.language):
        made = Signup(
            form=form, form_version=form.version, shown=shown(form), url=url[:500], email=email,
            name=name, asked_ip=ip, token=digest(token),
        )  # fmt: skip
        subject, text = _written(form, token)
        made.mail = f"{subject}\n\n{text.replace(token, '…')}"  # the link would still confirm
        made.save()
        mail.put(key_of(made), email, mail.write(subject, text))
    return True


def shown(form: SignupForm) -> dict[str, object]:
    """What people read of a form, to be kept with each sign-up."""
    published = None if form.notice else current()
    notice = as_shown(published) if published else {
        "notice": form.notice, "notice_version": form.notice_version,
    }  # fmt: skip
    return {
        "title": form.title, "box": form.text, "box_ticked_before": False, **notice,
        "purposes": [{"id": p.pk, "name": p.name, "text": p.text} for p in form.purposes.all()],
    }  # fmt: skip


def read(form: SignupForm) -> str:
    """A fingerprint of what people read of a form, purposes included."""
    text = json.dumps([form.version, shown(form)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def waiting(token: str) -> Signup | None:
    """The sign-up of a link, confirmed or not; None: there is none, or it is too old."""
    found = Signup.objects.select_related("form").filter(token=digest(token)).first()
    if found and not found.confirmed and found.asked < _oldest():
        return None
    return found


def confirm(shop: Shop, one: Signup, ip: str) -> str:
    """They confirmed: from now on it is a consent. Who they are; confirmed twice, it is one."""
    with transaction.atomic():
        if not Signup.objects.filter(pk=one.pk, confirmed=None).update(confirmed=timezone.now(), confirmed_ip=ip):  # fmt: skip
            return str(Signup.objects.get(pk=one.pk).person)
        known = _customer(shop, one.email)
        person = known or f"signup-{one.pk.hex[:12]}"
        Signup.objects.filter(pk=one.pk).update(
            person=person, message_id=mail.message_id_of(key_of(one))
        )
        now = datetime.now(UTC)
        traits = {"email": one.email, **({"name": one.name} if one.name and not known else {})}
        record(Event(source=SOURCE, id="", name="Identify", kind="identify", ts=now, customer=person,
                     initiator="customer", properties=traits))  # fmt: skip
        for purpose in one.shown["purposes"]:
            record(Event(source=SOURCE, id="", name=GIVEN, ts=now, customer=person, initiator="customer",
                         properties={"purpose": purpose["id"], "channel": "email", "method": METHOD,
                                     "evidence": f"signup {one.pk}"}))  # fmt: skip
    return person


def forget_old() -> int:
    """Delete what was not confirmed in time, shorten addresses; how many went."""
    late = list(Signup.objects.filter(confirmed=None, asked__lt=_oldest()))
    for one in late:
        remove(one)
    old = Signup.objects.filter(asked__lt=timezone.now() - timedelta(days=IP_DAYS))
    for one in old.filter(_is_whole("asked_ip") | _is_whole("confirmed_ip")):
        Signup.objects.filter(pk=one.pk).update(
            asked_ip=shortened(one.asked_ip), confirmed_ip=shortened(one.confirmed_ip)
        )
    return len(late)


def remove(one: Signup) -> None:
    """Take it away with its mail."""
    mail.take_back(key_of(one))
    one.delete()


def forget_unconfirmed(shop: Shop, people: Sequence[str]) -> None:
    """Before an erasure: sign-ups by an address of theirs that were never confirmed, and so belong to
    nobody yet."""
    for person in people:
        for email in values_of(shop.traits(person), "email"):
            for one in Signup.objects.filter(person="", email__iexact=email.strip()):
                remove(one)


def shortened(ip: str) -> str:
    """The address without its last part: /24, /48.

    >>> shortened("203.0.113.77"), shortened("2001:db8:1:2::9")
    ('203.0.113.0', '2001:db8:1::')
    """
    try:
        found = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False).network_address)


def _is_whole(field: str) -> Q:
    """Whether the address in this field is not shortened yet."""
    ends = Q(**{f"{field}__endswith": ".0"}) | Q(**{f"{field}__endswith": "::"})
    return ~Q(**{field: ""}) & ~ends


def key_of(one: Signup) -> str:
    """What its mail is called in the outbox."""
    return f"signup:{one.pk}"


def _written(form: SignupForm, token: str) -> tuple[str, str]:
    way = mail.setup()
    link = f"{way.address.rstrip('/') if way else ''}{reverse('signup_confirm', args=[token])}"
    names = "\n".join(f"- {p.name}" for p in form.purposes.all())
    text = _("You, or somebody with your address, signed up for:\n%(names)s\n\nPlease confirm on this page, with the button there:\n%(link)s\n\nIf it was not you, do nothing: without your confirmation you get nothing from us, and your address is deleted after %(days)s days.")  # fmt: skip
    subject = _("Please confirm: %(title)s") % {"title": form.title}
    return subject, text % {"names": names, "link": link, "days": PENDING_DAYS}


def _customer(shop: Shop, email: str) -> str | None:
    """The one customer with this address; None: there is none, or there are several."""
    rows = shop.door.ask(Question(
        "SELECT person FROM customers WHERE lower(trim(email)) = $email LIMIT 2",
        {"email": email.strip().lower()}, "who signed up",
    ))  # fmt: skip
    return str(rows[0]["person"]) if len(rows) == 1 else None


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=PENDING_DAYS)
