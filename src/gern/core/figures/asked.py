"""Figures people were asked for (KPI catalogue, "Asked")."""

from __future__ import annotations

from functools import partial

from gern.core.figures.definition import Figure, Part, rate
from gern.core.figures.primitives.base import EVENT_DIMENSIONS, Primitive
from gern.core.figures.primitives.followed import INVITATIONS
from gern.core.figures.primitives.measured import LOYALTY_ANSWERS
from gern.core.figures.primitives.tally import Measure, tally
from gern.core.text import Text

SCORE = "{number:properties.score}"
_ANSWERS = Part("answers", Text("gültige Antworten", "valid answers"))
_WHOM = Text("wer im Zeitraum geantwortet hat", "who answered in the period")
_LEFT = {"left_invalid": Text("ungültige Antworten", "invalid answers")}


def _answers(kind: str, low: int, high: int, **counted: str) -> Primitive:
    """Answers from ``low`` to ``high``, their sum, and those that meet further conditions."""
    asked = f"{{role:answer}} AND {{question:{kind}}}"
    valid = f"{asked} AND coalesce({SCORE} BETWEEN {low} AND {high}, false)"
    return tally(
        f"answers_{kind}",
        {
            "answers": Measure(valid),
            "score": Measure(valid, "sum", SCORE),
            **{name: Measure(f"{valid} AND ({sql})") for name, sql in counted.items()},
            "left_invalid": Measure(f"{asked} AND NOT coalesce({SCORE} BETWEEN {low} AND {high}, false)"),
        },
        where=asked,
        left_out=_LEFT,
        whom=_WHOM,
        dimensions=(*EVENT_DIMENSIONS, "about"),
    )  # fmt: skip


_NPS = _answers("nps", 0, 10, promoters=f"{SCORE} >= 9", passives=f"{SCORE} > 6 AND {SCORE} < 9",
                detractors=f"{SCORE} <= 6")  # fmt: skip
_CSAT = _answers("csat", 1, 5, satisfied=f"{SCORE} >= 4")
_CES = _answers("ces", 1, 7, easy=f"{SCORE} >= 5")
_INTENT = _answers("purchase_intent", 1, 5, willing=f"{SCORE} >= 4")
_PROBABILITY = _answers("purchase_probability", 0, 100)
_CONSIDERED = _answers("purchase_consideration", 0, 1, yes=f"{SCORE} = 1")
_TOUCHPOINT = _answers("touchpoint", 1, 5)


_share = partial(
    rate, bottom=_ANSWERS, interval="bootstrap", family="asked", needs=("answer",)
)  # fmt: skip


def _mean(
    id: str, name: Text, words: Text, formula: Text, primitive: Primitive, *parts: Part,
    unit: str = "ratio", offset: int = 0,
) -> Figure:  # fmt: skip
    return Figure(
        id=id, name=name, words=words, formula=formula, unit=unit,  # type: ignore[arg-type]
        primitive=primitive, numerator={"score": 1}, denominator={"answers": 1}, offset=offset,
        parts=(*parts, _ANSWERS), interval="bootstrap", good="up", family="asked",
        needs=("answer",),
    )  # fmt: skip


