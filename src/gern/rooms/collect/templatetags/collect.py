"""Template words of the room."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gern.core.collect.defaults import Meaning
from gern.core.imports.kinds import LABELS
from gern.kit import formats

register = template.Library()
TYPES = {
    "text": _("text"),
    "number": _("number"),
    "yes/no": _("yes or no"),
    "list": _("list"),
    "object": _("object"),
}


@register.filter
def event_name(meaning: Meaning) -> str:
    """What a kind of event is called in the reader's language."""
    return meaning.name_de if (get_language() or "").startswith("de") else meaning.name_en


@register.filter
def kind_name(kind: str) -> str:
    """What a file holds, in words."""
    return formats.text(LABELS[kind])


@register.filter
def type_name(type_: str) -> str:
    """A type of values in words."""
    return str(TYPES.get(type_, type_))
