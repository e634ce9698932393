"""Figures of interaction on web and networks (KPI catalogue, "Interaction")."""

from __future__ import annotations

from gern.core.figures.definition import Figure, Part
from gern.core.figures.primitives.followed import CARTS, CARTS_OF_PEOPLE
from gern.core.figures.primitives.measured import POSTS
from gern.core.figures.primitives.tally import Measure, anyone, count, tally
from gern.core.figures.primitives.visits import OF_WEB_OR_SERVER, VISITS
from gern.core.text import Text

CLICKS = Part("clicks", Text("Klicks", "clicks"))
IMPRESSIONS = Part("impressions", Text("Einblendungen", "impressions"))
SHOWN = tally("impressions", {
    "clicks": count("click"), "impressions": count("impression"), "goals": Measure(f"{{role:goal}} AND {OF_WEB_OR_SERVER}"),
}, where="{role:click} OR {role:impression} OR {role:goal}")  # fmt: skip
_MENTIONS = tally("mentions", {
    "mentions": count("mention"),
    "positive": Measure("{role:mention} AND coalesce(sign > 0, false)"),
    "negative": Measure("{role:mention} AND coalesce(sign < 0, false)"),
})  # fmt: skip
_POSTS = tally("own_posts", {"replies": count("social_reply"), "posts": count("published")})


def _events(id: str, name: Text, words: Text, formula: Text, role: str) -> Figure:
    return Figure(
        id=id, name=name, words=words, formula=formula, unit="count",
        primitive=tally(id, {"events": count(role), "people": anyone(role)}),
        numerator={"events": 1}, denominator={},
        parts=(Part("events", name), Part("people", Text("Personen", "persons"))),
        interval="bootstrap", good="up", family="interaction", needs=(role,),
    )  # fmt: skip


_VISITS = Part("visits", Text("Besuche", "visits"))

