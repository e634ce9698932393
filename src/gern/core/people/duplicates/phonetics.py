"""Kölner Phonetik: German names that sound alike have the same code (H. J. Postel, 1969)."""

from __future__ import annotations

from functools import lru_cache

_FIRST_C, _OTHER_C = "AHKLOQRUX", "AHKOQUX"


@lru_cache(maxsize=200_000)
def cologne(word: str) -> str:
    """The code of a word; letters it does not know are left out.

    >>> cologne("Müller-Lüdenscheidt"), cologne("Meyer") == cologne("Maier")
    ('65752682', True)
    """
    letters = word.upper()
    for letter, written in (("Ä", "A"), ("Ö", "O"), ("Ü", "U"), ("ß", "S"), ("PH", "F")):
        letters = letters.replace(letter, written)
    letters = "".join(letter for letter in letters if "A" <= letter <= "Z")
    codes: list[str] = []
    for i, letter in enumerate(letters):
        before = letters[i - 1] if i else ""
        after = letters[i + 1] if i + 1 < len(letters) else ""
        codes.append(_code(letter, before, after))
    joined = "".join(codes)
    once = "".join(c for i, c in enumerate(joined) if i == 0 or c != joined[i - 1])
    return once[:1] + once[1:].replace("0", "")


def _code(letter: str, before: str, after: str) -> str:  # noqa: PLR0912
    if letter in "AEIJOUY":
        return "0"
    if letter == "H":
        return ""
    if letter in "BP":
        return "1"
    if letter in "DT":
        return "8" if after in ("C", "S", "Z") and after else "2"
    if letter in "FVW":
        return "3"
    if letter in "GKQ":
        return "4"
    if letter == "C":
        if not before:
            return "4" if after and after in _FIRST_C else "8"
        if before in "SZ":
            return "8"
        return "4" if after and after in _OTHER_C else "8"
    if letter == "X":
        return "8" if before and before in "CKQ" else "48"
    if letter == "L":
        return "5"
    if letter in "MN":
        return "6"
    if letter == "R":
        return "7"
    return "8"  # S, Z
