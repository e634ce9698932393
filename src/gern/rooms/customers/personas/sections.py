"""What a persona's profile is made of, and the characters it can have."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BOTH, PRIVATE, FIRM = "", "b2c", "b2b"
KINDS = [(PRIVATE, _("private customer (B2C)")), (FIRM, _("business customer (B2B)"))]


@dataclass(frozen=True)
class Section:
    """``kind``: only of personas of this kind; ``hint``: what belongs here."""

    id: str
    name: str | Promise
    hint: str | Promise
    kind: str = BOTH


@dataclass(frozen=True)
class Chapter:
    """Sections that stand together."""

    name: str | Promise
    sections: tuple[Section, ...]


CHAPTERS = (
    Chapter(_("Who they are"), (
        Section("person", _("Person"), _("Age, family, profession, where they live")),
        Section("goals", _("Goals"), _("What they want to reach, and what matters in their life")),
        Section("hobbies", _("Hobbies and interests"), _("What they do gladly")),
    )),
    Chapter(_("Profile"), (
        Section("psychological", _("Psychological"), _("Values, attitudes, way of life"), PRIVATE),
        Section("physiological", _("Physiological"), _("Health, size, what the body needs"), PRIVATE),
        Section("firm", _("The firm"), _("Trade, size, place, legal form"), FIRM),
        Section("trade", _("Of the trade"), _("Technology, suppliers, rules of the trade"), FIRM),
        Section("means", _("Means"), _("Income or budget, education, household")),
        Section("behaviour", _("Behaviour"), _("How often, how much and what they buy")),
        Section("motives", _("Motives"), _("Why they buy, and why they stay")),
    )),
    Chapter(_("Empathy map"), (
        Section("thinks", _("Thinks and feels"), _("What they worry about, what moves them")),
        Section("hears", _("Hears"), _("From friends, colleagues, experts")),
        Section("sees", _("Sees"), _("In their surroundings, on the market, of competitors")),
        Section("says", _("Says and does"), _("In public, towards others")),
        Section("pains", _("Pains"), _("Fears, obstacles, frustration")),
        Section("gains", _("Gains"), _("Wishes, needs, measures of success")),
    )),
    Chapter(_("With us"), (
        Section("context", _("Context"), _("Place, climate and weather, time of day and year, holidays, events, media reports")),
        Section("tasks", _("What they have to do"), _("The tasks for which they need us")),
        Section("problems", _("Problems"), _("What gets in their way")),
        Section("solutions", _("Benefits and solutions"), _("What we can do for it")),
        Section("information", _("How they inform themselves"), _("Channels, media, people they ask")),
    )),
)  # fmt: skip
SECTIONS = {section.id: section for chapter in CHAPTERS for section in chapter.sections}


@dataclass(frozen=True)
class Character:
    """``triggers``: what makes such a character buy."""

    name: str | Promise
    what: str | Promise
    triggers: str | Promise


CHARACTERS = {
    "D": Character(_("D – dominant"), _("decides fast, wants results and control"),
                   _("the result in one sentence, a choice of few, no small talk, being first")),
    "I": Character(_("I – influencing"), _("open, enthusiastic, likes people and new things"),
                   _("stories, pictures, recommendations of others, something to tell, fun")),
    "S": Character(_("S – steady"), _("patient, loyal, wants safety and harmony"),
                   _("a person to talk to, guarantees, no pressure, what has proved itself")),
    "C": Character(_("C – conscientious"), _("exact, wants to understand and to check"),
                   _("facts, comparisons, tests, fine print that holds, time to think")),
}  # fmt: skip
"""DiSG (DISC) by letter. On personas only: a real person is never given one."""


def of_kind(kind: str) -> list[tuple[Chapter, list[Section]]]:
    """The chapters with the sections a persona of this kind has."""
    return [(c, [s for s in c.sections if s.kind in (BOTH, kind)]) for c in CHAPTERS]
