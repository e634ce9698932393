"""Personas: drawn from an audience, filled with what is measured and what is assumed."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

from django.utils import timezone

from gern.core.engines.question import Question
from gern.core.errors import BadInput, GernError
from gern.core.people.finding import folded, folded_sql
from gern.core.people.profile import profile
from gern.core.shop import Shop
from gern.kit.conditions import traits
from gern.rooms.customers.audiences.members import members
from gern.rooms.customers.models import Audience, Persona, Statement
from gern.rooms.customers.personas.portrait import look_of, taken_in
from gern.rooms.customers.personas.sections import CHARACTERS, KINDS, SECTIONS

MOST_STATEMENTS = 200
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def draw(
    shop: Shop, *, name: str, audience: Audience | None, kind: str, quote: str, character: str,
    look: dict[str, str], by: Any, persona: Persona | None = None,
) -> Persona:  # fmt: skip
    """Make a persona, or change one. ``BadInput``: it has no name of its own, or that of a customer;
    no such kind or character."""
    taken = Persona.objects.filter(name__iexact=name).exclude(pk=persona.pk if persona else 0)
    if not name or taken.exists():
        raise BadInput(
            "A persona needs a name of its own. Nothing was changed.", param="name",
            german="Eine Persona braucht einen eigenen Namen. Es wurde nichts geändert.",
        )  # fmt: skip
    if kind not in dict(KINDS) or character not in ("", *CHARACTERS):
        raise BadInput("There is no such kind or character.", param="kind")
    _check_names_nobody(shop, name)
    _check_names_nobody(shop, quote)
    found = persona or Persona(by=by)
    if persona is None or found.audience_id != (audience.pk if audience else None):
        found.measured, found.measured_at, found.problem = [], None, ""
    found.name, found.audience, found.kind, found.quote = name, audience, kind, quote
    found.character, found.look = character, look_of(look)
    found.save()
    return found


def give_picture(persona: Persona, file: BinaryIO | None) -> None:
    """A picture handed in, or back to the drawn one. ``BadInput``: it is none."""
    persona.picture = taken_in(file) if file else None
    persona.save(update_fields=["picture"])


def measure(shop: Shop, persona: Persona) -> None:
    """Measure the audience anew. What cannot be measured is said on the page; of an audience that is
    gone, what was measured stays."""
    found: list[dict[str, Any]] = []
    size, problem = 0, ""
    try:
        if persona.audience is None:
            found, size = persona.measured, persona.measured_of
            raise BadInput(
                "The audience is gone: choose another one.", param="audience",
                german="Die Zielgruppe gibt es nicht mehr: wählen Sie eine andere.",
            )  # fmt: skip
        lines = profile(shop, members(shop, persona.audience), shop.today(), traits(shop))
        found, size = [line.to_dict() for line in lines], persona.audience.size
    except GernError as error:
        problem = error.german if shop.language == "de" else str(error)
    if persona.audience or persona.measured_at is None:
        persona.measured_at = timezone.now()
    persona.measured, persona.measured_of, persona.problem = found, size, problem
    persona.save(update_fields=["measured", "measured_of", "measured_at", "problem"])


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
    _check_names_nobody(shop, text)
    _check_names_nobody(shop, source)
    return Statement.objects.create(persona=persona, section=section, text=text, source=source, by=by)  # fmt: skip


def _check_names_nobody(shop: Shop, text: str) -> None:
    """``BadInput`` when the text has an e-mail address in it, or the full name of a customer: a
    persona is invented."""
    words = " ".join(folded(re.sub(r"[^\w\-]+", " ", text)).split())
    rows = []
    if " " in words:
        rows = shop.door.ask(Question(
            "SELECT name FROM customers WHERE contains(name, ' ') AND contains($text,"
            f" concat(' ', {folded_sql('name')}, ' ')) LIMIT 1",
            {"text": f" {words} "}, "names of customers",
        ))  # fmt: skip
    address = _ADDRESS.search(text)
    if rows or address:
        what = rows[0]["name"] if rows else address and address[0]
        raise BadInput(
            f"{what!r} is a customer or an address: a persona names nobody. Nothing was changed.",
            param="text",
            german=f"„{what}“ ist ein Kunde oder eine Adresse: eine Persona nennt niemanden. Es wurde"
            " nichts geändert.",
        )
