"""Figures of interaction (KPI catalogue, "Interaction") and conversion."""

from __future__ import annotations

from gern.core.figures.definition import Figure, Part
from gern.core.figures.primitives.base import Primitive
from gern.core.figures.primitives.followed import CARTS, CARTS_OF_PEOPLE, MAILS
from gern.core.figures.primitives.measured import POSTS
from gern.core.figures.primitives.tally import Measure, anyone, count, tally
from gern.core.figures.primitives.visits import CONVERTERS, GOALS, OF_WEB_OR_SERVER, VISITS
from gern.core.text import Text

_CLICKS = Part("clicks", Text("Klicks", "clicks"))
_IMPRESSIONS = Part("impressions", Text("Einblendungen", "impressions"))
_SHOWN = tally("impressions", {
    "clicks": count("click"), "impressions": count("impression"), "goals": Measure(f"{{role:goal}} AND {OF_WEB_OR_SERVER}"),
}, where="{role:click} OR {role:impression} OR {role:goal}")  # fmt: skip
_MENTIONS = tally("mentions", {
    "mentions": count("mention"),
    "positive": Measure("{role:mention} AND coalesce(sign > 0, false)"),
    "negative": Measure("{role:mention} AND coalesce(sign < 0, false)"),
})  # fmt: skip
_POSTS = tally("own_posts", {"replies": count("social_reply"), "posts": count("published")})
_DELIVERED = Part("delivered", Text("zugestellt", "delivered"))


def _mail(
    id: str, name: Text, words: Text, formula: Text, top: Part, bottom: Part, good: str,
    needs: tuple[str, ...], interval: str = "wilson",
) -> Figure:  # fmt: skip
    return Figure(
        id=id, name=name, words=words, formula=formula, unit="percent", factor=100,
        primitive=MAILS, numerator={top.measure: 1}, denominator={bottom.measure: 1},
        parts=(top, bottom), interval=interval, good=good,  # type: ignore[arg-type]
        family="interaction", needs=needs,
    )  # fmt: skip


def _events(id: str, name: Text, words: Text, formula: Text, role: str) -> Figure:
    return Figure(
        id=id, name=name, words=words, formula=formula, unit="count",
        primitive=tally(id, {"events": count(role), "people": anyone(role)}),
        numerator={"events": 1}, denominator={},
        parts=(Part("events", name), Part("people", Text("Personen", "persons"))),
        interval="bootstrap", good="up", family="interaction", needs=(role,),
    )  # fmt: skip


def _conversion(
    basis: str, name: Text, words: Text, formula: Text, top: Part, bottom: Part, more: tuple[Part, ...],
    needs: tuple[str, ...], interval: str, *, primitive: Primitive = GOALS,
) -> Figure:  # fmt: skip
    return Figure(
        id="conversion_rate" + basis, name=name, words=words, formula=formula, unit="percent",
        factor=100, primitive=primitive, numerator={top.measure: 1},
        denominator={bottom.measure: 1}, parts=(top, bottom, *more),
        interval=interval, good="up", family="transaction", needs=needs,  # type: ignore[arg-type]
    )  # fmt: skip


_GOALS = Part("goals", Text("Conversions", "conversions"))
_VISITS = Part("visits", Text("Besuche", "visits"))
_OPENED = Part("opened", Text("geöffnet", "opened"))
_CLICKED = Part("clicked", Text("geklickt", "clicked"))

