"""Which events play which part: what is a click, a goal, a contact. Names of the Segment
specifications, and of our own rooms where those have none; a shop can name others (setting
``roles``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gern.core.conditions.nodes import Any, Compare, Condition
from gern.core.errors import BadInput
from gern.core.text import Text


@dataclass(frozen=True)
class Role:
    """``names``: of the events that play it, unless the shop says otherwise."""

    id: str
    label: Text
    names: tuple[str, ...]

    def condition(self, roles: Mapping[str, Sequence[str]]) -> Condition:
        """What an event must be."""
        names = tuple(roles.get(self.id) or self.names)
        listed = Compare("name", "one_of", names)
        if self.id == "page":
            return Any((Compare("kind", "is", "page"), listed))
        return listed


_CART = ("Product Added", "Product Removed", "Cart Viewed", "Cart Shared", "Coupon Entered",
         "Coupon Applied", "Checkout Started", "Checkout Step Viewed", "Checkout Step Completed",
         "Payment Info Entered")  # fmt: skip
_COMMUNITY = ("Community Visited", "Post Created", "Reply Created", "Vote Cast", "Idea Submitted")

ROLES = {
    role.id: role
    for role in (
        Role("page", Text("Seitenaufruf", "page view"), ("Page Viewed",)),
        Role("automatic", Text("selbsttätiges Signal", "automatic signal"),
             ("Page Engaged", "Page Scrolled")),
        Role("impression", Text("Einblendung", "impression"), ("Promotion Viewed", "Ad Viewed")),
        Role("click", Text("Klick auf eine Einblendung", "click on an impression"),
             ("Promotion Clicked", "Ad Clicked")),
        Role("goal", Text("Ziel (Conversion)", "goal (conversion)"), ("Order Completed",)),
        Role("order", Text("Kauf", "purchase"), ("Order Completed",)),
        Role("cart", Text("in den Warenkorb gelegt", "put into the cart"), ("Product Added",)),
        Role("cart_activity", Text("am Warenkorb getan", "done at the cart"), _CART),
        Role("download", Text("Download", "download"), ("File Downloaded",)),
        Role("subscription", Text("Abonnement", "subscription"),
             ("Subscribed", "Newsletter Subscribed", "Subscription Started")),
        Role("community", Text("in der Community aktiv", "active in the community"), _COMMUNITY),
        Role("post", Text("Beitrag", "post"), ("Post Created", "Reply Created")),
        Role("published", Text("eigener Beitrag im Netzwerk", "own post in a network"),
             ("Post Published",)),
        Role("social_reply", Text("Antwort oder Kommentar im Netzwerk", "reply or comment"),
             ("Comment Received", "Reply Received")),
        Role("mention", Text("Erwähnung", "mention"), ("Mention Received",)),
        Role("measured", Text("Messung eines Beitrags", "measurement of a post"),
             ("Post Measured",)),
        Role("targeted", Text("in der Zielgruppe einer Aktion", "in the target audience"),
             ("Campaign Targeted",)),
        Role("reached", Text("von einer Aktion erreicht", "reached by an action"),
             ("Email Delivered", "Message Delivered", "Promotion Viewed", "Ad Viewed")),
        Role("message_out", Text("Kontakt von uns", "contact by us"),
             ("Email Delivered", "Message Delivered", "Push Notification Received",
              "Letter Sent", "Call Made", "Survey Delivered")),
        Role("contact_in", Text("Kontakt durch den Kunden, nicht im Web", "contact by the customer,"
             " not on the web"),
             ("Ticket Opened", "Ticket Message Received", "Call Received", "Message Received",
              "Survey Answered", "Order Completed", "Complaint Filed", "Product Reviewed")),
        Role("mail_delivered", Text("E-Mail zugestellt", "e-mail delivered"), ("Email Delivered",)),
        Role("mail_opened", Text("E-Mail geöffnet", "e-mail opened"), ("Email Opened",)),
        Role("mail_clicked", Text("in der E-Mail geklickt", "clicked in the e-mail"),
             ("Email Link Clicked",)),
        Role("mail_bounced", Text("E-Mail unzustellbar", "e-mail bounced"), ("Email Bounced",)),
        Role("mail_spam", Text("als Spam gemeldet", "marked as spam"), ("Email Marked as Spam",)),
        Role("unsubscribed", Text("abgemeldet", "unsubscribed"), ("Unsubscribed",)),
        Role("answer", Text("Antwort", "answer"), ("Survey Answered",)),
        Role("invited", Text("Einladung zugestellt", "invitation delivered"),
             ("Survey Delivered",)),
        Role("unasked", Text("ungefragter Kontakt oder Bewertung", "unasked contact or review"),
             ("Product Reviewed", "Review Posted", "Referral Made", "Product Shared", "Invite Sent",
              "Message Received", "Call Received", "Mention Received", "Idea Submitted")),
        Role("review", Text("Bewertung", "review"), ("Product Reviewed", "Review Posted")),
        Role("referral_made", Text("hat empfohlen", "has referred"),
             ("Referral Made", "Product Shared", "Invite Sent")),
        Role("referred", Text("kam auf Empfehlung", "came by a referral"), ("Referral Accepted",)),
        Role("plan", Text("Tarif oder Vertrag", "plan or contract"),
             ("Contract Started", "Plan Changed")),
        Role("obstacle", Text("Hindernis auf dem Weg", "obstacle on the way"),
             ("Error Shown", "Payment Failed", "Checkout Failed", "Coupon Denied", "Login Failed",
              "Product Out of Stock", "Price Changed", "Shipping Costs Shown")),
        Role("incident", Text("von einer Störung betroffen", "hit by an incident"),
             ("Incident Hit",)),
        Role("demand", Text("Bedarf genannt", "demand stated"), ("Demand Stated",)),
        Role("spend", Text("Ausgaben genannt", "spend stated"), ("Spend Stated",)),
        Role("supplier_switched", Text("Anbieter gewechselt", "switched supplier"),
             ("Supplier Switched",)),
        Role("ticket_opened", Text("Ticket eröffnet", "ticket opened"), ("Ticket Opened",)),
        Role("ticket_answered", Text("Ticket beantwortet", "ticket answered"),
             ("Ticket Replied",)),
        Role("ticket_solved", Text("Ticket gelöst", "ticket solved"), ("Ticket Solved",)),
        Role("ticket_reopened", Text("Ticket wieder geöffnet", "ticket reopened"),
             ("Ticket Reopened",)),
        Role("complaint", Text("Reklamation", "complaint"), ("Complaint Filed",)),
        Role("complaint_settled", Text("Reklamation erledigt", "complaint settled"),
             ("Complaint Settled",)),
        Role("promise", Text("Zusage", "promise"), ("Promise Made",)),
        Role("promise_kept", Text("Zusage eingehalten", "promise kept"), ("Promise Kept",)),
        Role("help", Text("im Hilfebereich gesucht oder gelesen", "searched or read in the help"),
             ("Article Searched", "Article Viewed")),
        Role("idea", Text("Idee", "idea"), ("Idea Submitted",)),
        Role("vote", Text("Stimme", "vote"), ("Vote Cast",)),
        Role("idea_realised", Text("Idee umgesetzt", "idea realised"), ("Idea Realised",)),
        Role("joined", Text("Programm beigetreten", "joined the programme"),
             ("Programme Joined",)),
        Role("left", Text("Programm verlassen", "left the programme"), ("Programme Left",)),
        Role("points_issued", Text("Punkte gutgeschrieben", "points issued"), ("Points Issued",)),
        Role("points_redeemed", Text("Punkte eingelöst", "points redeemed"),
             ("Points Redeemed",)),
        Role("points_expired", Text("Punkte verfallen", "points expired"), ("Points Expired",)),
    )
}  # fmt: skip

QUESTIONS = {
    "nps": Text("Weiterempfehlung 0–10", "recommendation 0–10"),
    "csat": Text("Zufriedenheit 1–5", "satisfaction 1–5"),
    "ces": Text("„hat es mir leicht gemacht“ 1–7", "“made it easy for me” 1–7"),
    "purchase_intent": Text("Kaufabsicht 1–5", "purchase intent 1–5"),
    "purchase_probability": Text("Kaufwahrscheinlichkeit 0–100 %", "purchase probability 0–100 %"),
    "purchase_consideration": Text("kommen wir in Frage? 0/1", "are we considered? 0/1"),
    "touchpoint": Text("Zufriedenheit am Touchpoint 1–5", "satisfaction at the touchpoint 1–5"),
    "loyalty_recommend": Text("Loyalty Index: empfehlen 1–6", "loyalty index: recommend 1–6"),
    "loyalty_again": Text("Loyalty Index: wieder kaufen 1–6", "loyalty index: buy again 1–6"),
    "commitment": Text("Bindung: „bleibe gern“ 1–5", "commitment: “glad to stay” 1–5"),
    "involvement": Text("Interesse am Angebot 1–5", "involvement 1–5"),
    "trust": Text("Vertrauen 1–5", "trust 1–5"),
    "switching_cost": Text("„ein Wechsel wäre aufwendig“ 1–5", "“switching would be costly” 1–5"),
    "loyalty_other": Text("Loyalty Index: anderes kaufen 1–6", "loyalty index: buy other 1–6"),
}
"""Kinds of questions; an answer says its own in ``question``, or the shop says which it is
(setting ``questions``: wording → kind)."""


def role_condition(id: str, roles: Mapping[str, Sequence[str]]) -> Condition:
    """What an event must be to play the role."""
    return ROLES[id].condition(roles)


def question_condition(kind: str, questions: Mapping[str, str]) -> Condition:
    """What an answer must be to be one to such a question."""
    worded = tuple(text for text, is_kind in questions.items() if is_kind == kind)
    listed = (kind, kind.upper(), kind.capitalize(), *worded)
    return Compare("properties.question", "one_of", tuple(dict.fromkeys(listed)))


def checked_roles(value: object) -> dict[str, list[str]]:
    """The setting ``roles``. ``BadInput`` says what is allowed."""
    if not isinstance(value, dict) or not all(
        key in ROLES
        and isinstance(names, list | tuple)
        and all(isinstance(name, str) and name for name in names)
        for key, names in value.items()
    ):
        raise BadInput(
            f"roles says for a role the names of its events. Roles: {', '.join(ROLES)}.",
            param="roles",
        )
    return {key: list(names) for key, names in value.items()}


def checked_questions(value: object) -> dict[str, str]:
    """The setting ``questions``. ``BadInput`` says what is allowed."""
    if not isinstance(value, dict) or not all(
        isinstance(text, str) and kind in QUESTIONS for text, kind in value.items()
    ):
        raise BadInput(
            f"questions says for a wording its kind. Kinds: {', '.join(QUESTIONS)}.",
            param="questions",
        )
    return dict(value)
