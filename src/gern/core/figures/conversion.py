"""Figures of conversion (KPI catalogue, "Transaction"): the basis is always named."""

from __future__ import annotations

from functools import partial

from gern.core.figures.definition import Part, rate
from gern.core.figures.interaction import CLICKS, IMPRESSIONS, SHOWN
from gern.core.figures.primitives.visits import CONVERTERS, GOALS
from gern.core.text import Text

_GOALS = Part("goals", Text("Conversions", "conversions"))
_VISITS = Part("visits", Text("Besuche", "visits"))
_conversion = partial(rate, family="transaction", interval="bootstrap")

FIGURES = (
    _conversion("conversion_rate", Text("Conversion-Rate (Besuche)", "Conversion rate (visits)"),
                Text("Wie viele Conversions auf einen Besuch kommen. Eine Conversion ist jedes"
                     " Zielereignis (Einstellung; üblich: ein Kauf) im Web, in der App oder vom"
                     " Server gemeldet; Käufe aus Kassendateien zählen nicht.",
                     "How many conversions there are for a visit. A conversion is any goal event"
                     " (setting; usually a purchase) on the web, in the app or told by the server;"
                     " purchases of till files do not count."),
                Text("Conversions / Besuche × 100", "conversions / visits × 100"),
                primitive=GOALS, top=_GOALS, bottom=_VISITS, needs=("visits",)),
    _conversion("conversion_rate_visitors", Text("Conversion-Rate (Besucher)", "Conversion rate (visitors)"),
                Text("Anteil der Besucher, die ein Ziel erreicht haben. Gezählt werden Personen,"
                     " nicht Conversions; ohne Cookie über mehrere Tage ausgelassen.",
                     "Share of visitors who reached a goal. Converters are counted, not"
                     " conversions; without a cookie left out over several days."),
                Text("Besucher mit Conversion / Besucher × 100", "converters / visitors × 100"),
                primitive=CONVERTERS, interval="wilson", needs=("visits",),
                top=Part("converters", Text("mit Conversion", "converters")),
                bottom=Part("visitors", Text("Besucher", "visitors")),
                more=(Part("without_visit", Text("Ziel ohne erkannten Besuch",
                                                 "goal without a recognised visit")),)),
    _conversion("conversion_rate_clicks", Text("Conversion-Rate (Klicks)", "Conversion rate (clicks)"),
                Text("Wie viele Conversions auf einen Klick kommen.",
                     "How many conversions there are for a click."),
                Text("Conversions / Klicks × 100", "conversions / clicks × 100"),
                primitive=SHOWN, top=_GOALS, bottom=CLICKS, needs=("click",)),
    _conversion("conversion_rate_impressions", Text("Conversion-Rate (Einblendungen)",
                                     "Conversion rate (impressions)"),
                Text("Wie viele Conversions auf eine Einblendung kommen.",
                     "How many conversions there are for an impression."),
                Text("Conversions / Einblendungen × 100", "conversions / impressions × 100"),
                primitive=SHOWN, top=_GOALS, bottom=IMPRESSIONS, needs=("impression",)),
)  # fmt: skip
