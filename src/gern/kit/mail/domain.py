"""Whether mail of a domain is likely to arrive: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489),
MX. Looks at DNS only; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import dns.exception
import dns.resolver
from django.utils.translation import gettext as _

Lookup = Callable[[str, str], list[str]]
"""(name, ``TXT`` or ``MX``) → the records, empty when there is none."""
State = Literal["good", "warn", "bad"]
SECONDS = 5.0
MOST_LOOKUPS = 10
_INCLUDES = re.compile(r"(?:include:|redirect=)([^\s]+)", re.IGNORECASE)
_LOOKING_UP = re.compile(r"(?:^|\s)[+?~-]?(?:include:|a(?:[:/\s]|$)|mx(?:[:/\s]|$)|ptr|exists:)|redirect=", re.IGNORECASE)  # fmt: skip
PROVIDERS = {"brevo": "brevo.com", "mailjet": "spf.mailjet.com", "mailersend": "_spf.mailersend.net",
             "mailgun": "mailgun.org", "scaleway": "_spf.tem.scaleway.com",
             "postmark": "spf.mtasv.net"}  # fmt: skip


class NoAnswer(Exception):
    """DNS could not be asked."""


@dataclass(frozen=True)
class Check:
    """``found``: the record as it stands there; ``advice``: what to do."""

    name: str
    state: State
    found: str
    advice: str


def check(
    domain: str, *, selector: str = "", provider: str = "smtp", lookup: Lookup | None = None
) -> list[Check]:
    """SPF, DKIM, DMARC and MX of a domain. ``NoAnswer`` when DNS cannot be asked."""
    ask = lookup or _ask
    return [
        _spf(domain, provider, ask),
        _dkim(domain, selector, ask),
        _dmarc(domain, ask),
        _mx(domain, ask),
    ]


def _spf(domain: str, provider: str, ask: Lookup) -> Check:
    found = [t for t in ask(domain, "TXT") if t.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return Check("SPF", "bad", "", _(
            "There is no SPF record: it says which servers may send for this domain. Add a TXT"
            " record at %(domain)s such as: v=spf1 include:YOUR-PROVIDER -all"
        ) % {"domain": domain})  # fmt: skip
    if len(found) > 1:
        return Check("SPF", "bad", " | ".join(found), _(
            "There are several SPF records, so that none counts. Join them into one."
        ))  # fmt: skip
    record = found[0]
    if re.search(r"(?:^|\s)\+?all(?:\s|$)", record, re.IGNORECASE):
        return Check(
            "SPF", "bad", record, _("It allows everybody to send. End it with -all or ~all.")
        )
    lookups = _lookups(record, ask, set())
    if lookups > MOST_LOOKUPS:
        return Check("SPF", "bad", record, _(
            "It needs %(n)s DNS lookups; with more than 10 receivers give up. Take includes out."
        ) % {"n": lookups})  # fmt: skip
    needed = PROVIDERS.get(provider)
    if needed and needed not in record:
        return Check("SPF", "warn", record, _(
            "Your provider (%(name)s) is not named in it. Its pages say what to add; some providers"
            " need none because they use an address of their own for returns."
        ) % {"name": provider})  # fmt: skip
    if not re.search(r"[-~]all(?:\s|$)|redirect=", record, re.IGNORECASE):
        return Check(
            "SPF",
            "warn",
            record,
            _("It does not say what to do with all others. End it with -all or ~all."),
        )
    return Check("SPF", "good", record, "")


def _lookups(record: str, ask: Lookup, seen: set[str]) -> int:
    found = len(_LOOKING_UP.findall(record))
    for name in _INCLUDES.findall(record):
        if name.lower() in seen or len(seen) > 2 * MOST_LOOKUPS or "%" in name:
            continue
        seen.add(name.lower())
        for inner in ask(name, "TXT"):
            if inner.lower().startswith("v=spf1"):
                found += _lookups(inner, ask, seen)
    return found


def _dkim(domain: str, selector: str, ask: Lookup) -> Check:
    if not selector:
        return Check("DKIM", "warn", "", _(
            "Enter the selector of your DKIM key (your provider shows it), so that it can be looked"
            " up. Without a signature many receivers refuse mail."
        ))  # fmt: skip
    name = f"{selector}._domainkey.{domain}"
    found = [t for t in ask(name, "TXT") if "p=" in t]
    if not found:
        return Check("DKIM", "bad", "", _(
            "There is no key at %(name)s. Add the TXT or CNAME record your provider shows."
        ) % {"name": name})  # fmt: skip
    key = re.search(r"p=([A-Za-z0-9+/=\s]*)", found[0])
    if key is None or not key.group(1).strip():
        return Check("DKIM", "bad", found[0], _("The key was revoked: p= is empty."))
    return Check("DKIM", "good", found[0], "")


def _dmarc(domain: str, ask: Lookup) -> Check:
    place, found = domain, _dmarc_at(domain, ask)
    while not found and place.count(".") > 1:  # a subdomain follows the domain above it
        place = place.partition(".")[2]
        found = _dmarc_at(place, ask)
    if not found:
        return Check("DMARC", "bad", "", _(
            "There is no DMARC record. Add a TXT record at _dmarc.%(domain)s such as:"
            " v=DMARC1; p=none; rua=mailto:postmaster@%(domain)s"
        ) % {"domain": domain})  # fmt: skip
    if len(found) > 1:
        return Check(
            "DMARC",
            "bad",
            " | ".join(found),
            _("There are several DMARC records, so that none counts. Keep one."),
        )
    policy = re.search(r"(?:^|;)\s*p\s*=\s*(none|quarantine|reject)", found[0], re.IGNORECASE)
    if policy is None:
        return Check(
            "DMARC", "bad", found[0], _("It names no policy (p=none, quarantine or reject).")
        )
    if policy.group(1).lower() == "none":
        return Check("DMARC", "warn", found[0], _(
            "It only watches (p=none): good to begin with. When SPF and DKIM are right, use"
            " p=quarantine."
        ))  # fmt: skip
    return Check("DMARC", "good", found[0], "")


def _dmarc_at(domain: str, ask: Lookup) -> list[str]:
    return [t for t in ask(f"_dmarc.{domain}", "TXT") if t.lower().startswith("v=dmarc1")]


def _mx(domain: str, ask: Lookup) -> Check:
    found = ask(domain, "MX")
    if not found:
        return Check("MX", "warn", "", _("The domain takes no mail: replies and bounces are lost."))
    return Check("MX", "good", ", ".join(found[:3]), "")


def _ask(name: str, kind: str) -> list[str]:
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, ValueError) as error:
        raise NoAnswer(str(error)) from error
    if kind == "MX":
        return [str(record.exchange).rstrip(".") for record in answer]
    return [b"".join(record.strings).decode(errors="replace") for record in answer]
