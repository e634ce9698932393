"""The record of processing (Art. 30), generated from what is configured: nothing in it is typed twice."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from gern.core.consent.purpose import SERVICE
from gern.core.engines.question import Question
from gern.core.shop import Shop
from gern.kit import formats
from gern.kit.documents import Block, Heading, Rows
from gern.kit.mail.services import setup
from gern.kit.registry import stores
from gern.rooms.protect.erasure.words import PLACES, TIMES, label
from gern.rooms.protect.models import Firm, Purpose, Retention, Transfer


@dataclass(frozen=True)
class Activity:
    """One processing: what for, on which basis, whose data, which, for how long."""

    name: str
    purpose: str
    basis: str
    people: str
    data: str
    until: str


def activities(shop: Shop) -> list[Activity]:
    """What is done with personal data here."""
    keep = _retention()
    found = [Activity(
        _("Contacts and figures"),
        _("To know how customers come back, what they like and what helps"),
        _("Art. 6(1)(f) GDPR: knowing one’s own customers"), _("customers, visitors"),
        _("purchases, visits, answers, contacts; from: %(sources)s") % {"sources": ", ".join(_sources(shop)) or "–"},
        keep,
    )]  # fmt: skip
    for purpose in Purpose.objects.all():
        basis = _("Art. 6(1)(b) GDPR: contract") if purpose.kind == SERVICE else (
            _("Art. 6(1)(a) GDPR: consent; § 7(3) UWG for own customers") if purpose.own_goods
            else _("Art. 6(1)(a) GDPR: consent")
        )  # fmt: skip
        found.append(Activity(purpose.name, purpose.text or purpose.name, basis, _("customers"),
                              _("name, addresses, consents and objections"), keep))  # fmt: skip
    found.append(Activity(
        _("Requests about data"), _("To answer people who ask about their data"),
        _("Art. 6(1)(c) GDPR: Art. 15 to 21"), _("people who ask"),
        _("name, address, what was asked and answered"), _("three years after the year of the answer"),
    ))  # fmt: skip
    found.append(Activity(
        _("Accounts"), _("To let people of the firm work here, and nobody else"),
        _("Art. 6(1)(f) GDPR: security; employment law"),
        _("%(n)s users of the firm") % {"n": get_user_model().objects.filter(is_active=True).count()},
        _("e-mail, role, sessions, failed logins"), _("as long as they work here"),
    ))  # fmt: skip
    return found


def recipients(firm: Firm | None) -> list[str]:
    """Who gets personal data: as named by hand, and whoever is configured."""
    found = [
        line.strip() for line in (firm.recipients if firm else "").splitlines() if line.strip()
    ]
    got = Transfer.objects.exclude(recipient="").values_list("recipient", flat=True)
    found += [name for name in sorted(set(got)) if name not in found]
    if way := setup():
        found.append(_("Mail: %(name)s") % {"name": way.host or way.get_provider_display()})
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        found.append(_("Database: %(name)s") % {"name": settings.DATABASES["default"].get("HOST") or "PostgreSQL"})  # fmt: skip
    return found


def measures(shop: Shop) -> list[str]:
    """Measures of security (Art. 32), as they are set."""
    folder, keep = shop.setting("backup_folder").value, shop.setting("backup_keep").value
    return [
        _("Three roles; every page and every address of the API has one, tested from the list of all"),
        _("Logins are throttled after %(n)s failures; passwords of 12 characters at least, kept as Argon2") % {"n": settings.AXES_FAILURE_LIMIT},
        _("Encrypted connections (TLS) are enforced") if settings.BEHIND_TLS else _("Reached on the machine itself only, or through a proxy that encrypts"),
        _("Secrets are encrypted at rest; keys lie outside the database"),
        _("Backups every night to %(folder)s, the last %(n)s are kept; who was erased is erased again by a restore") % {"folder": folder, "n": keep}
        if folder else _("No nightly backup is set up"),
        _("Erasure in every place, proved by a certificate; a place without eraser fails the build"),
    ]  # fmt: skip


def places() -> list[tuple[str, str]]:
    """(what is stored, for how long) of every place with data about customers."""
    return [(_("Purchases, visits, statements and all other events (the log)"), _retention())] + [
        (label(store.name), str(TIMES.get(store.retention, store.retention)))
        for store in stores().values()
        if store.personal and store.subject == "customer" and store.name in PLACES
    ]


def blocks(shop: Shop) -> list[Block]:
    """The record as a document."""
    firm = Firm.known()
    head = [(_("Controller"), f"{firm.name}\n{firm.address}\n{firm.email}" if firm else "–"),
            (_("Data protection officer"), (firm.officer if firm else "") or "–"),
            (_("Supervisory authority"), (firm.authority if firm else "") or "–")]  # fmt: skip
    if firm and firm.joint:
        head.append((_("Joint controllers (Art. 26)"), firm.joint))
    found: list[Block] = [Rows((), head, (1, 3))]
    for one in activities(shop):
        found += [Heading(one.name), Rows((), [
            (_("Purpose"), one.purpose), (_("Legal basis"), one.basis), (_("Whose data"), one.people),
            (_("Which data"), one.data), (_("For how long"), one.until),
        ], (1, 3))]  # fmt: skip
    found += [Heading(_("Recipients")), "\n".join(recipients(firm)) or "–"]
    found += [Heading(_("Where what is stored, and for how long")),
              Rows((_("What"), _("For how long")), places(), (2, 2))]  # fmt: skip
    return [*found, Heading(_("Measures of security")), "\n".join(f"– {text}" for text in measures(shop))]  # fmt: skip


def _sources(shop: Shop) -> list[str]:
    rows = shop.door.ask(Question("SELECT DISTINCT source FROM rows ORDER BY source LIMIT 50", {}, "record of processing"))  # fmt: skip
    return [str(row["source"]) for row in rows]


def _retention() -> str:
    rule = Retention.objects.filter(whom=Retention.Whom.CUSTOMERS, on=True).first()
    if rule is None:
        return _("as long as somebody is a customer; no time is set")
    return _("%(n)s months after they were last heard of (%(why)s)") % {"n": formats.number(rule.months), "why": rule.why}  # fmt: skip
