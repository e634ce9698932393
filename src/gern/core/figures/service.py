"""Figures of service, community and programme (KPI catalogue, "Service, community, programme")."""

from __future__ import annotations

from gern.core.figures.definition import PER_HOUR, Figure, Part, rate
from gern.core.figures.primitives.base import Primitive
from gern.core.figures.primitives.followed import HELP, PROMISES
from gern.core.figures.primitives.measured import PROGRAMME
from gern.core.figures.primitives.purchases import COMPLAINTS
from gern.core.figures.primitives.service import FIRST_RESPONSES, RESOLUTIONS, SLA, TICKETS
from gern.core.figures.primitives.tally import anyone, count, tally
from gern.core.text import Text


def _duration(id: str, name: Text, words: Text, formula: Text, primitive: Primitive) -> Figure:
    return Figure(
        id=id, name=name, words=words, formula=formula, unit="duration", primitive=primitive,
        numerator={"length": PER_HOUR}, denominator={"tickets": 1}, median=True,
        parts=(Part("p90", Text("90 % schneller als", "90 % faster than"), "length", "duration",
                    quantile=0.9),
               Part("tickets", Text("Tickets", "tickets"))),
        interval="bootstrap", good="down", family="service", needs=("ticket_opened",),
    )  # fmt: skip


def _count(id: str, name: Text, words: Text, role: str, good: str = "up") -> Figure:
    return Figure(
        id=id, name=name, words=words, formula=Text(f"Anzahl: {name.de}", f"number of {name.en.lower()}"),
        unit="count", primitive=tally(id, {"events": count(role), "people": anyone(role)}),
        numerator={"events": 1}, denominator={},
        parts=(Part("people", Text("Personen", "persons")),), interval="bootstrap",
        good=good, family="community", needs=(role,),  # type: ignore[arg-type]
    )  # fmt: skip


_SOLVED = Part("solved", Text("gelöste Tickets", "tickets solved"))
_MEMBERS = Part("members", Text("Mitglieder", "members"))
_ISSUED = Part("issued", Text("gutgeschriebene Punkte", "points issued"))