FIGURES = (
    Figure(
        id="nps",
        name=Text("Net Promoter Score", "Net Promoter Score"),
        words=Text(
            "Wer auf die Frage nach der Weiterempfehlung 9 oder 10 gibt, ist Promotor, wer 0 bis 6"
            " gibt, Kritiker; der Wert ist der Unterschied der beiden Anteile. 7 und 8 stehen nur"
            " im Nenner. Nach „about“ (Firma, Dienst, Artikel, Marke) aufzugliedern.",
            "Who gives 9 or 10 to the question of recommendation is a promoter, 0 to 6 a detractor;"
            " the score is the difference of the two shares. 7 and 8 are in the denominator only."
            " Can be broken down by what it is about (firm, service, product, brand).",
        ),
        formula=Text("% Promotoren − % Kritiker", "% promoters − % detractors"),
        unit="points",
        factor=100,
        primitive=_NPS,
        numerator={"promoters": 1, "detractors": -1},
        denominator={"answers": 1},
        parts=(Part("promoters", Text("Promotoren (9–10)", "promoters (9–10)")),
               Part("passives", Text("Passive (7–8)", "passives (7–8)")),
               Part("detractors", Text("Kritiker (0–6)", "detractors (0–6)")), _ANSWERS),
        interval="normal",
        good="up",
        family="asked",
        needs=("answer",),
    ),
    _share("csat", Text("Kundenzufriedenheit (CSAT)", "Customer satisfaction (CSAT)"),
           Text("Anteil der Antworten in den oberen zwei von fünf Stufen.",
                "Share of answers in the top two of five."),
           Text("Antworten mit 4 oder 5 / Antworten × 100", "answers of 4 or 5 / answers × 100"),
           _CSAT, Part("satisfied", Text("zufrieden (4–5)", "satisfied (4–5)"))),
    _mean("csat_mean", Text("Mittlere Zufriedenheit", "Mean satisfaction"),
          Text("Mittel der Antworten von 1 bis 5.", "Mean of the answers from 1 to 5."),
          Text("Σ Antworten / Antworten", "Σ answers / answers"), _CSAT),
    _mean("ces", Text("Customer Effort Score", "Customer Effort Score"),
          Text("Mittlere Zustimmung von 1 bis 7 zu „hat es mir leicht gemacht“.",
               "Mean agreement from 1 to 7 to “made it easy for me”."),
          Text("Σ Antworten / Antworten", "Σ answers / answers"), _CES,
          Part("easy", Text("leicht (5–7)", "easy (5–7)"))),
    _share("ces_easy", Text("Anteil „leicht gemacht“", "Share “made it easy”"),
           Text("Anteil der Antworten von 5 bis 7 auf die Frage nach dem Aufwand.",
                "Share of answers from 5 to 7 to the question of effort."),
           Text("Antworten von 5 bis 7 / Antworten × 100", "answers of 5 to 7 / answers × 100"),
           _CES, Part("easy", Text("leicht (5–7)", "easy (5–7)"))),
    Figure(
        id="loyalty_index",
        name=Text("Customer Loyalty Index", "Customer Loyalty Index"),
        words=Text(
            "Mittel der Antworten auf drei Fragen (weiterempfehlen, wieder kaufen, anderes kaufen)"
            " von 1 = sehr wahrscheinlich (100) bis 6 = keinesfalls (0). Nur vollständige Antworten"
            " zählen.",
            "Mean of the answers to three questions (recommend, buy again, buy other products)"
            " from 1 = very likely (100) to 6 = by no means (0). Only whole answers count.",
        ),
        formula=Text("Σ Punkte / (3 × Antworten)", "Σ points / (3 × answers)"),
        unit="points",
        primitive=LOYALTY_ANSWERS,
        numerator={"points": 1},
        denominator={"questions": 1},
        parts=(Part("answers", Text("vollständige Antworten", "whole answers")),),
        interval="bootstrap",
        good="up",
        family="asked",
        needs=("answer",),
    ),
    _share("purchase_intent", Text("Kaufabsicht", "Purchase intent"),
           Text("Anteil der Antworten in den oberen zwei von fünf Stufen auf die Frage nach der"
                " Kaufabsicht.",
                "Share of answers in the top two of five to the question of purchase intent."),
           Text("Antworten mit 4 oder 5 / Antworten × 100", "answers of 4 or 5 / answers × 100"),
           _INTENT, Part("willing", Text("wollen kaufen (4–5)", "mean to buy (4–5)"))),
    _mean("purchase_probability", Text("Kaufwahrscheinlichkeit", "Purchase probability"),
          Text("Mittel der genannten Wahrscheinlichkeit von 0 bis 100 % (in Zehnern).",
               "Mean of the stated probability from 0 to 100 % (in tens)."),
          Text("Σ genannte Prozente / Antworten", "Σ stated percent / answers"), _PROBABILITY,
          unit="percent"),
    _share("purchase_consideration", Text("Kauferwägung", "Purchase consideration"),
           Text("Anteil derer, für die wir in Frage kommen (1 = ja, 0 = nein).",
                "Share of those who consider us (1 = yes, 0 = no)."),
           Text("Antworten „ja“ / Antworten × 100", "answers “yes” / answers × 100"),
           _CONSIDERED, Part("yes", Text("ja", "yes"))),
    Figure(
        id="response_rate",
        name=Text("Rücklaufquote", "Response rate"),
        words=Text(
            "Wie viele der im Zeitraum zugestellten Einladungen seither beantwortet wurden.",
            "How many of the invitations delivered in the period were answered since.",
        ),
        formula=Text("beantwortet / zugestellte Einladungen × 100",
                     "answered / delivered invitations × 100"),
        unit="percent",
        factor=100,
        primitive=INVITATIONS,
        numerator={"answered": 1},
        denominator={"invited": 1},
        parts=(Part("answered", Text("beantwortet", "answered")),
               Part("invited", Text("Einladungen", "invitations"))),
        interval="wilson",
        good="up",
        family="asked",
        needs=("invited",),
    ),
    _mean("touchpoint_satisfaction", Text("Zufriedenheit je Touchpoint", "Touchpoint satisfaction"),
          Text("Mittel der Antworten von 1 bis 5, die an einem Touchpoint erfragt wurden, gezeigt"
               " von −2 bis +2. Nach Touchpoint aufzugliedern; Tickets und Verhalten stehen"
               " daneben, nie darin.",
               "Mean of the answers from 1 to 5 asked at a touchpoint, shown from −2 to +2. To be"
               " broken down by touchpoint; tickets and behaviour stand beside it, never in it."),
          Text("Σ Antworten / Antworten − 3", "Σ answers / answers − 3"), _TOUCHPOINT, offset=-3),
)  # fmt: skip