FIGURES = (
    Figure(
        id="ctr",
        name=Text("Klickrate (CTR)", "Click-through rate"),
        words=Text("Wie viele Einblendungen angeklickt wurden.",
                   "How many impressions were clicked."),
        formula=Text("Klicks / Einblendungen × 100", "clicks / impressions × 100"),
        unit="percent",
        factor=100,
        primitive=_SHOWN,
        numerator={"clicks": 1},
        denominator={"impressions": 1},
        parts=(_CLICKS, _IMPRESSIONS),
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
    _mail("open_rate", Text("Öffnungsrate", "Open rate"),
          Text("Wie viele der im Zeitraum zugestellten E-Mails seither geöffnet wurden, je Empfänger"
               " und Kampagne einmal. Öffnungen durch Maschinen sind ausgelassen und gezählt.",
               "How many of the mails delivered in the period were opened since, once for each"
               " recipient and campaign. Opens by machines are left out and counted."),
          Text("Empfänger, die geöffnet haben / zugestellt × 100", "unique openers / delivered × 100"),
          _OPENED, _DELIVERED, "up", ("mail_delivered",)),
    _mail("click_rate", Text("Klickrate der E-Mails", "Click rate"),
          Text("Wie viele der im Zeitraum zugestellten E-Mails zu einem Klick geführt haben. Klicks"
               " durch Maschinen sind ausgelassen und gezählt.",
               "How many of the mails delivered in the period led to a click. Clicks by machines"
               " are left out and counted."),
          Text("Empfänger, die geklickt haben / zugestellt × 100",
               "unique clickers / delivered × 100"),
          _CLICKED, _DELIVERED, "up", ("mail_delivered",)),
    _mail("click_to_open", Text("Klicks je Öffnung", "Click-to-open rate"),
          Text("Wie viele, die geklickt haben, auf die kommen, die geöffnet haben. Über 100 % ist"
               " möglich, wo Öffnungen nicht messbar sind.",
               "Clickers for those who opened. More than 100 % is possible where opens cannot be"
               " measured."),
          Text("Empfänger, die geklickt haben / die geöffnet haben × 100",
               "clickers / openers × 100"),
          _CLICKED, _OPENED, "up", ("mail_delivered",), "bootstrap"),
    _mail("unsubscribe_rate", Text("Abmelderate", "Unsubscribe rate"),
          Text("Wie viele der zugestellten E-Mails zu einer Abmeldung geführt haben.",
               "How many of the delivered mails led to an unsubscription."),
          Text("Abmeldungen / zugestellt × 100", "unsubscribed / delivered × 100"),
          Part("unsubscribed", Text("abgemeldet", "unsubscribed")), _DELIVERED, "down",
          ("mail_delivered",)),
    _mail("mail_bounce_rate", Text("Anteil unzustellbarer E-Mails", "Mail bounce rate"),
          Text("Wie viele der verschickten E-Mails nicht zugestellt werden konnten.",
               "How many of the mails sent could not be delivered."),
          Text("unzustellbar / (zugestellt + unzustellbar) × 100",
               "bounced / (delivered + bounced) × 100"),
          Part("bounced", Text("unzustellbar", "bounced")), Part("sent", Text("verschickt", "sent")),
          "down", ("mail_delivered",)),
    _mail("spam_complaint_rate", Text("Spam-Beschwerderate", "Spam complaint rate"),
          Text("Wie viele der zugestellten E-Mails als Spam gemeldet wurden.",
               "How many of the delivered mails were marked as spam."),
          Text("als Spam gemeldet / zugestellt × 100", "marked as spam / delivered × 100"),
          Part("spam", Text("als Spam gemeldet", "marked as spam")), _DELIVERED, "down",
          ("mail_delivered",)),
    _events("downloads", Text("Downloads", "Downloads"),
            Text("Wie oft eine Datei heruntergeladen wurde.", "How often a file was downloaded."),
            Text("Anzahl der Downloads", "number of downloads"), "download"),
    _events("subscriptions", Text("Abonnements", "Subscriptions"),
            Text("Wie oft etwas abonniert wurde (Newsletter, Feed, Reihe).",
                 "How often something was subscribed to (newsletter, feed, series)."),
            Text("Anzahl der Abonnements", "number of subscriptions"), "subscription"),
    _conversion("", Text("Conversion-Rate (Besuche)", "Conversion rate (visits)"),
                Text("Wie viele Conversions auf einen Besuch kommen. Eine Conversion ist jedes"
                     " Zielereignis (Einstellung; üblich: ein Kauf) im Web, in der App oder vom"
                     " Server gemeldet; Käufe aus Kassendateien zählen nicht.",
                     "How many conversions there are for a visit. A conversion is any goal event"
                     " (setting; usually a purchase) on the web, in the app or told by the server;"
                     " purchases of till files do not count."),
                Text("Conversions / Besuche × 100", "conversions / visits × 100"),
                _GOALS, _VISITS, (), ("visits",), "bootstrap"),
    _conversion("_visitors", Text("Conversion-Rate (Besucher)", "Conversion rate (visitors)"),
                Text("Anteil der Besucher, die ein Ziel erreicht haben. Gezählt werden Personen,"
                     " nicht Conversions; ohne Cookie über mehrere Tage ausgelassen.",
                     "Share of visitors who reached a goal. Converters are counted, not"
                     " conversions; without a cookie left out over several days."),
                Text("Besucher mit Conversion / Besucher × 100", "converters / visitors × 100"),
                Part("converters", Text("mit Conversion", "converters")),
                Part("visitors", Text("Besucher", "visitors")),
                (Part("without_visit", Text("Ziel ohne erkannten Besuch",
                                            "goal without a recognised visit")),),
                ("visits",), "wilson", primitive=CONVERTERS),
    _conversion("_clicks", Text("Conversion-Rate (Klicks)", "Conversion rate (clicks)"),
                Text("Wie viele Conversions auf einen Klick kommen.",
                     "How many conversions there are for a click."),
                Text("Conversions / Klicks × 100", "conversions / clicks × 100"),
                _GOALS, _CLICKS, (), ("click",), "bootstrap", primitive=_SHOWN),
    _conversion("_impressions", Text("Conversion-Rate (Einblendungen)",
                                     "Conversion rate (impressions)"),
                Text("Wie viele Conversions auf eine Einblendung kommen.",
                     "How many conversions there are for an impression."),
                Text("Conversions / Einblendungen × 100", "conversions / impressions × 100"),
                _GOALS, _IMPRESSIONS, (), ("impression",), "bootstrap", primitive=_SHOWN),
)  # fmt: skip
