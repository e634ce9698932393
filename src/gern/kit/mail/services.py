"""`put` a mail into the outbox beside a change; `send_due` sends what waits, each once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils import timezone

from gern.core.errors import BadInput
from gern.kit.inputs import one_line
from gern.kit.mail.models import Enclosure, Letter, Mail, MailSetup
from gern.kit.mail.sending import NotSent, Unsure, hand_over, message_id
from gern.kit.secrets import renewed

TRIES = 6
FIRST_WAIT = timedelta(minutes=1)
ABANDONED = timedelta(minutes=15)
"""Nobody needs so long for one mail: who was sending it has died."""
KEPT_DAYS, UNSENT_DAYS = 30, 90
log = structlog.get_logger("gern.mail")


@dataclass(frozen=True)
class File:
    """A file of a letter; with ``cid`` a picture its HTML shows as ``cid:…``."""

    name: str
    type: str
    content: bytes
    cid: str = ""


def setup() -> MailSetup | None:
    """How mail leaves; None: not set up."""
    return MailSetup.objects.filter(pk=1).first()


def renew() -> int:
    """The password of the mail server under the newest key, see `kit.secrets`."""
    for kept in MailSetup.objects.exclude(secret=""):  # one at most; changed meanwhile, it is new
        MailSetup.objects.filter(secret=kept.secret).update(secret=renewed(kept.secret))
        return 1
    return 0


def write(subject: str, text: str, html: str = "", files: list[File] | None = None) -> Letter:
    """A letter, to be `put` to one or many."""
    letter = Letter.objects.create(subject=one_line(subject, 200), text=text, html=html)
    Enclosure.objects.bulk_create(
        Enclosure(letter=letter, name=f.name, type=f.type, content=f.content, cid=f.cid)
        for f in files or []
    )
    return letter


def is_put(key: str) -> bool:
    """Whether a mail with this key is there: waiting, or sent in the last days."""
    return Mail.objects.filter(key=key).exists()


def put(key: str, to: str, letter: Letter) -> bool:
    """Have it sent if, and only if, the transaction around this call is committed. False: a mail
    with this key is there already. ``RuntimeError`` outside of a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("put() belongs into the transaction of the change it tells of.")
    _mail, new = Mail.objects.get_or_create(key=key, defaults={"to": to, "letter": letter})
    if new and not any(call is _have_sent for _, call, *_ in connection.run_on_commit):
        transaction.on_commit(_have_sent)  # once for all mails of the transaction
    return new


def message_id_of(key: str) -> str:
    """The Message-ID of a mail that was sent; empty when it was not, or the provider made its own."""
    way, sent = setup(), Mail.objects.filter(key=key, state=Mail.State.SENT).first()
    return message_id(way, sent.pk) if way and sent else ""


def take_back(key: str) -> int:
    """Forget a mail with its letter, sent or not; how many."""
    letters = list(Mail.objects.filter(key=key).values_list("letter", flat=True))
    gone = Mail.objects.filter(key=key).delete()[0]
    Letter.objects.filter(pk__in=letters, mails=None).delete()
    return int(gone)


def send_due() -> int:
    """Send what waits and was due when this began; how many left. What a dead process was sending becomes *unsure*:
    it may have left, so that only a person may have it sent again."""
    now = timezone.now()
    Mail.objects.filter(state=Mail.State.SENDING, claimed__lt=now - ABANDONED).update(
        state=Mail.State.UNSURE
    )
    way = setup()
    if way is None:
        return 0
    left = 0
    while (mail := _claim(now)) is not None:
        try:
            left += _send(way, mail)
        except NotSent:
            break  # nor would the others leave just now
    return left


def again(pk: uuid.UUID) -> None:
    """Try a failed or unsure mail once more: a person says so."""
    Mail.objects.filter(pk=pk, state__in=(Mail.State.FAILED, Mail.State.UNSURE)).update(
        state=Mail.State.WAITING, due=timezone.now(), tries=0, error=""
    )


def give_up(pk: uuid.UUID) -> None:
    """An unsent mail is not wanted any more. Its key stays, so that it is not put in again."""
    Mail.objects.filter(pk=pk).exclude(state__in=(Mail.State.SENT, Mail.State.SENDING)).update(
        state=Mail.State.GIVEN_UP, error=""
    )


def forget_old() -> int:
    """Delete what was sent a while ago, and everything after a season; how many mails."""
    now = timezone.now()
    gone = Mail.objects.filter(
        state=Mail.State.SENT, sent__lt=now - timedelta(days=KEPT_DAYS)
    ).delete()[0]
    gone += Mail.objects.filter(created__lt=now - timedelta(days=UNSENT_DAYS)).delete()[0]
    Letter.objects.filter(mails=None, created__lt=now - timedelta(hours=1)).delete()
    return int(gone)


def send_test(way: MailSetup, to: str, subject: str, text: str) -> None:
    """One mail, now, to see whether the way is right. ``BadInput`` says what is wrong."""
    letter = Letter(subject=subject, text=text)
    letter.pk = 0
    try:
        hand_over(way, Mail(letter=letter, to=to))
    except (NotSent, Unsure) as error:
        raise BadInput(str(error), param="mail", german=str(error)) from error
    MailSetup.objects.filter(pk=1).update(tested=timezone.now())


def _have_sent() -> None:
    from gern.kit.mail.jobs import send_mails

    send_mails.enqueue()


def _claim(due: datetime) -> Mail | None:
    """The next mail that was due then, if this process is the one that gets it."""
    while True:
        found = Mail.objects.filter(state=Mail.State.WAITING, due__lte=due).order_by("due").first()
        if found is None:
            return None
        if Mail.objects.filter(pk=found.pk, state=Mail.State.WAITING).update(
            state=Mail.State.SENDING, claimed=timezone.now(), tries=found.tries + 1
        ):
            return Mail.objects.select_related("letter").get(pk=found.pk)


def _send(way: MailSetup, mail: Mail) -> int:
    mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.SENDING)
    try:
        hand_over(way, mail)
    except Unsure as error:
        mine.update(state=Mail.State.UNSURE, error=str(error)[:300])
    except NotSent as error:
        final = error.final or mail.tries >= TRIES
        log.warning("mail_not_sent", attempt=mail.tries, given_up=final)
        mine.update(
            state=Mail.State.FAILED if final else Mail.State.WAITING, error=str(error)[:300],
            due=timezone.now() + FIRST_WAIT * 4 ** (mail.tries - 1),
        )  # fmt: skip
        if error.everyone:
            raise
    else:
        mine.update(state=Mail.State.SENT, sent=timezone.now(), error="")
        return 1
    return 0
