"""Personas: drawn from an audience, filled with what is measured and what is assumed."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from django.utils import timezone

from gern.core.engines.question import Question
from gern.core.errors import BadInput, GernError
from gern.core.people.finding import compact, folded, folded_sql
from gern.core.people.profile import profile
from gern.core.shop import Shop
from gern.core.text import Text
from gern.kit.conditions import traits
from gern.rooms.customers.audiences.members import members
from gern.rooms.customers.models import Audience, Persona, Statement
from gern.rooms.customers.personas.portrait import look_of, taken_in
from gern.rooms.customers.personas.sections import CHARACTERS, KINDS, SECTIONS

MOST_STATEMENTS = 200
_PARTS = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"\d[\d\s/()+.\-]{4,}\d")
_SIGNS = ".,;:'’`-–/()&+\"_"
_TITLES = ["dr", "prof", "dipl", "ing", "med", "herr", "frau", "mr", "mrs", "ms", "gmbh", "ag", "kg",
           "ohg", "ug", "co", "ltd", "inc", "ev", "eg", "mbh", "und", "von", "van", "de"]  # fmt: skip
"""Words that do not make a name."""
_GONE = Text("Die Zielgruppe gibt es nicht mehr: wählen Sie eine andere.",
             "The audience is gone: choose another one.")  # fmt: skip
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def draw(
    shop: Shop, *, name: str, audience: Audience | None, kind: str, quote: str, character: str,
    look: dict[str, str], by: Any, persona: Persona | None = None, picture: BinaryIO | None = None,
    back_to_drawn: bool = False,
) -> Persona:  # fmt: skip
    """Make a persona, or change one. ``BadInput``: it has no name of its own, or that of a customer;
    no audience; no such kind or character; a picture that is none. Nothing is changed then."""
    taken = Persona.objects.filter(name__iexact=name).exclude(pk=persona.pk if persona else 0)
    if not name or taken.exists():
        raise BadInput(
            "A persona needs a name of its own. Nothing was changed.", param="name",
            german="Eine Persona braucht einen eigenen Namen. Es wurde nichts geändert.",
        )  # fmt: skip
    if audience is None:
        raise BadInput(
            "Choose the audience it is drawn from. Nothing was changed.", param="audience",
            german="Wählen Sie die Zielgruppe, aus der sie gezeichnet wird. Es wurde nichts geändert.",
        )  # fmt: skip
    if kind not in dict(KINDS) or character not in ("", *CHARACTERS):
        raise BadInput("There is no such kind or character.", param="kind")
    check_names_nobody(shop, name, quote)
    found = persona or Persona(by=by)
    if picture or back_to_drawn:
        found.picture = taken_in(picture) if picture else None
    if found.audience_id != audience.pk:
        found.measured, found.measured_of, found.measured_at, found.problem = [], 0, None, ""
    found.name, found.audience, found.kind, found.quote = name, audience, kind, quote
    found.character, found.look = character, look_of(look)
    found.save()
    return found


def measure(shop: Shop, persona: Persona) -> None:
    """Measure the audience anew. What cannot be measured is said on the page; of an audience that is
    gone, what was measured stays. Who was changed or removed meanwhile is left alone."""
    told: dict[str, Any]
    try:
        if persona.audience is None:
            raise _Gone
        check_names_nobody(shop, persona.name, persona.quote,
                           *(f"{s.text} {s.source}" for s in persona.statements.all()))  # fmt: skip
        found = profile(shop, members(shop, persona.audience), shop.today(), traits(shop))
        told = {"measured": [line.to_dict() for line in found.lines], "measured_of": found.size,
                "problem": ""}  # fmt: skip
    except _Gone:
        told = {"problem": _GONE.in_language(shop.language)}
    except GernError as error:
        problem = error.german if shop.language == "de" else str(error)
        told = {"measured": [], "measured_of": 0, "problem": problem}
    if persona.audience or persona.measured_at is None:
        told["measured_at"] = timezone.now()
    Persona.objects.filter(pk=persona.pk, audience=persona.audience).update(**told)


class _Gone(Exception):
    """There is no audience any more."""


def assume(
    shop: Shop, persona: Persona, section: str, text: str, source: str, by: Any
) -> Statement:
    """Write down what is assumed. ``BadInput``: nothing, too much, or it names a customer."""
    if section not in SECTIONS or not text:
        raise BadInput(
            "A statement needs a text. Nothing was changed.", param="text",
            german="Eine Aussage braucht einen Text. Es wurde nichts geändert.",
        )  # fmt: skip
    if persona.statements.count() >= MOST_STATEMENTS:
        raise BadInput(
            f"A persona has at most {MOST_STATEMENTS} statements. Nothing was changed.", param="text",
            german=f"Eine Persona hat höchstens {MOST_STATEMENTS} Aussagen. Es wurde nichts geändert.",
        )  # fmt: skip
    check_names_nobody(shop, text, source)
    return Statement.objects.create(persona=persona, section=section, text=text, source=source, by=by)  # fmt: skip


def check_names_nobody(shop: Shop, *texts: str) -> None:
    """``BadInput`` when a text names a customer: all words of a name, in whatever order and however
    umlauts are written, or a number of theirs; or has an e-mail address in it. A persona is
    invented."""
    words, marks, digits, address = set(), set(), set(), False
    for text in texts:
        address = address or bool(_ADDRESS.search(text))
        parts = _PARTS.sub(" ", folded(text)).split()
        words |= {bare for part in parts for bare in (part, _bare(part))}
        marks |= {p for p in (compact(one) for one in text.split()) if len(p) >= 4 and any(map(str.isdigit, p))}  # fmt: skip
        digits |= {compact(number) for number in _NUMBERS.findall(text)}
    if address:
        raise _named("an e-mail address", "eine E-Mail-Adresse")
    if not words:
        return
    rows = shop.door.ask(Question(
        "WITH called AS (SELECT name, numbers, list_filter(string_split(translate("
        f"{folded_sql('name')}, $signs, $blanks), ' '), lambda x: length(x) > 1 AND NOT"
        " list_contains($titles, x)) AS parts FROM customers)"
        " SELECT name, len(parts) >= 2 AND (list_has_all($words, parts) OR list_has_all($words,"
        f" list_transform(parts, lambda x: {_BARE_SQL}))) AS by_name FROM called"
        " WHERE by_name OR list_has_any(string_split(numbers, ' '), $marks)"
        " OR len(list_filter($digits, lambda n: contains(numbers, n))) > 0 LIMIT 1",
        {"words": sorted(words), "marks": sorted(marks), "digits": sorted(digits), "titles": _TITLES,
         "signs": _SIGNS, "blanks": " " * len(_SIGNS)}, "names of customers",
    ))  # fmt: skip
    if rows and rows[0]["by_name"]:
        name = rows[0]["name"]
        raise _named(f"{name!r}, the name of a customer", f"„{name}“, den Namen eines Kunden")
    if rows:
        raise _named("the number of a customer", "die Nummer eines Kunden")


def _named(what: str, german: str) -> BadInput:
    return BadInput(
        f"The text has {what} in it: a persona names nobody. Nothing was changed.", param="text",
        german=f"Der Text enthält {german}: Eine Persona nennt niemanden. Es wurde nichts geändert.",
    )  # fmt: skip


def _bare(word: str) -> str:
    """Umlauts left bare: ``mueller`` and ``muller`` are the same."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


_BARE_SQL = "replace(replace(replace(x, 'ae', 'a'), 'oe', 'o'), 'ue', 'u')"
"""SQL of the same."""
