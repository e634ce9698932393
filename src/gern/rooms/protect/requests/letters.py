"""What is written to people about their requests. Templates, to be changed before they are sent."""

from __future__ import annotations

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gern.kit import formats
from gern.kit.documents import Block, as_pdf
from gern.rooms.protect.models import Firm, Request
from gern.rooms.protect.requests.deadline import due

LANGUAGES = (("de", "Deutsch"), ("en", "English"))
RECEIVED, IDENTITY, EXTENDED, ANSWER, REFUSED = "received", "identity", "extended", "answer", "refused"  # fmt: skip
LETTERS: dict[str, str | Promise] = {
    RECEIVED: gettext_lazy("It has come in"),
    IDENTITY: gettext_lazy("Who are you?"),
    EXTENDED: gettext_lazy("It takes longer"),
    ANSWER: gettext_lazy("The answer"),
    REFUSED: gettext_lazy("No"),
}


def letter(request: Request, kind: str, language: str) -> str:
    """The text, with what is known filled in."""
    firm = Firm.known()
    with translation.override(language):
        parts = [
            _subject(request),
            _("Dear %(name)s,") % {"name": request.name} if request.name else _("Dear Sir or Madam,"),
            _body(request, kind), _rights(kind, firm), _end(firm),
        ]  # fmt: skip
        return "\n\n".join(filter(None, parts))


def letter_pdf(text: str, language: str) -> bytes:
    """A letter as PDF, the firm on top."""
    firm = Firm.known()
    head: list[Block] = [f"{firm.name}\n{firm.address}"] if firm else []
    return as_pdf("", [*head, *text.split("\n\n")], language)


def _subject(request: Request) -> str:
    return _("Your request %(number)s of %(day)s: %(kind)s") % {
        "number": request.number, "day": formats.day(request.received), "kind": request.get_kind_display(),
    }  # fmt: skip


def _body(request: Request, kind: str) -> str:
    day = formats.day(due(request.received, extended=request.extended))
    if kind == RECEIVED:
        return _("Your request has reached us. You will have our answer by %(day)s at the latest.") % {"day": day}  # fmt: skip
    if kind == IDENTITY:
        return _("Before we answer we have to be sure that it is you who asks, so that nobody else learns of your data (Art. 12(6) GDPR). Please tell us something only you and we know, for example your customer number and the date of your last purchase, or write to us from the address we have. Please do not send us a copy of your identity card.")  # fmt: skip
    if kind == EXTENDED:
        return _("Your request takes us longer than a month, because: … You will have our answer by %(day)s at the latest (Art. 12(3) GDPR).") % {"day": formats.day(due(request.received, extended=True))}  # fmt: skip
    if kind == REFUSED:
        return _("We cannot do what you ask for, because: …")
    return str(ANSWERS[request.kind])


ANSWERS: dict[str, str | Promise] = {
    Request.Kind.ACCESS: gettext_lazy("You find all data we keep about you, what we compute from it, and what else the law wants you to know, under the link below. You get the code for it by another way. The first page, readable.html, says everything in words; the other files are for machines.\n\nLink: …"),
    Request.Kind.PORTABILITY: gettext_lazy("You find the data you gave us and those that came from your use of our services, as JSON and CSV, under the link below. You get the code for it by another way.\n\nLink: …"),
    Request.Kind.RECTIFICATION: gettext_lazy("We have corrected your data as you asked: … Those to whom we had passed them on know it too (Art. 19 GDPR)."),
    Request.Kind.ERASURE: gettext_lazy("We have erased your data. The enclosed certificate says of every kind of record what became of it. What a law wants us to keep is locked and will be erased when its time is over. Backups hold the data until they expire; a restore erases them again first."),
    Request.Kind.RESTRICTION: gettext_lazy("We have locked your data: we keep them, and use them for nothing without your consent, except for legal claims (Art. 18 GDPR). We will tell you before the lock ends."),
    Request.Kind.OBJECTION: gettext_lazy("We have noted your objection. You get no advertising from us any more, by no way, and your data are not used for it. A fingerprint of your address stays, so that it cannot come back by mistake."),
}  # fmt: skip


def _rights(kind: str, firm: Firm | None) -> str:
    """Refusing, one says where to complain (Art. 12(4)); answering too."""
    if kind not in (ANSWER, REFUSED):
        return ""
    where = firm.authority if firm and firm.authority else "…"
    return _("If you do not agree, you can complain to the supervisory authority (%(authority)s) or go to court.") % {"authority": where}  # fmt: skip


def _end(firm: Firm | None) -> str:
    officer = firm.officer if firm else ""
    end = _("Yours sincerely,") + "\n" + (firm.name if firm else "…")
    if officer:
        end += "\n\n" + _("Our data protection officer: %(officer)s") % {"officer": officer}
    return end