FIGURES = (
    Figure(
        id="ctr",
        name=Text("Klickrate (CTR)", "Click-through rate"),
        words=Text("Wie viele Einblendungen angeklickt wurden.",
                   "How many impressions were clicked."),
        formula=Text("Klicks / Einblendungen × 100", "clicks / impressions × 100"),
        unit="percent",
        factor=100,
        primitive=SHOWN,
        numerator={"clicks": 1},
        denominator={"impressions": 1},
        parts=(CLICKS, IMPRESSIONS),
        interval="bootstrap",
        good="up",
        family="interaction",
        needs=("impression",),
    ),
    Figure(
        id="bounce_rate",
        name=Text("Absprungrate", "Bounce rate"),
        words=Text(
            "Anteil der Besuche mit genau einem Seitenaufruf und keiner weiteren Handlung."
            " Selbsttätige Signale (Lesezeit, Scrollen) sind keine Handlung.",
            "Share of visits with exactly one page view and no further action by the person."
            " Automatic signals (engaged time, scrolling) are no action.",
        ),
        formula=Text("Besuche mit nur einem Seitenaufruf / Besuche × 100",
                     "visits with one page view only / visits × 100"),
        unit="percent",
        factor=100,
        primitive=VISITS,
        numerator={"bounces": 1},
        denominator={"visits": 1},
        parts=(Part("bounces", Text("Absprünge", "bounces")), _VISITS),
        interval="bootstrap",
        good="down",
        family="interaction",
        needs=("visits",),
        band=(0, 60),
        band_source=Text("bis 60 % gilt als üblich (Kennzahlenkatalog)",
                         "up to 60 % counts as usual (KPI catalogue)"),
    ),
    Figure(
        id="abandonment_rate",
        name=Text("Abbruchquote (Personen)", "Abandonment rate (persons)"),
        words=Text(
            "Anteil derer, die etwas in den Warenkorb gelegt und in den 24 Stunden nach der letzten"
            " Handlung am Warenkorb nicht gekauft haben. Wessen Frist noch läuft, zählt nicht mit.",
            "Share of those who put something into a cart and did not purchase within 24 hours of"
            " last touching it. Whose window is not over does not count.",
        ),
        formula=Text("Personen ohne Kauf / Personen mit Warenkorb × 100",
                     "persons without a purchase / persons with a cart × 100"),
        unit="percent",
        factor=100,
        primitive=CARTS_OF_PEOPLE,
        numerator={"abandoned": 1},
        denominator={"carts": 1},
        parts=(Part("abandoned", Text("ohne Kauf", "without a purchase")),
               Part("carts", Text("mit Warenkorb", "with a cart"))),
        interval="wilson",
        good="down",
        family="interaction",
        needs=("cart",),
    ),
    Figure(
        id="abandonment_rate_carts",
        name=Text("Abbruchquote (Warenkörbe)", "Abandonment rate (carts)"),
        words=Text(
            "Dasselbe je Warenkorb statt je Person: Anteil der Warenkörbe, nach denen 24 Stunden"
            " lang nichts gekauft wurde. Ohne Kennung des Warenkorbs ist es einer je Person.",
            "The same for carts instead of persons: share of carts after which nothing was bought"
            " for 24 hours. Without a cart id it is one a person.",
        ),
        formula=Text("Warenkörbe ohne Kauf / Warenkörbe × 100",
                     "carts without a purchase / carts × 100"),
        unit="percent",
        factor=100,
        primitive=CARTS,
        numerator={"abandoned": 1},
        denominator={"carts": 1},
        parts=(Part("abandoned", Text("ohne Kauf", "without a purchase")),
               Part("carts", Text("Warenkörbe", "carts"))),
        interval="bootstrap",
        good="down",
        family="interaction",
        needs=("cart",),
    ),
    *(
        Figure(
            id=id,
            name=name,
            words=words,
            formula=formula,
            unit="percent",
            factor=100,
            primitive=POSTS,
            numerator=weights,
            denominator={"followers": 1},
            parts=(
                Part("interactions", Text("Likes und Kommentare", "likes and comments")),
                Part("shares", Text("geteilt", "shares")),
                Part("followers", Text("Follower, je Beitrag", "followers, for each post")),
                Part("posts", Text("Beiträge", "posts")),
            ),
            interval="bootstrap",
            good="up",
            family="interaction",
            needs=("measured",),
            band=band,
            band_source=band and Text("3–8 % gelten als gut (Kennzahlenkatalog)",
                                      "3–8 % count as good (KPI catalogue)"),
        )
        for id, name, words, formula, weights, band in (
            ("engagement_rate", Text("Engagement-Rate", "Engagement rate"),
             Text("Wie viele der Follower mit einem Beitrag etwas getan haben, im Mittel über die"
                  " Beiträge; aufgegliedert nach Konto für jedes einzelne.",
                  "How many of the followers did something with a post, on average over the posts;"
                  " broken down by account for each one."),
             Text("(Likes + Kommentare) / Follower × 100", "(likes + comments) / followers × 100"),
             {"interactions": 1}, (3.0, 8.0)),
            ("engagement_rate_with_shares",
             Text("Engagement-Rate mit Teilen", "Engagement rate with shares"),
             Text("Dasselbe, geteilte Beiträge mitgezählt; ein eigenes Maß ohne Vergleichswert.",
                  "The same with shares; a measure of its own without a band."),
             Text("(Likes + Kommentare + geteilt) / Follower × 100",
                  "(likes + comments + shares) / followers × 100"),
             {"interactions": 1, "shares": 1}, None),
        )
    ),
    Figure(
        id="social_activity",
        name=Text("Aktivität in sozialen Medien", "Social activity"),
        words=Text("Wie oft andere über uns geschrieben haben.", "How often others wrote about us."),
        formula=Text("Anzahl der Erwähnungen", "number of mentions"),
        unit="count",
        primitive=_MENTIONS,
        numerator={"mentions": 1},
        denominator={},
        parts=(Part("positive", Text("wohlwollend", "positive")),
               Part("negative", Text("ablehnend", "negative"))),
        interval="bootstrap",
        good="up",
        family="interaction",
        needs=("mention",),
    ),
    Figure(
        id="positive_mentions_share",
        name=Text("Anteil wohlwollender Erwähnungen", "Share of positive mentions"),
        words=Text("Wie viele der Erwähnungen freundlich sind.",
                   "How many of the mentions are positive."),
        formula=Text("wohlwollende Erwähnungen / Erwähnungen × 100",
                     "positive mentions / mentions × 100"),
        unit="percent",
        factor=100,
        primitive=_MENTIONS,
        numerator={"positive": 1},
        denominator={"mentions": 1},
        parts=(Part("positive", Text("wohlwollend", "positive")),
               Part("mentions", Text("Erwähnungen", "mentions"))),
        interval="bootstrap",
        good="up",
        family="interaction",
        needs=("mention",),
    ),
    Figure(
        id="replies_per_post",
        name=Text("Antworten je Beitrag", "Replies per post"),
        words=Text("Wie viele Antworten und Kommentare ein eigener Beitrag im Zeitraum bekam.",
                   "How many replies and comments one of our posts got in the period."),
        formula=Text("Antworten und Kommentare / eigene Beiträge", "replies and comments / own posts"),
        unit="ratio",
        primitive=_POSTS,
        numerator={"replies": 1},
        denominator={"posts": 1},
        parts=(Part("replies", Text("Antworten und Kommentare", "replies and comments")),
               Part("posts", Text("eigene Beiträge", "own posts"))),
        interval="bootstrap",
        good="up",
        family="interaction",
        needs=("published",),
    ),
    _events("downloads", Text("Downloads", "Downloads"),
            Text("Wie oft eine Datei heruntergeladen wurde.", "How often a file was downloaded."),
            Text("Anzahl der Downloads", "number of downloads"), "download"),
    _events("subscriptions", Text("Abonnements", "Subscriptions"),
            Text("Wie oft etwas abonniert wurde (Newsletter, Feed, Reihe).",
                 "How often something was subscribed to (newsletter, feed, series)."),
            Text("Anzahl der Abonnements", "number of subscriptions"), "subscription"),
)  # fmt: skip
