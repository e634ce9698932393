"""What speaks for two customers being one, and what against: points, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from gern.core.people.duplicates.names import given_likeness, word_likeness, words_likeness
from gern.core.people.duplicates.record import Record
from gern.core.text import Text

LIKELY, SURE = 70, 100
"""Points from which two are shown, and from which hardly anything speaks against it."""


@dataclass(frozen=True)
class Reason:
    """``points``: above 0 for it, below against; ``code``: which of `TEXTS`."""

    code: str
    points: int


TEXTS = {
    "email": Text("gleiche E-Mail-Adresse", "same e-mail address"),
    "email_alike": Text("fast gleiche E-Mail-Adresse", "nearly the same e-mail address"),
    "phone": Text("gleiche Telefonnummer", "same phone number"),
    "phone_alike": Text("fast gleiche Telefonnummer", "nearly the same phone number"),
    "other_marks": Text("andere E-Mail-Adresse oder Telefonnummer",
                        "another e-mail address or phone number"),
    "card": Text("gleiche Kundenkarte", "same customer card"),
    "birthday": Text("gleicher Geburtstag", "same birthday"),
    "birthday_alike": Text("fast gleicher Geburtstag", "nearly the same birthday"),
    "other_birthday": Text("anderer Geburtstag", "another birthday"),
    "address": Text("gleiche Anschrift", "same address"),
    "street": Text("gleiche Straße und Hausnummer", "same street and house number"),
    "postcode": Text("gleiche Postleitzahl", "same postcode"),
    "city": Text("gleicher Ort", "same place"),
    "name": Text("gleicher Name", "same name"),
    "name_alike": Text("Name fast gleich oder gleich gesprochen", "name nearly the same, or sounds the same"),
    "name_swapped": Text("Vor- und Nachname vertauscht", "first and last name changed over"),
    "name_far": Text("Name nur ähnlich", "name only similar"),
    "rare": Text("der Name ist selten", "the name is rare"),
    "firm": Text("gleiche Firma", "same firm"),
    "firm_alike": Text("Firma fast gleich", "firm nearly the same"),
    "firm_far": Text("Firma nur ähnlich", "firm only similar"),
    "other_firm": Text("andere Firma", "another firm"),
    "contact": Text("einer nennt einen Ansprechpartner, der andere nicht",
                    "one names a contact person, the other does not"),
    "legal": Text("andere Rechtsform", "another legal form"),
    "other_name": Text("anderer Name", "another name"),
    "other_given": Text("anderer Vorname", "another first name"),
    "initial": Text("Vorname nur abgekürzt", "first name only as an initial"),
    "generation": Text("Senior und Junior", "senior and junior"),
    "one_generation": Text("nur einer ist Senior oder Junior", "only one is a senior or junior"),
    "sex": Text("Herr und Frau", "Mr and Ms"),
    "no_name": Text("einer von beiden ohne Namen", "one of them without a name"),
    "other_place": Text("andere Anschrift", "another address"),
}  # fmt: skip


def reasons(a: Record, b: Record, *, rare: bool = False) -> list[Reason]:
    """Everything that speaks for it or against it. ``rare``: hardly anybody else is called so."""
    return [*_marks(a, b), *_names(a, b, rare=rare), *_place(a, b)]


def points(found: Sequence[Reason]) -> int:
    """Their sum; never `SURE` when something weighty speaks against it."""
    total = sum(reason.points for reason in found)
    return min(total, SURE - 1) if any(reason.points <= -20 for reason in found) else total


def _marks(a: Record, b: Record) -> list[Reason]:
    found: list[Reason] = []
    if a.card and a.card == b.card:
        found.append(Reason("card", 60))
    if a.email and a.email == b.email:
        found.append(Reason("email", 55))
    elif a.email and b.email and _mails_alike(a.email, b.email):
        found.append(Reason("email_alike", 25))
    if a.phone and a.phone == b.phone:
        found.append(Reason("phone", 38))
    elif len(a.phone) >= 8 and len(b.phone) >= 8 and OSA.distance(a.phone, b.phone, score_cutoff=1) <= 1:  # fmt: skip
        found.append(Reason("phone_alike", 15))
    same = {reason.code for reason in found} & {"card", "email", "phone"}
    if not same and ((a.email and b.email) or (a.phone and b.phone)):
        found.append(Reason("other_marks", -10))
    if a.birthday and b.birthday:
        if a.birthday == b.birthday:
            found.append(Reason("birthday", 32))
        elif _days_alike(a.birthday, b.birthday):
            found.append(Reason("birthday_alike", 12))
        else:
            found.append(Reason("other_birthday", -45))
    return found


def _mails_alike(one: str, other: str) -> bool:
    (name, _, at), (name2, _, at2) = one.partition("@"), other.partition("@")
    if name == name2 and len(name) >= 6:
        return True
    letters = ["".join(c for c in n if c.isalpha()) for n in (name, name2)]
    if letters[0] == letters[1]:  # anna.meier1 and anna.meier2 are two
        return False
    return at == at2 and len(name) >= 5 and OSA.distance(name, name2, score_cutoff=1) <= 1


def _days_alike(one: str, other: str) -> bool:
    """A digit off, two digits or day and month changed over."""
    swapped = other[:4] + other[6:] + other[4:6]
    return one == swapped or OSA.distance(one, other, score_cutoff=1) <= 1


def _names(a: Record, b: Record, *, rare: bool) -> list[Reason]:
    if not a.words or not b.words:
        return _firms(a, b, alone=True)
    found = []
    if a.generation != b.generation:
        both = bool(a.generation and b.generation)
        found.append(Reason("generation", -60) if both else Reason("one_generation", -25))
    if a.sex and b.sex and a.sex != b.sex:
        found.append(Reason("sex", -40))
    return found + _words(a, b, rare=rare) + _firms(a, b, alone=False)


def _words(a: Record, b: Record, *, rare: bool) -> list[Reason]:
    family = words_likeness(a.family, b.family) or 0.0
    given = given_likeness(a.given, b.given)
    if family < 0.7 and (together := words_likeness(a.words, b.words) or 0.0) >= 0.86:
        return [Reason("name_swapped", 40 if together >= 0.95 else 34)]
    if given is not None and given < 0.7:
        return [Reason("other_given", -72), *([Reason("other_name", -30)] if family < 0.8 else [])]
    if family >= 0.97 and (given is None or given >= 0.97):
        full = [Reason("name", 45 if given is not None else 30)]
        return [*full, Reason("rare", 12)] if rare and given is not None else full
    if family >= 0.97 and given == 0.9 and _is_initial(a, b):
        return [Reason("name", 30), Reason("initial", 2)]
    if family >= 0.86:
        return [Reason("name_alike", 38 if given is None or given >= 0.86 else 30)]
    if family >= 0.7:
        return [Reason("name_far", 20)]
    married = given is not None and given >= 0.9 and a.sex != "m" and b.sex != "m"
    return [Reason("other_name", -15 if married else -55)]  # who marries keeps the rest


def _is_initial(a: Record, b: Record) -> bool:
    return any(len(w) == 1 for w in (*a.given[:1], *b.given[:1]))


def _firms(a: Record, b: Record, *, alone: bool) -> list[Reason]:
    if not a.firm or not b.firm:
        if alone and bool(a.words or a.firm) != bool(b.words or b.firm):
            return [Reason("no_name", 18)]
        if alone and (a.firm or b.firm):  # a firm and a person: perhaps its contact
            return [Reason("other_name", -25)]
        return []
    alike = words_likeness(a.firm, b.firm) or 0.0
    if alike >= 0.97:
        found = [Reason("firm", 45 if alone else 8)]
    elif alike >= 0.85:
        found = [Reason("firm_alike", 40 if alone else 5)]
    elif alike >= 0.7:
        found = [Reason("firm_far", 15 if alone else 0)]
    else:
        return [Reason("other_firm", -55 if alone else -10)]
    if bool(a.words) != bool(b.words):
        found.append(Reason("contact", -18))
    if a.legal and b.legal and a.legal != b.legal:
        found.append(Reason("legal", -6 if alone else 0))
    return [reason for reason in found if reason.points]


def _place(a: Record, b: Record) -> list[Reason]:
    street = bool(a.street and b.street) and word_likeness(a.street, b.street) >= 0.86
    house = bool(a.house) and a.house == b.house
    code = bool(a.postcode) and a.postcode == b.postcode
    near = bool(a.postcode and b.postcode) and OSA.distance(a.postcode, b.postcode) <= 1
    city = bool(a.city and b.city) and (word_likeness(a.city, b.city) >= 0.88)
    if street and house and (code or (city and near) or not (a.postcode and b.postcode)):
        return [Reason("address", 32)] if code or city else [Reason("street", 22)]
    if street and house and city:
        return [Reason("street", 24)]
    if code:
        far = a.street and b.street and not street
        return [Reason("postcode", 5 if far else 14)]
    if city:
        return [Reason("city", 6)]
    if a.postcode and b.postcode and a.city and b.city:
        return [Reason("other_place", -6)]
    return []
