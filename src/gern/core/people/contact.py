"""Which of the things said of a customer (traits) are contact data, under whatever name they come.

Systems call the same field differently: ``firstName``, ``first_name``, ``Vorname``. A name is
compared without case, blanks and punctuation; of several that mean the same the first listed wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gern.core.text import Text


@dataclass(frozen=True)
class ContactField:
    """``names``: as compared, see `plain_key`; the first is that of the collection API."""

    id: str
    label: Text
    names: tuple[str, ...]


CONTACT = (
    ContactField("full_name", Text("Name", "Name"), ("name", "fullname", "customername", "kundenname", "kunde", "ansprechpartner", "displayname")),
    ContactField("first_name", Text("Vorname", "First name"), ("firstname", "vorname", "givenname")),
    ContactField("last_name", Text("Nachname", "Last name"), ("lastname", "nachname", "surname", "familyname", "familienname")),
    ContactField("company", Text("Firma", "Company"), ("companyname", "company", "firma", "firmenname", "organisation", "organization", "unternehmen")),
    ContactField("email", Text("E-Mail", "E-mail"), ("email", "emailaddress", "emailadresse", "mail", "mailadresse")),
    ContactField("phone", Text("Telefon", "Phone"), ("phone", "phonenumber", "telephone", "telefon", "telefonnummer", "tel", "mobile", "mobil", "mobilephone", "handy", "mobiltelefon")),
    ContactField("street", Text("Straße", "Street"), ("street", "addressstreet", "addressline1", "address1", "strasse", "straße", "adresse")),
    ContactField("postcode", Text("Postleitzahl", "Postcode"), ("postalcode", "addresspostalcode", "postcode", "zip", "zipcode", "plz", "postleitzahl")),
    ContactField("city", Text("Ort", "City"), ("city", "addresscity", "town", "ort", "stadt", "wohnort")),
    ContactField("country", Text("Land", "Country"), ("country", "addresscountry", "land")),
    ContactField("birthday", Text("Geburtstag", "Birthday"), ("birthday", "birthdate", "dateofbirth", "dob", "geburtstag", "geburtsdatum")),
    ContactField("card", Text("Kundenkarte", "Customer card"), ("card", "cardnumber", "customercard", "loyaltycard", "membershipnumber", "kundenkarte", "kartennummer", "mitgliedsnummer")),
    ContactField("language", Text("Sprache", "Language"), ("language", "locale", "sprache")),
)  # fmt: skip
NESTED = ("address", "company")
"""Traits that are sent as an object; their parts are traits: ``address.city``."""
LABELS = {field.id: field.label for field in CONTACT}
_FIELD = {name: field.id for field in CONTACT for name in field.names}
_RANK = {name: rank for field in CONTACT for rank, name in enumerate(field.names)}


def plain_key(key: str) -> str:
    """A name of a trait without case, blanks and punctuation: ``First-Name`` → ``firstname``."""
    return "".join(letter for letter in key.lower() if letter.isalnum())


def field_of(key: str) -> str | None:
    """The contact field a trait of this name is, or None.

    >>> field_of("Vorname"), field_of("First-Name"), field_of("favourite colour")
    ('first_name', 'first_name', None)
    """
    return _FIELD.get(plain_key(key))


def keys_by_field(keys: Iterable[str]) -> dict[str, list[str]]:
    """Field → the names among these that mean it, the best first."""
    found: dict[str, list[str]] = {}
    for key in sorted(keys, key=lambda key: (_RANK.get(plain_key(key), 0), key)):
        field = field_of(key)
        if field:
            found.setdefault(field, []).append(key)
    return found
