"""Made-up customers as German files have them, their doubles as people write them, and those who
only look like doubles: families, namesakes, firms at one address."""

from __future__ import annotations

import random
from typing import Any

GIVEN_M = [
    "Jörg",
    "Thomas",
    "Michael",
    "Andreas",
    "Stefan",
    "Christian",
    "Martin",
    "Jürgen",
    "Ulrich",
    "Günther",
    "Björn",
    "Lukas",
    "Felix",
    "Maximilian",
    "Josef",
    "Hans-Peter",
    "Karl-Heinz",
    "Mehmet",
    "Matthias",
    "Johannes",
    "Philipp",
    "Sönke",
    "Łukasz",
    "Alexander",
    "Wolfgang",
    "Heinrich",
    "Friedrich",
    "Detlef",
    "Uwe",
    "Rüdiger",
]
GIVEN_F = [
    "Anna",
    "Sabine",
    "Ursula",
    "Monika",
    "Petra",
    "Claudia",
    "Katharina",
    "Zoë",
    "Jennifer",
    "Gülşen",
    "Elisabeth",
    "Franziska",
    "Ingrid",
    "Heike",
    "Birgit",
    "Käthe",
    "Annemarie",
    "Margarete",
    "Susanne",
    "Silke",
    "Anja",
    "Mareike",
    "Stephanie",
    "Brigitte",
    "Ulrike",
    "Dörte",
    "Helga",
    "Renate",
    "Frauke",
    "Svenja",
]
FAMILY = [
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Schäfer",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
    "Schwarz",
    "Zimmermann",
    "Braun",
    "Krüger",
    "Hofmann",
    "Hartmann",
    "Lange",
    "Schmitt",
    "Werner",
    "Krause",
    "Meier",
    "Lehmann",
    "Köhler",
    "Böhm",
    "Großmann",
    "Weiß",
    "Jäger",
    "Öztürk",
    "Yılmaz",
    "Kowalczyk",
    "Nguyen",
    "Brandt",
    "Sträßer",
    "Pfeiffer",
    "Haußmann",
    "Thürmer",
    "Quandt",
    "Xylander",
    "Zweig",
    "Lüdenscheidt",
    "Oberhuber",
    "Rübsam",
    "Wüstenhagen",
    "Krzyżanowski",
    "Sauerländer",
    "Vogelsang",
    "Ehrenreich",
    "Ostermann",
    "Dreßler",
    "Häberle",
    "Knödler",
    "Pröll",
]
STREETS = (
    "Hauptstraße Bahnhofstraße Gartenweg Lindenallee Schillerstraße Goethestraße Am Markt Mühlenweg Kirchplatz Rosenstraße Birkenweg Beethovenstraße Königsallee Große Bleichen Zum Sportplatz Wiesengrund Ackerstraße Poststraße".replace(
        "Am Markt", "Am_Markt"
    )
    .replace("Große Bleichen", "Große_Bleichen")
    .replace("Zum Sportplatz", "Zum_Sportplatz")
    .split()
)
PLACES = [
    ("50667", "Köln"),
    ("80331", "München"),
    ("20095", "Hamburg"),
    ("10115", "Berlin"),
    ("40213", "Düsseldorf"),
    ("70173", "Stuttgart"),
    ("90402", "Nürnberg"),
    ("04109", "Leipzig"),
    ("60311", "Frankfurt am Main"),
    ("28195", "Bremen"),
    ("24103", "Kiel"),
    ("79098", "Freiburg im Breisgau"),
    ("48143", "Münster"),
    ("33602", "Bielefeld"),
    ("99084", "Erfurt"),
    ("18055", "Rostock"),
]
TRADES = [
    "Bau",
    "Elektro",
    "Dach",
    "Metallbau",
    "Immobilien",
    "Druck",
    "Logistik",
    "Gartenbau",
    "Küchen",
    "Werbung",
    "Medizintechnik",
    "Holz",
]
FORMS = ["GmbH", "GmbH & Co. KG", "AG", "e.K.", "KG", "UG (haftungsbeschränkt)", "OHG"]
DOMAINS = ["gmx.de", "web.de", "t-online.de", "gmail.com", "posteo.de", "mailbox.org"]

