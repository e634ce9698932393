"""What a file can hold besides purchases: events, customers, consents, answers.

Each row becomes one event of the log. Columns that no field needs become its properties (of a
customer: traits), so nothing of the file is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

from gern.core.errors import BadInput
from gern.core.imports.fields import BY_ID, FIELDS, Field
from gern.core.text import Text

PURCHASES = "purchases"


@dataclass(frozen=True)
class FileKind:
    """``name``: event name of every row, unless a column says it (or the file's own name).
    ``needs``: fields without which it makes no sense."""

    id: str
    label: Text
    fields: tuple[Field, ...]
    needs: tuple[str, ...]
    name: str | None = None
    log_kind: str = "track"
    marks: tuple[str, ...] = ()
    """Fields whose columns give this kind away."""


_TIME = BY_ID["time"]
_CUSTOMER = BY_ID["customer"]
_VISITOR = Field(
    "visitor",
    Text("Besucher", "visitor"),
    Text("Kennung ohne Kunden, z. B. ein Cookie", "Id of somebody unknown, e.g. a cookie"),
    ["visitorid", "visitor", "anonymousid", "cookieid", "clientid", "deviceid", "besucher", "besucherid", "geraet"],
)  # fmt: skip
_ID = Field(
    "id",
    Text("Kennung des Ereignisses", "event id"),
    Text("Macht eine Zeile wiedererkennbar; fehlt sie, zählt der Inhalt",
         "Recognises a row again; without one its content does"),
    ["messageid", "eventid", "uuid", "id", "ereignisid"],
)  # fmt: skip
_EVENT = Field(
    "event",
    Text("Ereignis", "event"),
    Text("Was geschah", "What happened"),
    ["event", "eventname", "action", "activity", "ereignis", "aktion", "vorgang"],
)
_CHANNEL = Field(
    "channel", BY_ID["channel"].label, BY_ID["channel"].help,
    ["channel", "saleschannel", "kanal", "vertriebskanal", "vertriebsweg"],
)  # fmt: skip
_DECISION = Field(
    "decision",
    Text("Ja oder Nein", "yes or no"),
    Text("Erteilt oder widerrufen", "Given or withdrawn"),
    ["decision", "consent", "consentgiven", "optin", "status", "state", "einwilligung", "zustimmung", "erteilt"],
)  # fmt: skip
_PURPOSE = Field(
    "purpose", Text("Zweck", "purpose"), Text("Wofür, z. B. Newsletter", "What for"),
    ["purpose", "topic", "list", "subscription", "zweck", "thema", "liste"],
)  # fmt: skip
_BY = Field(
    "consent_channel", Text("Kontaktweg", "by which channel"),
    Text("E-Mail, Telefon, Post …", "Mail, phone, post …"),
    ["channel", "medium", "kanal", "kontaktweg"],
)  # fmt: skip
_EVIDENCE = Field(
    "evidence", Text("Nachweis", "evidence"),
    Text("Woher die Einwilligung stammt: Formular, Wortlaut, Bestätigung", "Where the consent comes from: form, wording, confirmation"),
    ["evidence", "proof", "consentproof", "optinsource", "nachweis", "beleg", "herkunft", "einwilligungstext"],
)  # fmt: skip
_QUESTION = Field(
    "question", Text("Frage", "question"), Text("Umfrage oder Frage", "Survey or question"),
    ["question", "survey", "surveyname", "metric", "frage", "umfrage"],
)  # fmt: skip
_SCORE = Field(
    "score", Text("Wert", "score"), Text("Die Antwort als Zahl", "The answer as a number"),
    ["score", "rating", "answer", "nps", "csat", "ces", "wert", "bewertung", "antwort", "note", "punkte"],
)  # fmt: skip
_COMMENT = Field(
    "comment", Text("Kommentar", "comment"), Text("Die Antwort in Worten", "The answer in words"),
    ["comment", "text", "feedback", "verbatim", "kommentar", "anmerkung", "freitext"],
)  # fmt: skip

EVENTS = FileKind(
    "events", Text("Ereignisse", "events"),
    (_TIME, _CUSTOMER, _VISITOR, _EVENT, _ID, _CHANNEL, BY_ID["country"], BY_ID["store"]),
    (), marks=("event",),
)  # fmt: skip
CUSTOMERS = FileKind(
    "customers", Text("Kundendaten", "customers"), (_CUSTOMER, _TIME), ("customer",),
    name="Customer Imported", log_kind="identify",
)  # fmt: skip
CONSENTS = FileKind(
    "consents", Text("Einwilligungen", "consents"),
    (_CUSTOMER, _TIME, _DECISION, _PURPOSE, _BY, _EVIDENCE, _ID), ("customer",),
    name="Consent Given", marks=("decision", "purpose"),
)  # fmt: skip
ANSWERS = FileKind(
    "answers", Text("Antworten", "answers"),
    (_CUSTOMER, _VISITOR, _TIME, _QUESTION, _SCORE, _COMMENT, _ID), ("score",),
    name="Survey Answered", marks=("question", "score"),
)  # fmt: skip
KINDS = {kind.id: kind for kind in (EVENTS, CUSTOMERS, CONSENTS, ANSWERS)}
ALL = (PURCHASES, *KINDS)
LABELS = {PURCHASES: Text("Käufe", "purchases"), **{k.id: k.label for k in KINDS.values()}}


def fields_of(kind: str) -> tuple[Field, ...]:
    """What the columns of such a file can mean."""
    return FIELDS if kind == PURCHASES else kind_named(kind).fields


def kind_named(id: str) -> FileKind:
    """``BadInput`` when there is none."""
    if id not in KINDS:
        raise BadInput(f"{id!r} is no kind of file. Allowed: {', '.join(ALL)}.", param="as")
    return KINDS[id]
