"""Figures of reach (KPI catalogue, "Reach")."""

from __future__ import annotations

from fractions import Fraction

from gern.core.figures.definition import PER_HOUR, Figure, Part
from gern.core.figures.primitives.followed import TARGETS
from gern.core.figures.primitives.measured import POSTS
from gern.core.figures.primitives.tally import anyone, count, tally
from gern.core.figures.primitives.visits import (
    ACROSS_DAYS,
    DAYS_ACTIVE,
    MONTH_LENGTHS,
    TIMED_VISITS,
    VISITORS,
    VISITS,
)  # fmt: skip
from gern.core.text import Text

_VISITS = Part("visits", Text("Besuche", "visits"))
_PAGES = Part("pages", Text("Seitenaufrufe", "page views"))
_VISITORS = Part("visitors", Text("Besucher", "visitors"))

FIGURES = (
    Figure(
        id="page_views",
        name=Text("Seitenaufrufe", "Page views"),
        words=Text(
            "Wie oft eine Seite aufgerufen wurde. Roboter und Aufrufe aus dem eigenen Haus zählen"
            " nicht.",
            "How often a page was viewed. Bots and views from inside the house do not count.",
        ),
        formula=Text("Anzahl der Seitenaufrufe", "number of page events"),
        unit="count",
        primitive=tally("page_views", {"views": count("page")}),
        numerator={"views": 1},
        denominator={},
        parts=(Part("views", Text("Seitenaufrufe", "page views")),),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("page",),
    ),
    Figure(
        id="visitors",
        name=Text("Besucher", "Visitors"),
        words=Text(
            "Personen mit mindestens einem Besuch von Website oder App; wer auf zwei Geräten"
            " erkannt wurde, zählt einmal. Neu ist, wessen erster Besuch überhaupt im Zeitraum"
            " liegt. Besucher ohne Cookie sind nur an einem einzelnen Tag zählbar und über"
            " mehrere Tage ausgelassen.",
            "Persons with at least one visit to website or app; who was recognised on two devices"
            " counts once. New is whose first visit ever lies in the period. Visitors without a"
            " cookie can be counted on a single day only and are left out of longer periods.",
        ),
        formula=Text("Personen mit ≥ 1 Besuch", "persons with ≥ 1 visit"),
        unit="count",
        primitive=VISITORS,
        numerator={"visitors": 1},
        denominator={},
        parts=(
            Part("new", Text("neue", "new")),
            Part("returning", Text("wiederkehrende", "returning"), "came_back"),
            Part("not_told", Text("ohne Cookie: neu oder nicht, ist unbekannt",
                                  "without a cookie: new or not is unknown")),
        ),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("visits",),
    ),
    Figure(
        id="visits",
        name=Text("Besuche", "Visits"),
        words=Text(
            "Ereignisse einer Person auf Website oder App, zwischen denen nie mehr als 30 Minuten"
            " liegen (Einstellung), sind ein Besuch. Er gehört ganz zu dem Tag, an dem er begann."
            " E-Mails, Ereignisse vom Server und Kassen sind keine Besuche.",
            "Events of a person on website or app with gaps of at most 30 minutes (setting) are"
            " one visit. It belongs wholly to the day it began. Mails, server-side and till"
            " events are not visits.",
        ),
        formula=Text("Anzahl der Besuche", "number of visits"),
        unit="count",
        primitive=VISITS,
        numerator={"visits": 1},
        denominator={},
        parts=(_VISITS, _PAGES),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("visits",),
    ),
    Figure(
        id="time_on_site",
        name=Text("Verweildauer", "Time on site"),
        words=Text(
            "Wie lange ein Besuch im Mittel dauerte: vom ersten bis zum letzten Ereignis, dazu die"
            " Lesezeit der letzten Seite, wenn der Tracker sie geschickt hat. Besuche mit nur"
            " einem Ereignis und ohne Lesezeit sind ausgelassen und gezählt.",
            "How long a visit lasted on average: from its first to its last event, and the engaged"
            " time of the last page where the tracker sent it. Visits with one event and no"
            " engaged time are left out and counted.",
        ),
        formula=Text("Σ Dauer der Besuche / Besuche mit Dauer", "Σ length of visits / visits with one"),
        unit="duration",
        primitive=TIMED_VISITS,
        numerator={"length": PER_HOUR},
        denominator={"timed": 1},
        parts=(Part("timed", Text("Besuche mit Dauer", "visits with a length")), _VISITS),
        interval="bootstrap",
        good=None,
        family="reach",
        needs=("visits",),
        note=Text("Nur mit eigenen, ähnlichen Inhalten vergleichen.",
                  "Compare with your own similar content only."),
    ),
    Figure(
        id="pages_per_visit",
        name=Text("Seiten je Besuch", "Pages per visit"),
        words=Text("Wie viele Seiten ein Besuch im Mittel hatte.",
                   "How many pages a visit had on average."),
        formula=Text("Seitenaufrufe / Besuche", "page views / visits"),
        unit="ratio",
        primitive=VISITS,
        numerator={"pages": 1},
        denominator={"visits": 1},
        parts=(_PAGES, _VISITS),
        interval="bootstrap",
        good=None,
        family="reach",
        needs=("visits",),
    ),
    Figure(
        id="pages_per_visitor",
        name=Text("Seiten je Besucher", "Pages per visitor"),
        words=Text(
            "Wie viele Seiten ein Besucher im Zeitraum im Mittel ansah. Besucher ohne Cookie sind"
            " über mehrere Tage ausgelassen.",
            "How many pages a visitor viewed in the period on average. Visitors without a cookie"
            " are left out over several days.",
        ),
        formula=Text("Seitenaufrufe / Besucher", "page views / visitors"),
        unit="ratio",
        primitive=ACROSS_DAYS,
        numerator={"pages_known": 1},
        denominator={"visitors": 1},
        parts=(Part("pages_known", Text("Seitenaufrufe", "page views")), _VISITORS),
        interval="bootstrap",
        good=None,
        family="reach",
        needs=("visits",),
    ),
    Figure(
        id="visit_frequency",
        name=Text("Besuchsfrequenz", "Visit frequency"),
        words=Text(
            "Wie oft ein Besucher im Zeitraum im Mittel kam. Besucher ohne Cookie sind über mehrere"
            " Tage ausgelassen.",
            "How often a visitor came in the period on average. Visitors without a cookie are left"
            " out over several days.",
        ),
        formula=Text("Besuche / Besucher", "visits / visitors"),
        unit="ratio",
        primitive=ACROSS_DAYS,
        numerator={"visits_known": 1},
        denominator={"visitors": 1},
        parts=(Part("visits_known", Text("Besuche", "visits")), _VISITORS),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("visits",),
    ),
    Figure(
        id="reach",
        name=Text("Reichweite", "Reach"),
        words=Text(
            "Personen, die eine Aktion erreicht hat: eine zugestellte E-Mail oder Nachricht, eine"
            " gesehene Anzeige. Aufgegliedert nach Kampagne: die Reichweite jeder einzelnen.",
            "Persons reached by an action: a delivered mail or message, an ad seen. Broken down by"
            " campaign: the reach of each one.",
        ),
        formula=Text("erreichte Personen", "persons reached"),
        unit="count",
        primitive=tally("reach", {"reached": anyone("reached"), "contacts": count("reached")}),
        numerator={"reached": 1},
        denominator={},
        parts=(Part("reached", Text("erreichte Personen", "persons reached")),
               Part("contacts", Text("Kontakte", "contacts"))),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("reached",),
    ),
    Figure(
        id="reach_share",
        name=Text("Anteil der Zielgruppe", "Reach share"),
        words=Text(
            "Wie viele derer, die eine Aktion erreichen sollte, sie erreicht hat.",
            "How many of those an action was meant for it has reached.",
        ),
        formula=Text("erreichte Personen der Zielgruppe / Zielgruppe × 100",
                     "persons of the target audience reached / target audience × 100"),
        unit="percent",
        factor=100,
        primitive=TARGETS,
        numerator={"reached": 1},
        denominator={"targeted": 1},
        parts=(Part("reached", Text("erreicht", "reached")),
               Part("targeted", Text("Zielgruppe", "target audience"))),
        interval="wilson",
        good="up",
        family="reach",
        needs=("targeted", "reached"),
    ),
    Figure(
        id="potential_reach",
        name=Text("Potenzielle Reichweite", "Potential reach"),
        words=Text(
            "Wie viele Personen die Beiträge hätten sehen können, nach Angabe des Netzwerks; wer"
            " zwei Beiträge sehen konnte, ist darin zweimal enthalten.",
            "How many persons could have seen the posts, as the network says; who could see two"
            " posts is in it twice.",
        ),
        formula=Text("Σ Angabe des Netzwerks je Beitrag", "Σ the network's figure for each post"),
        unit="count",
        primitive=POSTS,
        numerator={"potential": 1},
        denominator={},
        parts=(Part("posts", Text("Beiträge", "posts")),),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("measured",),
    ),
    Figure(
        id="active_members",
        name=Text("Aktive Community-Mitglieder", "Active members"),
        words=Text(
            "Personen, die im Zeitraum in der Community waren, geschrieben, geantwortet oder"
            " abgestimmt haben. Für eine Woche oder einen Monat den Zeitraum so wählen.",
            "Persons who visited the community, posted, replied or voted in the period. Choose a"
            " week or a month as the period.",
        ),
        formula=Text("Personen mit ≥ 1 Aktivität in der Community",
                     "persons with ≥ 1 act in the community"),
        unit="count",
        primitive=tally("active_members", {"active": anyone("community"), "acts": count("community")}),
        numerator={"active": 1},
        denominator={},
        parts=(Part("active", Text("aktive Mitglieder", "active members")),
               Part("acts", Text("Aktivitäten", "acts"))),
        interval="bootstrap",
        good="up",
        family="community",
        needs=("community",),
    ),
    Figure(
        id="stickiness",
        name=Text("Stickiness (DAU/MAU)", "Stickiness (DAU/MAU)"),
        words=Text(
            "An welchem Anteil der Tage eines Kalendermonats ein Besucher dieses Monats im Mittel"
            " kam: mittlere Zahl täglicher durch Zahl monatlicher Besucher. Nur ganze"
            " Kalendermonate im Zeitraum zählen; Besucher ohne Cookie sind ausgelassen.",
            "On which share of a calendar month's days a visitor of that month came on average:"
            " mean daily visitors by monthly visitors. Only whole calendar months in the period"
            " count; visitors without a cookie are left out.",
        ),
        formula=Text("Σ mittlere DAU / Σ MAU × 100, über ganze Kalendermonate",
                     "Σ mean DAU / Σ MAU × 100, over whole calendar months"),
        unit="percent",
        factor=100,
        primitive=DAYS_ACTIVE,
        numerator={"days_share": Fraction(1, MONTH_LENGTHS)},
        denominator={"months": 1},
        parts=(Part("months", Text("Besucher-Monate (MAU)", "visitor-months (MAU)")),),
        interval="bootstrap",
        good="up",
        family="reach",
        needs=("visits",),
    ),
)  # fmt: skip
