"""Made-up logs: events of every kind the figures know, of few people, within few days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from gern.core.log.event import Event, Line

BEGIN = datetime(2024, 3, 20)
"""A leap year, eleven days before the clocks change in Berlin."""

PEOPLE = ("anna", "ben", "cem", "visitor:v1", "visitor:daily:a", "visitor:daily:b")
BROWSED = ("Page Viewed", "Page Viewed", "Page Engaged", "Product Viewed", "File Downloaded",
           "Product Added", "Product Removed", "Cart Viewed", "Checkout Started",
           "Promotion Viewed", "Promotion Clicked", "Ad Viewed", "Ad Clicked", "Article Viewed",
           "Article Searched", "Community Visited", "Subscribed")  # fmt: skip
ELSEWHERE = ("Email Delivered", "Email Delivered", "Email Opened", "Email Link Clicked",
             "Email Bounced", "Email Marked as Spam", "Unsubscribed", "Message Delivered",
             "Campaign Targeted", "Mention Received", "Comment Received", "Post Published",
             "Post Measured", "Post Created", "Vote Cast", "Idea Submitted", "Idea Realised",
             "Survey Delivered", "Survey Answered", "Survey Answered", "Survey Answered",
             "Ticket Opened", "Ticket Opened", "Ticket Replied", "Ticket Solved", "Ticket Reopened",
             "Complaint Filed", "Complaint Settled", "Promise Made", "Promise Kept",
             "Programme Joined", "Programme Left", "Points Issued", "Points Redeemed",
             "Points Expired", "Referral Made", "Referral Accepted", "Incident Hit",
             "Supplier Switched", "Demand Stated", "Spend Stated", "Contract Started",
             "Plan Changed", "Contract Ended", "Call Received", "Letter Sent")  # fmt: skip
QUESTIONS = ("nps", "csat", "ces", "purchase_intent", "purchase_probability",
             "purchase_consideration", "touchpoint", "loyalty_recommend", "loyalty_again",
             "loyalty_other", "commitment", "trust", "involvement", "switching_cost")  # fmt: skip

_few = st.integers(1, 3)
_minutes = st.integers(0, 20 * 24 * 60) | st.integers(10 * 24 * 60, 10 * 24 * 60 + 120)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """One event as a dict, see `recompute_events`; its id is given later."""
    name = draw(st.sampled_from(("Order Completed",) * 12 + BROWSED * 2 + ELSEWHERE))
    channel = draw(st.sampled_from(("web", "app", None))) if name in BROWSED else draw(
        st.sampled_from(("server", None, "till")))  # fmt: skip
    made: dict[str, Any] = {
        "name": name,
        "kind": "page" if name == "Page Viewed" else "track",
        "ts": BEGIN + timedelta(minutes=draw(_minutes), seconds=draw(st.sampled_from((0, 0, 1)))),
        "person": draw(st.sampled_from(PEOPLE[:3] if name == "Order Completed" and channel == "till"
                                       else PEOPLE)),
        "channel": channel,
        "sign": draw(st.sampled_from((None, -1, 0, 1))) if name == "Mention Received" else None,
        "amount": None,
        "props": {},
        "context": {},
        "traffic": draw(st.sampled_from((None,) * 9 + ("bot",))),
        "lines": [],
    }  # fmt: skip
    _properties(draw, name, made)
    return made


def _properties(draw: st.DrawFn, name: str, made: dict[str, Any]) -> None:
    props = made["props"]
    later = made["ts"] + timedelta(hours=draw(st.integers(0, 60)))
    if name == "Order Completed":
        made["lines"] = [
            (draw(_few), Decimal(draw(st.integers(0, 5000))) / 100,
             draw(st.sampled_from(("tea", "cup", None))), draw(st.sampled_from(("a", "b"))))
            for _ in range(draw(_few))
        ]  # fmt: skip
    elif name == "Page Engaged":
        props["seconds"] = draw(st.integers(1, 90))
    elif name.startswith(
        ("Email ", "Campaign ", "Unsubscribed", "Message D", "Promotion V", "Ad V")
    ):
        props["campaign_id"] = f"c{draw(_few)}"
        if name in ("Email Opened", "Email Link Clicked"):
            props["machine"] = draw(st.booleans())
    elif name == "Post Measured":
        props |= {"account": draw(st.sampled_from("xy")), "post": f"p{draw(_few)}"}
        props |= {k: draw(st.integers(0, 50)) for k in ("likes", "comments", "shares",
                                                        "potential_reach")}  # fmt: skip
        props["followers"] = draw(st.integers(1, 5000))
    elif name == "Survey Answered":
        props["question"] = draw(st.sampled_from(QUESTIONS))
        props["score"] = draw(st.sampled_from((0, 1, 1, 2, 3, 4, 5, 6, 7, 9, 10, 60, "yes")))
        props["survey"] = f"s{draw(_few)}"
        if props["question"].startswith("loyalty_"):
            props["response"] = f"r{draw(_few)}"
    elif name == "Survey Delivered":
        props["survey"] = f"s{draw(_few)}"
    elif name.startswith("Ticket "):
        props["ticket"] = f"t{draw(_few)}"
        if name == "Ticket Opened" and draw(st.booleans()):
            props["due"] = later.isoformat()
    elif name.startswith("Complaint "):
        props["complaint"] = f"k{draw(_few)}"
        props["content"] = draw(st.booleans())
    elif name.startswith("Promise "):
        props |= {"promise": f"z{draw(_few)}", "due": later.isoformat()}
    elif name.startswith("Points "):
        props["points"] = draw(st.integers(1, 500))
    elif name in ("Demand Stated", "Spend Stated"):
        props["quantity" if name == "Demand Stated" else "amount"] = draw(st.integers(0, 400))
        if draw(st.booleans()):
            props["product_group"] = draw(st.sampled_from("ab"))
    elif name.startswith(("Contract ", "Plan ")):
        props |= {"contract": f"v{draw(_few)}", "value": draw(st.integers(0, 40))}
        if draw(st.booleans()):
            props["ends"] = (
                (made["ts"] + timedelta(days=draw(st.integers(-2, 40)))).date().isoformat()
            )
        if draw(st.booleans()):
            props["notice_days"] = draw(st.sampled_from((0, 7, 14, 400)))
    elif name.startswith(("Product ", "Cart ", "Checkout ")):
        props["cart_id"] = f"w{draw(_few)}"


logs = st.lists(events(), min_size=1, max_size=60).map(
    lambda found: [{**e, "id": f"e{i:03}"} for i, e in enumerate(found)]
)


def as_event(e: dict[str, Any]) -> Event:
    """The same event as it is handed to the log."""
    person = e["person"]
    ids = (
        {"visitor": person.removeprefix("visitor:")}
        if person.startswith("visitor:")
        else {"customer": person}
    )
    return Event(
        source="made-up", id=e["id"], name=e["name"], kind=e["kind"], ts=e["ts"].replace(tzinfo=UTC),
        channel=e["channel"], sign=e["sign"], properties=e["props"] or None,
        context=e["context"] or None, traffic=e["traffic"], order=e["id"] if e["lines"] else None,
        currency="EUR" if e["lines"] else None,
        lines=tuple(Line(amount=a, quantity=q, product=p, product_group=g)
                    for q, a, p, g in e["lines"]), **ids,
    )  # fmt: skip
