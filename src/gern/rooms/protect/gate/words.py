"""A decision of the gate in words: what it is, on which legal basis, and what it rests on."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gern.core.consent.gate import Decision
from gern.kit.formats import day as said_day
from gern.kit.shop import current_shop, local

LABELS: dict[str, str | Promise] = {
    "contract": gettext_lazy("needed for the contract"),
    "consent": gettext_lazy("has consented"),
    "own_customer": gettext_lazy("own customer, similar goods"),
    "interest": gettext_lazy("letter, no objection"),
    "restricted": gettext_lazy("data are locked"),
    "no_address": gettext_lazy("no address for this channel"),
    "withdrawn": gettext_lazy("has withdrawn or objected"),
    "suppressed": gettext_lazy("address is on the suppression list"),
    "paused": gettext_lazy("wants a pause"),
    "too_often": gettext_lazy("wants it less often"),
    "no_proof": gettext_lazy("consent without evidence"),
    "no_consent": gettext_lazy("has not consented"),
}
BASES: dict[str, str | Promise] = {
    "contract": gettext_lazy("Art. 6(1)(b) GDPR"),
    "consent": gettext_lazy("Art. 6(1)(a) GDPR, § 7(2) UWG"),
    "own_customer": gettext_lazy("Art. 6(1)(f) GDPR, § 7(3) UWG"),
    "interest": gettext_lazy("Art. 6(1)(f) GDPR"),
    "restricted": gettext_lazy("Art. 18 GDPR"),
    "withdrawn": gettext_lazy("Art. 7(3), Art. 21 GDPR"),
    "suppressed": gettext_lazy("Art. 21 GDPR"),
    "no_proof": gettext_lazy("Art. 7(1) GDPR"),
    "no_consent": gettext_lazy("§ 7(2) UWG"),
}


def why(decision: Decision) -> str:
    """One sentence: what it rests on.

    >>> why(decision)  # doctest: +SKIP
    'Consented on 1 March 2026 (crm): form at the till, box ticked.'
    """
    shop = current_shop()
    facts = {
        "day": said_day(local(shop, decision.ts).date()) if decision.ts else "",
        "source": decision.source or "", "evidence": decision.evidence or "",
        "until": said_day(decision.until) if decision.until else "",
        "bought": said_day(local(shop, decision.last_purchase).date()) if decision.last_purchase else "",
    }  # fmt: skip
    sentences = {
        "contract": _("Messages the contract needs are allowed without a consent."),
        "consent": _("Consented on %(day)s (%(source)s): %(evidence)s") if decision.evidence
        else _("Consented on %(day)s (%(source)s)."),
        "own_customer": _("Bought last on %(bought)s, was told that they can object, and has not objected."),
        "interest": _("A letter needs no consent, and they have not objected."),
        "restricted": _("Their data are locked: they are not contacted."),
        "no_address": _("There is no address for this channel."),
        "withdrawn": _("Took it back, or objected, on %(day)s (%(source)s)."),
        "suppressed": _("The address is on the list of those not to be contacted."),
        "paused": _("Wants to hear nothing until %(until)s."),
        "too_often": _("Wants to hear of it less often; again from %(until)s."),
        "no_proof": _("Consented on %(day)s (%(source)s), but it is not known how: that cannot be proved."),
        "no_consent": _("No consent is known."),
    }  # fmt: skip
    sentence = sentences[decision.code] % facts
    if decision.stale:
        sentence += " " + _("That is long ago and was never used since: courts doubt such consents. Ask again.")  # fmt: skip
    return sentence
