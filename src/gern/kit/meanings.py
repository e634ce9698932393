"""What kinds of events mean, as people have said: names in both languages, form and initiator.

The room that keeps it registers a function; other rooms ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gern.core.collect.defaults import DEFAULTS, Meaning

FORMS = {"offer": _("offer"), "demand": _("demand"), "activity": _("activity")}
INITIATORS = {
    "company": _("by us"),
    "customer": _("by the customer"),
    "third_party": _("by a third party"),
}
"""What the form and the initiator of an act are called."""

_providers: list[Callable[[], dict[str, Meaning]]] = []


def add_meanings(provider: Callable[[], dict[str, Meaning]]) -> None:
    """Called from a room's ``AppConfig.ready``."""
    if provider not in _providers:
        _providers.append(provider)


def meanings() -> dict[str, Meaning]:
    """Event name → what it means: as people said, else as the specifications say."""
    found = dict(DEFAULTS)
    for provider in _providers:
        found |= provider()
    return found


def event_name(name: str, known: Mapping[str, Meaning]) -> str:
    """What a kind of event is called in the reader's language; ``known``: see `meanings`."""
    meaning = known.get(name, Meaning())
    german = (get_language() or "en").startswith("de")
    return (meaning.name_de if german else meaning.name_en) or name
