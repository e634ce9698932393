"""A figure explains itself: everything here follows from its definition, nothing is said twice."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gern.core.conditions.words import said
from gern.core.figures.catalogue import FIGURES
from gern.core.figures.definition import FAMILIES, Figure, Waiting
from gern.core.figures.roles import QUESTIONS, ROLES
from gern.core.figures.terms import Terms
from gern.core.figures.waiting import WAITING
from gern.core.text import Text

_ROLE = re.compile(r"\{role:([a-z_]+)\}")
_QUESTION = re.compile(r"\{question:([a-z_]+)\}")
_INTERVALS = {
    "wilson": Text("95 %, nach Wilson (echter Anteil)", "95 %, Wilson (a true share)"),
    "bootstrap": Text("95 %, Bootstrap über Personen", "95 %, bootstrap over persons"),
    "normal": Text("95 %, Normalverteilung des Mittels aus −1, 0 und +1",
                   "95 %, normal distribution of the mean of −1, 0 and +1"),
}  # fmt: skip

Fact = tuple[Text, Text]
"""(heading, what is so)."""


def explained(figure: Figure, terms: Terms) -> list[Fact]:
    """What exactly is counted, of whom, since when, what is left out, and how sure it is."""
    return [
        (Text("Gezählt wird", "Counted is"), figure.words),
        (Text("Formel", "Formula"), figure.formula),
        (Text("Von wem", "Of whom"), _whom(figure)),
        (Text("Seit wann", "Since when"), _since(figure)),
        *_customer(figure, terms),
        *_events(figure, terms),
        (Text("Ausgelassen", "Left out"), _left_out(figure)),
        (Text("Streubereich", "Interval"), _INTERVALS[figure.interval]),
        *([(Text("Üblich", "Usual"), figure.band_source)] if figure.band_source else []),
    ]


def roles_of(figure: Figure) -> list[str]:
    """The roles of events it looks at."""
    return list(dict.fromkeys(_ROLE.findall(figure.primitive.sql)))


def _whom(figure: Figure) -> Text:
    if figure.primitive.people is None:
        return figure.primitive.whom
    who = said(figure.primitive.people)
    return Text(f"Personen, für die am Ende des Zeitraums gilt: {who.de}",
                f"persons for whom at the end of the period: {who.en}")  # fmt: skip


def _since(figure: Figure) -> Text:
    if figure.primitive.history is None or figure.primitive.people is not None:
        return Text(
            "Der Zeitraum, dazu alle Daten davor: Ob jemand neu, Kunde oder schon einmal da war,"
            " zeigt erst die Vergangenheit.",
            "The period, and all data before it: whether somebody is new, a customer or was there"
            " before only the past can tell.",
        )
    if figure.primitive.ahead is None:
        return Text("Was im Zeitraum begann, und was seither darauf folgte.",
                    "What began in the period, and what has followed since.")  # fmt: skip
    return Text("Nur der Zeitraum, in örtlichen Kalendertagen.",
                "The period only, in local calendar days.")  # fmt: skip


def _customer(figure: Figure, terms: Terms) -> list[Fact]:
    if not figure.needs_window:
        return []
    days = terms.window_days
    said = Text(
        f"Wer in den {days} Tagen vor dem Stichtag gekauft hat (Inaktivitätsfenster W)",
        f"Who bought within the {days} days before the day in question (inactivity window W)",
    )
    if terms.contracts and figure.primitive.contracts_sql:
        said = Text("Wer am Stichtag einen laufenden Vertrag hat",
                    "Who has a running contract on the day in question")  # fmt: skip
    return [(Text("Kunde ist", "A customer is"), said)]


def _events(figure: Figure, terms: Terms) -> list[Fact]:
    found = []
    for id in roles_of(figure):
        role = ROLES[id]
        names = ", ".join(terms.roles.get(id) or role.names)
        found.append((role.label.de, role.label.en, names))
    facts = []
    if found:
        facts.append(
            (Text("Ereignisse", "Events"),
             Text("; ".join(f"{de}: {names}" for de, _, names in found),
                  "; ".join(f"{en}: {names}" for _, en, names in found)))
        )  # fmt: skip
    questions = list(dict.fromkeys(_QUESTION.findall(figure.primitive.sql)))
    if questions:
        facts.append(
            (Text("Fragen", "Questions"),
             Text("; ".join(f"{q} ({QUESTIONS[q].de})" for q in questions),
                  "; ".join(f"{q} ({QUESTIONS[q].en})" for q in questions)))
        )  # fmt: skip
    return facts


def _left_out(figure: Figure) -> Text:
    labels = list(figure.primitive.left_out.values())
    if figure.primitive.money_lines:
        labels.append(Text("Zeilen in anderer Währung", "lines in other currencies"))
    if (not figure.primitive.money_lines or roles_of(figure)) and "left_bots" not in (
        figure.primitive.left_out
    ):
        labels.append(Text("Roboter und Zugriffe aus dem eigenen Haus",
                           "bots and traffic from inside the house"))  # fmt: skip
    labels = list(dict.fromkeys(labels))
    return Text("; ".join(label.de for label in labels), "; ".join(label.en for label in labels))


def reference(language: str) -> str:
    """All figures as the tables of the guide, in Markdown."""
    lines: list[str] = []
    head = Text("| Kennung | Name | Definition | Formel |", "| id | name | definition | formula |")
    for family, title in FAMILIES.items():
        own: Iterable[Figure | Waiting] = [
            *(f for f in FIGURES.values() if f.family == family),
            *(w for w in WAITING.values() if w.family == family),
        ]
        rows = [_row(one, language) for one in own]
        if rows:
            lines += [f"## {title.in_language(language)}", "", head.in_language(language),
                      "|---|---|---|---|", *rows, ""]  # fmt: skip
    return "\n".join(lines)


def _row(one: Figure | Waiting, language: str) -> str:
    words = one.words.in_language(language)
    if isinstance(one, Waiting):
        waits = Text("Wartet auf", "Waits for").in_language(language)
        words += f" *{waits}: {one.waits_for.in_language(language)}.*"
    cells = (
        f"`{one.id}`",
        one.name.in_language(language),
        words,
        one.formula.in_language(language),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
