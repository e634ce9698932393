"""Predictions in words a shop owner understands."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gern.core.engines.roster import RHYTHM_DAYS
from gern.core.errors import BadInput
from gern.core.predict.kept import Card
from gern.core.predict.scores import Scores
from gern.core.shop import Shop
from gern.kit import formats

MODELS: dict[str, tuple[str | Promise, str | Promise]] = {
    "bgnbd": ("BG/NBD", gettext_lazy("everybody buys at a pace of their own and may be gone after any purchase")),
    "pareto-nbd": ("Pareto/NBD", gettext_lazy("everybody buys at a pace of their own and may be gone at any time")),
    "nbd": ("NBD", gettext_lazy("everybody buys at a pace of their own and stays: nobody is seen to leave, so it is an upper bound")),
    "gamma-gamma": ("Gamma-Gamma", gettext_lazy("everybody spends around a mean of their own")),
}  # fmt: skip
"""Name in the papers, and what the model supposes."""
BASELINES: dict[str, str | Promise] = {
    "as-before": gettext_lazy("everybody buys as often as before"),
    "average": gettext_lazy("everybody buys as often as the average"),
}
WAYS: dict[str, tuple[str | Promise, str | Promise]] = {
    "overdue": (gettext_lazy("overdue by their own rhythm"),
                gettext_lazy("how long somebody has been silent, against what is usual for them")),
    "buying": (gettext_lazy("model of buying"),
               gettext_lazy("the chance of no purchase, from how often and when they bought")),
    "learned": (gettext_lazy("learned from all contacts"),
                gettext_lazy("gradient boosting over purchases, returns, visits, mails, tickets and answers, calibrated")),
}  # fmt: skip
SIMPLE: dict[str, str | Promise] = {
    "rhythm": gettext_lazy("last purchase plus their own rhythm"),
    "before": gettext_lazy("what they bought most often"),
    "popular": gettext_lazy("what most customers buy"),
}
"""The simple ways next purchases are held against."""
BY: dict[str, str | Promise] = {
    "country": gettext_lazy("Country"), "channel": gettext_lazy("Channel"),
    "purchases": gettext_lazy("Days with a purchase"),
}  # fmt: skip
"""By what a check is told."""
LESS, UNHAPPY = 0.9, 6
"""A last purchase below this share of the usual one is less; a recommendation up to this is none."""
RESPECTS: dict[str, str | Promise] = {
    "silence": gettext_lazy("how long silent, against their own rhythm"),
    "rhythm": gettext_lazy("their rhythm"),
    "often": gettext_lazy("how often they buy"),
    "spend": gettext_lazy("what they spend"),
    "returned": gettext_lazy("what they sent back"),
    "visits": gettext_lazy("visits to the website"),
    "opened": gettext_lazy("mails opened"),
    "tickets": gettext_lazy("tickets"),
    "troubles": gettext_lazy("complaints, incidents and obstacles"),
    "score": gettext_lazy("their last recommendation"),
}


FACTS: dict[str, str | Promise] = {
    "often": gettext_lazy("days with a purchase in the last 90: %(lately)s, in the 90 before: %(before)s"),
    "visits": gettext_lazy("contacts on the website in 30 days: %(visits)s, in the 30 before: %(visits_before)s"),
    "opened": gettext_lazy("mails opened in 90 days: %(opened)s"),
    "tickets": gettext_lazy("tickets in 90 days: %(tickets)s"),
    "troubles": gettext_lazy("complaints or incidents in 90 days: %(troubles)s"),
}  # fmt: skip


def reason(respect: str, facts: dict[str, float]) -> str:
    """What is a fact about one customer in this respect."""
    n = {name: formats.number(value) for name, value in facts.items()}
    if respect in FACTS:
        return str(FACTS[respect]) % n
    if respect == "silence":
        return _silence(facts, n)
    if respect == "rhythm":
        rare = facts["purchases"] < RHYTHM_DAYS
        return _("too few purchases for a rhythm") if rare else _("usually %(rhythm)s days between two purchases") % n  # fmt: skip
    if respect == "spend":
        share = formats.value_of(100 * facts["last_spend"], "percent")
        if facts["last_spend"] >= LESS:
            return _("usually spends %(spend)s a purchase") % n
        return _("last purchase at %(share)s of their usual value") % {"share": share}
    if respect == "returned":
        share = formats.value_of(100 * facts["returned"], "percent")
        return _("%(share)s of what they bought went back") % {"share": share}
    if facts["score"] != facts["score"]:
        return _("has not said whether they would recommend you")
    return _("last recommendation: %(score)s of 10") % n


def _silence(facts: dict[str, float], n: dict[str, str]) -> str:
    days = int(facts["silent"])
    if facts["overdue"] > 1 and facts["purchases"] >= RHYTHM_DAYS:
        return ngettext("silent for %(silent)s day; usual are %(rhythm)s", "silent for %(silent)s days; usual are %(rhythm)s", days) % n  # fmt: skip
    return (
        ngettext("last purchase %(silent)s day ago", "last purchase %(silent)s days ago", days) % n
    )


ADVICE: dict[str, str | Promise] = {
    "silence": gettext_lazy("Get in touch personally, before the silence grows."),
    "rhythm": gettext_lazy(
        "Give them a reason to come again soon; ask what would make it worth the way."
    ),
    "often": gettext_lazy("Ask what they need now; remind them of what they buy regularly."),
    "spend": gettext_lazy("Ask whether something was missing from the last purchase."),
    "returned": gettext_lazy("Ask what did not fit, and put it right."),
    "visits": gettext_lazy("They look around: help them decide, or ask what they did not find."),
    "opened": gettext_lazy("Mails are not read: choose another channel."),
    "tickets": gettext_lazy("Settle the open trouble first, then talk about anything else."),
    "troubles": gettext_lazy("Apologise and put it right before you offer anything."),
    "score": gettext_lazy("Ask for the reason behind the answer, and reply."),
}
"""What to do, by the strongest reason."""


def reasons_shown(scores: Scores, entry: int) -> list[str]:
    """Why one customer is at risk, the strongest first."""
    facts, respects = scores.facts(entry), [one.respect for one in scores.reasons(entry)]
    if "silence" in respects and facts["overdue"] > 1 and "rhythm" in respects:
        respects.remove("rhythm")  # said with the silence
    return [reason(respect, facts) for respect in respects]


def advice(scores: Scores, entry: int) -> str:
    """What to do about it, by the strongest reason that asks for something."""
    facts = scores.facts(entry)
    return next(
        (str(ADVICE[r.respect]) for r in scores.reasons(entry) if _asks(r.respect, facts)), ""
    )


def _asks(respect: str, facts: dict[str, float]) -> bool:
    """Whether the advice fits the facts."""
    return {
        "silence": facts["overdue"] > 1,
        "rhythm": True,
        "often": facts["purchases"] >= RHYTHM_DAYS and facts["lately"] <= facts["before"],
        "spend": facts["last_spend"] < LESS,
        "returned": facts["returned"] > 0,
        "visits": facts["visits"] > 0,
        "opened": facts["opened"] == 0,
        "tickets": facts["tickets"] > 0,
        "troubles": facts["troubles"] > 0,
        "score": facts["score"] <= UNHAPPY,
    }[respect]


def too_little(shop: Shop) -> str:
    """What the data lack to learn from; empty: they are enough, it has not been learned yet."""
    try:
        shop.buyers().check()
    except BadInput as error:
        return formats.text(error.text)
    lacking = shop.lacking()
    return formats.text(lacking) if lacking else ""


def check_shown(card: Card) -> dict[str, Any] | None:
    """How good it was on the time hidden from it, for the page."""
    check = card.check
    if check is None:
        return None
    return {
        "check": check, "off": 100 * abs(check.off), "too_many": check.off > 0,
        "against": [(BASELINES[one.name], one, one.low > 0, one.high < 0) for one in check.against],
    }  # fmt: skip
