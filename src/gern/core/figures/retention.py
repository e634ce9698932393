"""Figures of staying and leaving (KPI catalogue, "Transaction").

A customer at a day is someone with a purchase in the W local calendar days before it; W is the
inactivity window, the same at both ends of the period.
"""

from __future__ import annotations

from fractions import Fraction

from gern.core.figures.definition import Figure, Part
from gern.core.figures.primitives.states import REGULARS, TRANSITION
from gern.core.text import Text

START = Part("S", Text("Kunden am Anfang", "customers at the start"), "at_start")
END = Part("E", Text("Kunden am Ende", "customers at the end"), "at_end")
NEW = Part("N", Text("neu gewonnen", "newly won"), "new")
STAYED = Part("stayed", Text("geblieben", "stayed"))
LOST = Part("lost", Text("verloren", "lost"))
WON_BACK = Part("won_back", Text("zurückgewonnen", "won back"))
PASSED = Part("came_and_went", Text("gekommen und gegangen", "came and went"))

FIGURES = (
    Figure(
        id="retention_rate",
        name=Text("Kundenbindungsrate", "Retention rate"),
        words=Text(
            "Wie viele der Kunden vom Anfang des Zeitraums die Firma am Ende noch hat; neu"
            " gewonnene zählen nicht mit, zurückgewonnene schon.",
            "How many of the customers at the start of the period the firm still has at its end;"
            " newly won ones do not count, won-back ones do.",
        ),
        formula=Text("(E − N) / S × 100", "(E − N) / S × 100"),
        unit="percent",
        factor=100,
        primitive=TRANSITION,
        numerator={"at_end": 1, "new": -1},
        denominator={"at_start": 1},
        parts=(START, END, NEW, STAYED, LOST, WON_BACK, PASSED),
        interval="bootstrap",
        good="up",
        family="retention",
    ),
    Figure(
        id="retention_rate_strict",
        name=Text("Strenge Kundenbindungsrate", "Strict retention rate"),
        words=Text(
            "Anteil der Kunden vom Anfang des Zeitraums, die am Ende noch Kunden sind, ohne"
            " zurückgewonnene.",
            "Share of the customers at the start of the period who are customers at its end,"
            " without those won back.",
        ),
        formula=Text("geblieben / S × 100", "stayed / S × 100"),
        unit="percent",
        factor=100,
        primitive=TRANSITION,
        numerator={"stayed": 1},
        denominator={"at_start": 1},
        parts=(START, STAYED, LOST),
        interval="wilson",
        good="up",
        family="retention",
    ),
    Figure(
        id="churn_rate",
        name=Text("Abwanderungsrate", "Churn rate"),
        words=Text(
            "Verlorene Kunden, gemessen am mittleren Bestand des Zeitraums. Verloren ist, wer am"
            " Anfang Kunde war und am Ende keiner mehr ist.",
            "Customers lost, measured against the mean number of customers in the period. Lost"
            " is who was a customer at the start and is none at the end.",
        ),
        formula=Text("verloren / ((S + E) / 2) × 100", "lost / ((S + E) / 2) × 100"),
        unit="percent",
        factor=100,
        primitive=TRANSITION,
        numerator={"lost": 1},
        denominator={"at_start": Fraction(1, 2), "at_end": Fraction(1, 2)},
        parts=(START, END, LOST),
        interval="bootstrap",
        good="down",
        family="retention",
    ),
    Figure(
        id="regulars_rate",
        name=Text("Stammkundenrate", "Regulars rate"),
        words=Text(
            "Anteil der Kunden am Ende des Zeitraums, die in den zwei Inaktivitätsfenstern davor"
            " mindestens dreimal gekauft haben.",
            "Share of the customers at the end of the period who bought at least three times in"
            " the two inactivity windows before it.",
        ),
        formula=Text(
            "Kunden am Ende mit ≥ 3 Käufen in 2 W / Kunden am Ende × 100",
            "customers at the end with ≥ 3 purchases in 2 W / customers at the end × 100",
        ),
        unit="percent",
        factor=100,
        primitive=REGULARS,
        numerator={"regulars": 1},
        denominator={"at_end": 1},
        parts=(END, Part("regulars", Text("Stammkunden", "regulars"))),
        interval="wilson",
        good="up",
        family="retention",
    ),
)
