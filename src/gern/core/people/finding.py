"""Words as they are compared in a search: German spelling, accents, numbers in any notation.

The same is written in SQL (`folded_sql`, `compact_sql`) and in Python (`folded`, `compact`).
"""

from __future__ import annotations

import re
import unicodedata

_FOLD = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"))
_COUNTRY = re.compile(r"^(?:\+|00)(?:49|43|41)")


def folded(text: str) -> str:
    """Lower case, umlauts written out, accents off: ``Müller`` → ``mueller``.

    >>> folded("Café Müßig")
    'cafe muessig'
    """
    text = unicodedata.normalize("NFC", text).lower()
    for letter, written in _FOLD:
        text = text.replace(letter, written)
    split = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in split if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def folded_sql(sql: str) -> str:
    """SQL of the same."""
    for letter, written in _FOLD:
        sql = f"replace({sql if letter != 'ä' else f'lower(nfc_normalize({sql}))'}, '{letter}', '{written}')"
    return f"strip_accents({sql})"


def compact(text: str) -> str:
    """Letters and digits only, for numbers and ids: ``K-100 23`` → ``k10023``."""
    return re.sub(r"[^a-z0-9]", "", folded(text))


def compact_sql(sql: str) -> str:
    """SQL of the same."""
    return f"regexp_replace({folded_sql(sql)}, '[^a-z0-9]', '', 'g')"


def number_core(text: str) -> str | None:
    """The part of a phone number that every notation of it has; None: it is no number.

    >>> number_core("+49 (0)171 / 123 45"), number_core("0171 12345"), number_core("Berlin 3")
    ('17112345', '17112345', None)
    """
    if re.search(r"[^\d\s()+/.\-]", text):
        return None
    bare = re.sub(r"[^\d+]", "", text)
    core = _COUNTRY.sub("", bare).lstrip("+0")
    return core if len(core) >= 5 else None