FIGURES = (
    Figure(
        id="tickets_solved",
        name=Text("Gelöste Tickets", "Tickets solved"),
        words=Text("Tickets, deren (letzte) Lösung im Zeitraum liegt und die nicht wieder geöffnet"
                   " wurden.",
                   "Tickets whose (last) solution lies in the period and that were not reopened."),
        formula=Text("Anzahl gelöster Tickets", "number of tickets solved"),
        unit="count",
        primitive=TICKETS,
        numerator={"solved": 1},
        denominator={},
        parts=(_SOLVED, Part("reopened", Text("davon zwischendurch wieder geöffnet",
                                              "of them reopened in between"))),
        interval="bootstrap",
        good="up",
        family="service",
        needs=("ticket_solved",),
    ),
    _duration("first_response_time", Text("Erste Antwort", "First response time"),
              Text("Wie lange im Zeitraum eröffnete Tickets auf die erste Antwort warteten, in"
                   " Geschäftszeit (Median). Tickets ohne Antwort sind ausgelassen und gezählt.",
                   "How long tickets opened in the period waited for the first answer, in business"
                   " hours (median). Tickets without an answer are left out and counted."),
              Text("Median der Geschäftszeit bis zur ersten Antwort",
                   "median of business time to the first answer"), FIRST_RESPONSES),
    _duration("resolution_time", Text("Zeit bis zur Lösung", "Resolution time"),
              Text("Wie lange die im Zeitraum gelösten Tickets offen waren, in Geschäftszeit"
                   " (Median).",
                   "How long the tickets solved in the period had been open, in business hours"
                   " (median)."),
              Text("Median der Geschäftszeit bis zur Lösung",
                   "median of business time to the solution"), RESOLUTIONS),
    rate("first_contact_resolution",
             Text("Lösung beim ersten Kontakt", "First contact resolution"),
             Text("Anteil der im Zeitraum gelösten Tickets, für die eine Antwort genügte und die"
                  " nie wieder geöffnet wurden.",
                  "Share of tickets solved in the period that took one answer and were never"
                  " reopened."),
             Text("mit höchstens einer Antwort gelöst / gelöst × 100",
                  "solved with one answer at most / solved × 100"),
             TICKETS, Part("at_first_contact", Text("beim ersten Kontakt", "at first contact")),
             _SOLVED, family="service", needs=("ticket_solved",)),
    rate("sla_met", Text("Service-Level eingehalten", "SLA met"),
             Text("Anteil der im Zeitraum eröffneten Tickets mit Frist, die bis dahin beantwortet"
                  " waren. Noch laufende Fristen zählen nicht.",
                  "Share of tickets opened in the period with a due time that were answered by"
                  " then. Times not yet over do not count."),
             Text("rechtzeitig beantwortet / fällig × 100", "answered in time / due × 100"),
             SLA, Part("met", Text("rechtzeitig", "in time")), Part("due", Text("fällig", "due")),
             family="service", needs=("ticket_opened",)),
    rate("complaints", Text("Reklamationsquote", "Complaints"),
             Text("Wie viele Reklamationen auf 100 Käufe kommen.",
                  "How many complaints there are for 100 purchases."),
             Text("Reklamationen / Käufe × 100", "complaints / purchases × 100"),
             COMPLAINTS, Part("complaints", Text("Reklamationen", "complaints")),
             Part("purchases", Text("Käufe", "purchases")), family="service", needs=("complaint",), good="down", interval="bootstrap"),
    rate("complaints_content", Text("Zufrieden gelöste Reklamationen", "Complaints settled well"),
             Text("Anteil der Reklamationen des Zeitraums, die seither zur Zufriedenheit des Kunden"
                  " gelöst wurden.",
                  "Share of the period's complaints that were settled to the customer's content"
                  " since."),
             Text("zufrieden gelöst / Reklamationen × 100",
                  "settled to content / complaints × 100"),
             COMPLAINTS, Part("content", Text("zufrieden", "content")),
             Part("complaints", Text("Reklamationen", "complaints")), family="service", needs=("complaint",),
             interval="wilson", more=(Part("settled", Text("erledigt", "settled")),)),
    rate("promises_kept", Text("Eingehaltene Zusagen", "Promises kept"),
             Text("Anteil der im Zeitraum fälligen Zusagen, die rechtzeitig eingehalten wurden.",
                  "Share of the promises due in the period that were kept in time."),
             Text("rechtzeitig eingehalten / fällig × 100", "kept in time / due × 100"),
             PROMISES, Part("kept", Text("eingehalten", "kept")), Part("due", Text("fällig", "due")),
             family="service", needs=("promise",)),
    rate("deflection_rate", Text("Self-Service-Quote", "Deflection rate"),
             Text("Anteil der Besuche mit einer Suche oder einem Artikel im Hilfebereich, nach denen"
                  " 24 Stunden lang kein Ticket kam.",
                  "Share of visits with a search or an article of the help centre after which no"
                  " ticket came within 24 hours."),
             Text("ohne Ticket / Besuche des Hilfebereichs × 100",
                  "without a ticket / visits of the help centre × 100"),
             HELP, Part("deflected", Text("ohne Ticket", "without a ticket")),
             Part("help_visits", Text("Besuche des Hilfebereichs", "visits of the help centre")),
             family="service", needs=("help",), interval="bootstrap"),
    _count("ideas", Text("Ideen", "Ideas"),
           Text("Eingereichte Ideen.", "Ideas submitted."), "idea"),
    _count("votes", Text("Stimmen", "Votes"), Text("Abgegebene Stimmen.", "Votes cast."), "vote"),
    _count("ideas_realised", Text("Umgesetzte Ideen", "Ideas realised"),
           Text("Ideen, die im Zeitraum umgesetzt wurden.", "Ideas realised in the period."),
           "idea_realised"),
    *(
        Figure(
            id=id, name=name, words=words, formula=formula, unit=unit,  # type: ignore[arg-type]
            primitive=PROGRAMME, numerator={measure: 1}, denominator={},
            parts=(Part(measure, name, unit=unit),),  # type: ignore[arg-type]
            interval="bootstrap", good=good, family="programme", needs=needs,  # type: ignore[arg-type]
        )
        for id, name, words, formula, unit, measure, good, needs in (
            ("members", Text("Mitglieder", "Members"),
             Text("Wer am Ende des Zeitraums im Bonusprogramm ist.",
                  "Who is in the loyalty programme at the end of the period."),
             Text("beigetreten und nicht ausgetreten", "joined and not left"), "count", "members",
             "up", ("joined",)),
            ("members_active", Text("Aktive Mitglieder", "Members active"),
             Text("Mitglieder am Ende des Zeitraums mit einem Kauf oder einer Buchung in den zwölf"
                  " Monaten davor.",
                  "Members at the end of the period with a purchase or a booking in the twelve"
                  " months before."),
             Text("Mitglieder mit Vorgang in 12 Monaten", "members with a transaction in 12 months"),
             "count", "active", "up", ("joined",)),
            ("points_liability", Text("Offene Punkte in Geld", "Points liability"),
             Text("Was die am Ende des Zeitraums offenen Punkte wert sind, zum eingestellten Wert"
                  " eines Punktes.",
                  "What the points open at the end of the period are worth, at the value set for a"
                  " point."),
             Text("offene Punkte × Wert eines Punktes", "open points × fair value"), "money",
             "liability", "down", ("points_issued",)),
        )
    ),
    rate("redeemed_ever_rate", Text("Je eingelöst", "Redeemed ever"),
             Text("Anteil der Mitglieder, die schon einmal Punkte eingelöst haben.",
                  "Share of members who have ever redeemed points."),
             Text("Mitglieder mit Einlösung / Mitglieder × 100",
                  "members who redeemed / members × 100"),
             PROGRAMME, Part("redeemed_ever", Text("haben eingelöst", "have redeemed")), _MEMBERS,
             family="programme", needs=("joined",)),
    rate("redemption_rate", Text("Einlösequote", "Redemption rate"),
             Text("Im Zeitraum eingelöste auf im Zeitraum gutgeschriebene Punkte.",
                  "Points redeemed in the period for points issued in it."),
             Text("eingelöst / gutgeschrieben × 100", "redeemed / issued × 100"),
             PROGRAMME, Part("redeemed", Text("eingelöste Punkte", "points redeemed")), _ISSUED,
             family="programme", needs=("points_issued",), interval="bootstrap"),
    rate("breakage", Text("Verfallene Punkte", "Breakage"),
             Text("Im Zeitraum verfallene auf im Zeitraum gutgeschriebene Punkte.",
                  "Points expired in the period for points issued in it."),
             Text("verfallen / gutgeschrieben × 100", "expired / issued × 100"),
             PROGRAMME, Part("expired", Text("verfallene Punkte", "points expired")), _ISSUED,
             family="programme", needs=("points_issued",), good="down", interval="bootstrap"),
)  # fmt: skip