Row = dict[str, Any]


def plain(text: str) -> str:
    return (text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
            .replace("Ä", "Ae").replace("Ö", "Oe").replace("Ü", "Ue"))  # fmt: skip


def bare(text: str) -> str:
    return (text.replace("ä", "a").replace("ö", "o").replace("ü", "u").replace("ß", "ss")
            .replace("Ä", "A").replace("Ö", "O").replace("Ü", "U"))  # fmt: skip


def somebody(dice: random.Random, number: int) -> Row:
    """A customer with most of their data, or a firm."""
    postcode, city = dice.choice(PLACES)
    street = f"{dice.choice(STREETS).replace('_', ' ')} {dice.randint(1, 180)}{dice.choice(['', '', '', 'a', 'b'])}"
    row: Row = {"person": f"p{number}", "street": street, "postcode": postcode, "city": city}
    if dice.random() < 0.15:
        name = dice.choice(FAMILY)
        row["company"] = f"{name} {dice.choice(TRADES)} {dice.choice(FORMS)}"
        row["email"] = f"info@{plain(name).lower()}-{number}.example"
    else:
        woman = dice.random() < 0.5
        row["first_name"], row["last_name"] = (
            dice.choice(GIVEN_F if woman else GIVEN_M),
            dice.choice(FAMILY),
        )
        row["email"] = (
            f"{plain(row['first_name']).lower()}.{plain(row['last_name']).lower()}{number}@{dice.choice(DOMAINS)}"
        )
        if dice.random() < 0.6:
            row["birthday"] = (
                f"{dice.randint(1935, 2004)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
            )
    if dice.random() < 0.8:
        row["phone"] = (
            f"+49 {dice.choice(('171', '30', '221', '4421'))} {dice.randint(100000, 99999999)}"
        )
    for key, share in (("email", 0.25), ("street", 0.1), ("birthday", 0.2)):
        if dice.random() < share and (key != "street" or row.get("email")):
            row.pop(key, None)
    return row


def typo(dice: random.Random, word: str) -> str:
    if len(word) < 4:
        return word
    i = dice.randrange(1, len(word) - 1)
    return dice.choice([
        word[:i] + word[i + 1] + word[i] + word[i + 2:],  # changed over
        word[:i] + word[i + 1:],  # left out
        word[:i] + word[i] + word[i:],  # doubled
        word[:i] + dice.choice("aeinrst") + word[i + 1:],
    ])  # fmt: skip


