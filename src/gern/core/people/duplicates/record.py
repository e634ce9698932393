"""A customer as two of them are compared: everything in one spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gern.core.people.finding import compact, folded, number_core

TITLES = frozenset(
    [
        "herr",
        "frau",
        "hr",
        "fr",
        "dr",
        "prof",
        "professor",
        "doktor",
        "dipl",
        "ing",
        "diplom",
        "med",
        "phil",
        "jur",
        "rer",
        "nat",
        "habil",
        "mag",
        "ba",
        "ma",
        "mba",
        "bsc",
        "msc",
        "mr",
        "mrs",
        "ms",
        "familie",
        "fam",
        "firma",
        "fa",
        "mme",
        "sig",
    ]
)
LEGAL = frozenset(
    [
        "gmbh",
        "mbh",
        "ag",
        "kg",
        "kgaa",
        "ohg",
        "ug",
        "gbr",
        "ek",
        "eg",
        "ev",
        "e",
        "k",
        "v",
        "g",
        "co",
        "cokg",
        "gmbhcokg",
        "haftungsbeschraenkt",
        "ltd",
        "limited",
        "llc",
        "inc",
        "se",
        "sarl",
        "sa",
        "spa",
        "bv",
        "nv",
        "partg",
        "partgmbb",
        "stiftung",
        "verein",
        "und",
        "and",
        "inh",
        "inhaber",
    ]
)
"""Words that are no part of a name of a firm: its legal form, and what joins its parts."""
PARTICLES = frozenset(
    [
        "von",
        "van",
        "vom",
        "zu",
        "zum",
        "zur",
        "der",
        "den",
        "de",
        "di",
        "da",
        "del",
        "la",
        "le",
        "el",
        "auf",
        "am",
    ]
)
GENERATION = {"sen": "senior", "senior": "senior", "sr": "senior", "jun": "junior",
              "junior": "junior", "jr": "junior"}  # fmt: skip
MEN, WOMEN = frozenset(("herr", "hr", "mr")), frozenset(("frau", "fr", "mrs", "ms", "mme"))
_STREET = re.compile(r"(strasse|str\.?)(?=[\s\d,]|$)")
_HOUSE = re.compile(r"\b(\d{1,4})\s*([a-z]?)\b")
_MAIL = re.compile(r"^([^@\s]+)@([^@\s]+\.[^@\s]+)$")
_GOOGLE = ("gmail.com", "googlemail.com")


@dataclass(frozen=True)
class Record:
    """``given`` and ``family``: words of the name, where it is known which is which, else all of
    them are in ``family``; ``firm``: words of the firm without its legal form; ``person``: id."""

    person: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    firm: tuple[str, ...]
    legal: str
    generation: str
    sex: str
    email: str
    phone: str
    street: str
    house: str
    postcode: str
    city: str
    birthday: str
    card: str

    @property
    def words(self) -> tuple[str, ...]:
        """All words of the person's name."""
        return (*self.given, *self.family)


def record_of(row: Mapping[str, Any]) -> Record:
    """A row of the roster (``customers``), in one spelling."""
    first, last, full = (_text(row, key) for key in ("first_name", "last_name", "full_name"))
    company = _text(row, "company")
    if not full and not first and not last and row.get("name") != company:
        full = _text(row, "name")
    said = _words(" ".join((first, last, full)))
    if full and not (first and last):
        if full.count(",") == 1:  # Müller, Jörg
            last, first = full.split(",")
        else:
            words = [w for w in _words(full) if w not in TITLES and w not in GENERATION]
            if {"gmbh", "ag", "kg", "ohg", "ug", "gbr", "ltd"} & set(words) and not company:
                company, words = full, []
            cut = next((i for i, w in enumerate(words) if w in PARTICLES and i), len(words) - 1)
            first, last = " ".join(words[:cut]), " ".join(words[cut:])
    street, house = _address(_text(row, "street"))
    legal = "".join(w for w in _words(company) if w in LEGAL and w not in ("und", "and"))
    return Record(
        person=str(row["person"]),
        given=_name(first),
        family=_name(last),
        firm=tuple(w for w in _words(company) if w not in LEGAL),
        legal=legal,
        generation=next((GENERATION[w] for w in said if w in GENERATION), ""),
        sex="m" if MEN & set(said) else "f" if WOMEN & set(said) else "",
        email=_mail(_text(row, "email")),
        phone=number_core(_text(row, "phone")) or "",
        street=street,
        house=house,
        postcode=compact(_text(row, "postcode")).removeprefix("d")
        if _text(row, "postcode")
        else "",
        city=" ".join(_words(_text(row, "city"))),
        birthday=_day(_text(row, "birthday")),
        card=compact(_text(row, "card")),
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    return str(row.get(key) or "").strip()


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", folded(text))


def _name(text: str) -> tuple[str, ...]:
    words = [w for w in _words(text) if w not in TITLES and w not in GENERATION]
    return tuple(w for w in words if w not in PARTICLES) or tuple(words)


def _mail(text: str) -> str:
    found = _MAIL.match(text.lower())
    if not found:
        return ""
    local, domain = found[1].partition("+")[0], found[2]
    if domain in _GOOGLE:
        local, domain = local.replace(".", ""), _GOOGLE[0]
    return f"{local}@{domain}"


def _address(text: str) -> tuple[str, str]:
    """(street, house number): ``Hauptstr. 12 a`` → (``hauptstr``, ``12a``)."""
    line = _STREET.sub("str ", folded(text))
    found = _HOUSE.search(line)
    number = f"{found[1]}{found[2]}" if found else ""
    street = line[: found.start()] if found else line
    return re.sub(r"[^a-z]", "", street), number


def _day(text: str) -> str:
    """``1980-05-03`` and ``3.5.1980`` → ``19800503``; empty when it is no whole day."""
    iso = re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})", text)
    german = re.search(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", text)
    if iso:
        year, month, day = iso.groups()
    elif german:
        day, month, year = german.groups()
    else:
        return ""
    return f"{year}{int(month):02}{int(day):02}"
