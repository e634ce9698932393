"""What predictions have to say in the briefing: what is at stake, and who is expected with what."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gern.core.predict.baskets import product_names
from gern.core.predict.coming import soonest, wanted
from gern.core.shop import Shop
from gern.kit import formats
from gern.rooms.insights.briefing import Finding
from gern.rooms.insights.predict.contested import left_out

FIRST, DAYS = 10, 7


def found(shop: Shop) -> list[Finding | None]:
    """For who may see customers and what they spend."""
    return [_at_stake(shop), _expected(shop)]


def _at_stake(shop: Shop) -> Finding | None:
    scores = shop.risk_scores()
    if scores is None or scores.day != shop.today():
        return None
    customers, stake, first = scores.at_stake(left_out(shop), FIRST)
    if not stake > 0:
        return None
    headline = _("<b>{value}</b> a year are at stake with customers who may leave.")
    text = ngettext(
        "%(n)s customer has a risk above the average. With the %(first)s with whom most is at stake it is %(value)s.",
        "%(n)s customers have a risk above the average. With the %(first)s with whom most is at stake it is %(value)s.",
        customers,
    ) % {"n": formats.number(customers), "first": formats.number(min(FIRST, customers)),
         "value": formats.money(first, shop.currency)}  # fmt: skip
    return Finding(
        id="at-stake", tone="bad", headline=format_html(headline, value=formats.money(stake, shop.currency)),
        text=text, values=[], share=(first, stake), picture=_("Part of what is at stake with the first of them"),
        link=reverse("risk"), action=_("Who, why and what to do"), people=None, people_text="", weight=70,
    )  # fmt: skip


def _expected(shop: Shop) -> Finding | None:
    if shop.next_day() != shop.today():
        return None
    gone = left_out(shop)
    total, _rows = soonest(shop.door, gone, within=DAYS, limit=0)
    if not total:
        return None
    headline = ngettext(
        "<b>{n} customer</b> is expected in the next {days} days.",
        "<b>{n} customers</b> are expected in the next {days} days.", total,
    )  # fmt: skip
    most = wanted(shop.door, gone, 3)
    names = product_names(shop.door, [row["product"] for row in most])
    listed = ", ".join(names.get(row["product"], row["product"]) for row in most)
    text = _("What they and others will probably want most this month: %(products)s.") % {"products": listed} if listed else ""  # fmt: skip
    return Finding(
        id="expected", tone="calm", headline=format_html(headline, n=formats.number(total), days=DAYS), text=text,
        values=[], share=None, picture="", link=reverse("coming"), action=_("Who is expected when"), people=None,
        people_text="", weight=35,
    )  # fmt: skip