def double(dice: random.Random, row: Row, number: int) -> Row:
    """The same customer as another system, or another hand, wrote them down."""
    new = {**row, "person": f"d{number}"}
    ways = dice.sample(["umlaut", "typo", "swap", "phone", "street", "mail", "birthday", "title",
                        "lost", "moved", "whole", "legal", "sound", "upper"], dice.randint(1, 3))  # fmt: skip
    for way in ways:
        if way == "umlaut":
            for key in ("first_name", "last_name", "street", "city", "company"):
                if key in new:
                    new[key] = dice.choice((plain, bare))(new[key])
        elif way == "typo":
            key = dice.choice([k for k in ("first_name", "last_name", "company") if k in new])
            new[key] = typo(dice, new[key])
        elif way == "swap" and "first_name" in new:
            new["first_name"], new["last_name"] = new["last_name"], new["first_name"]
        elif way == "phone" and "phone" in new:
            digits = new["phone"].replace("+49 ", "0").replace(" ", "")
            new["phone"] = dice.choice(
                (digits, f"{digits[:4]}/{digits[4:]}", f"0049 ({digits[0]}){digits[1:]}")
            )
        elif way == "street" and "street" in new:
            new["street"] = new["street"].replace("straße", "str.").replace("Straße", "Str.")
        elif way == "mail":
            new.pop("email", None)
        elif way == "birthday" and "birthday" in new:
            y, m, d = new["birthday"].split("-")
            new["birthday"] = f"{int(d)}.{int(m)}.{y}"
        elif way == "title" and "last_name" in new:
            new["first_name"] = (
                f"{dice.choice(('Dr.', 'Prof. Dr.', 'Dipl.-Ing.'))} {new['first_name']}"
            )
        elif way == "lost":
            for key in dice.sample(["phone", "birthday", "city"], 1):
                new.pop(key, None)
        elif way == "moved" and ("phone" in new or "email" in new) and "first_name" in new:
            new["postcode"], new["city"] = dice.choice(PLACES)
            new["street"] = f"{dice.choice(STREETS).replace('_', ' ')} {dice.randint(1, 99)}"
        elif way == "legal" and "company" in new:
            new["company"] = (
                new["company"]
                .replace("GmbH & Co. KG", "GmbH & Co KG")
                .replace("e.K.", "e. K.")
                .replace(" (haftungsbeschränkt)", "")
            )
        elif way == "sound" and "last_name" in new:
            for a, b in (
                ("mm", "m"),
                ("dt", "tt"),
                ("ey", "ei"),
                ("tz", "z"),
                ("ff", "f"),
                ("th", "t"),
            ):
                if a in new["last_name"]:
                    new["last_name"] = new["last_name"].replace(a, b)
                    break
        elif way == "upper":
            for key in ("last_name", "company", "city"):
                if key in new:
                    new[key] = new[key].upper()
    if "whole" in ways and "first_name" in new:
        first, last = new.pop("first_name"), new.pop("last_name")
        new["full_name"] = dice.choice((f"{first} {last}", f"{last}, {first}"))
    return new


def recognisable(a: Row, b: Row) -> bool:
    """Whether a person could tell from the data that these are one: more than a name is shared."""
    marks = sum(bool(a.get(k)) and bool(b.get(k)) for k in ("email", "phone", "birthday"))
    return marks > 0 or (bool(a.get("street")) and bool(b.get("street")) and a.get("postcode") == b.get("postcode"))  # fmt: skip


def only_alike(dice: random.Random, row: Row, number: int) -> Row | None:
    """Somebody else who shares a good deal with them."""
    new = {**row, "person": f"n{number}"}
    for key in ("email", "phone", "birthday"):
        new.pop(key, None)
    if "company" in row:
        if dice.random() < 0.5:  # somebody who works there
            return {"person": new["person"], "company": row["company"], "street": row.get("street"),
                    "postcode": row["postcode"], "city": row.get("city"), "first_name": dice.choice(GIVEN_F),
                    "last_name": dice.choice(FAMILY)}  # fmt: skip
        new["company"] = (
            f"{dice.choice([f for f in FAMILY if f not in row['company']])} {dice.choice(TRADES)} GmbH"
        )
        return new
    woman = row["first_name"] in GIVEN_F
    what = dice.choice(("spouse", "child", "namesake", "junior"))
    if what in ("spouse", "child"):
        own = GIVEN_M if (woman and what == "spouse") else GIVEN_F
        new["first_name"] = dice.choice([g for g in own if g[:2] != row["first_name"][:2]])
        new["phone"] = row.get("phone")
        new["email"] = row.get("email") if dice.random() < 0.5 else None
        new["birthday"] = (
            f"{dice.randint(1935, 2010)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        )
    elif what == "namesake":
        postcode, city = dice.choice([p for p in PLACES if p[0] != row["postcode"]])
        new |= {"postcode": postcode, "city": city, "street": f"{dice.choice(STREETS)} {dice.randint(1, 99)}",
                "phone": f"+49 40 {dice.randint(100000, 99999999)}"}  # fmt: skip
    else:
        new["first_name"] = f"{row['first_name']} jun."
        new["birthday"] = (
            f"{dice.randint(1985, 2010)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
        )
        row["first_name"] = f"{row['first_name']} sen."
    return new
