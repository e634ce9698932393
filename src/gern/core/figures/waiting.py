"""Figures of the catalogue that cannot be computed yet: what each is and what it waits for."""

from __future__ import annotations

from gern.core.figures.definition import Family, Waiting
from gern.core.text import Text

_PATTERNS = Text("eine Zahl je Kohorte oder Touchpoint; sie stehen unter „Muster“",
                 "one number a cohort or touchpoint; they stand under Patterns")  # fmt: skip
_COSTS = Text("eingegebene Kosten; sie kommen mit dem Raum „Maßnahmen“",
              "costs entered; they come with the room Initiatives")  # fmt: skip


def _of(id: str, family: Family, name: Text, words: Text, formula: Text, waits: Text) -> Waiting:
    return Waiting(id, name, words, formula, family, waits)


WAITING = {
    figure.id: figure
    for figure in (
        _of("acquisition_cost", "transaction", Text("Kundengewinnungskosten", "Acquisition cost"),
            Text("Was ein neuer Kunde im Mittel gekostet hat.",
                 "What a new customer cost on average."),
            Text("eingegebene Kosten / neue Kunden", "cost entered / new customers"), _COSTS),
        _of("lifetime_profit", "loyalty", Text("Kundengewinn über die Beziehung", "Lifetime profit"),
            Text("Was ein Kunde in jedem Jahr der Beziehung eingebracht hat.",
                 "What a customer brought in each year of the relationship."),
            Text("−Gewinnung + Grundgewinn + Zusatzkäufe + gesparte Kosten + Empfehlungen",
                 "−acquisition + base + cross-sell + saved cost + referrals"), _COSTS),
        _of("cohort_retention", "retention", Text("Bindung je Kohorte", "Cohort retention"),
            Text("Wie viele einer Startkohorte in Periode k, und in oder nach k, aktiv sind.",
                 "How many of a start cohort are active in period k, and in or after k."),
            Text("aktive der Kohorte / Kohorte × 100", "active of the cohort / cohort × 100"),
            _PATTERNS),
        _of("moments_that_matter", "interaction",
            Text("Entscheidende Momente", "Moments that matter"),
            Text("Wie viel ein Touchpoint zum Erreichen des Ziels beiträgt.",
                 "How much a touchpoint weighs on reaching the goal."),
            Text("Entfernungseffekt in einer Markow-Kette", "removal effect in a Markov chain"),
            _PATTERNS),
        _of("initiative_roi", "loyalty", Text("ROI einer Maßnahme", "Initiative ROI"),
            Text("Was eine Maßnahme mehr eingebracht als gekostet hat.",
                 "What an initiative brought beyond its cost."),
            Text("(zusätzlicher Deckungsbeitrag − Kosten) / Kosten",
                 "(incremental contribution − cost) / cost"), _COSTS),
    )
}  # fmt: skip
