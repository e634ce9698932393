"""How alike two names are, from 0 to 1."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from gern.core.people.duplicates.phonetics import cologne

SHORT_FORMS = {
    short: whole
    for whole, all_short in {
        "johannes": "hans hannes johann", "josef": "sepp joseph jupp", "ulrich": "uli ulli",
        "katharina": "kathrin katrin kathi kati", "elisabeth": "lisa elli sissi lisbeth",
        "margarete": "grete gretel margarethe margret", "friedrich": "fritz frieder", "maximilian": "max",
        "alexander": "alex", "michael": "micha michel", "thomas": "tom", "andreas": "andi",
        "christian": "chris", "matthias": "matze mathias", "wolfgang": "wolf", "guenter": "guenther gunther",
        "susanne": "susi sanne", "barbara": "babsi", "stephanie": "steffi stefanie", "stefan": "stephan steffen",
        "juergen": "jurgen", "joerg": "jorg", "bjoern": "bjorn", "heinrich": "heinz", "ludwig": "lutz",
        "philipp": "philip phillip", "nikolaus": "nick niko", "sebastian": "basti", "benjamin": "ben",
        "daniel": "dani", "robert": "rob robbi", "rudolf": "rudi", "manfred": "manni", "gerhard": "gerd", "walter": "walther", "karl": "carl", "claus": "klaus",
        "theodor": "theo", "anton": "toni", "franziska": "franzi", "caroline": "karoline",
    }.items()
    for short in all_short.split()
}  # fmt: skip
_ENDINGS = ("a", "e", "i", "s", "n", "ie", "in", "ina", "ine", "ia", "nie")
"""What makes another person's name of a first name: Christian, Christiane; Andrea, Andreas."""


@lru_cache(maxsize=500_000)
def word_likeness(one: str, other: str) -> float:
    """Two words: 1 when they are written alike, less for each letter; at least .9 when they sound
    alike and are written nearly alike."""
    one, other = bare(one), bare(other)
    if one == other:
        return 1.0
    written = 1 - OSA.distance(one, other) / max(len(one), len(other))
    if min(len(one), len(other)) >= 4:
        sound = cologne(one) == cologne(other)
        if sound and written >= 0.55:
            return max(0.92, written)
        if OSA.distance(one, other) == 1:
            return max(0.88, written)
        if OSA.distance(one, other) == 2 and max(len(one), len(other)) >= 8:
            return max(0.82, written)
    return min(written, JaroWinkler.similarity(one, other))


def bare(word: str) -> str:
    """Umlauts are written out by some and left bare by others: ``mueller`` and ``muller`` are one."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def given_likeness(ones: tuple[str, ...], others: tuple[str, ...]) -> float | None:
    """First names; None: one of them has none. An initial says nothing against the name."""
    if not ones or not others:
        return None
    best = 0.0
    for one in ones:
        for other in others:
            best = max(best, _given(one, other))
    first = _given(ones[0], others[0])
    return max(first, best * 0.97)


def _given(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.9 if one[0] == other[0] else 0.0
    if bare(one) == bare(other) or _whole(one) == _whole(other):
        return 0.97
    short, long_ = sorted((bare(one), bare(other)), key=len)
    if long_.startswith(short) and long_[len(short) :] in _ENDINGS and len(short) >= 3:
        return 0.5
    if short[:-1] and long_[:-1] == short[:-1] and {short[-1], long_[-1]} <= set("aeio"):
        return 0.55
    return word_likeness(one, other)


def _whole(name: str) -> str:
    return SHORT_FORMS.get(name, name)


def words_likeness(ones: tuple[str, ...], others: tuple[str, ...]) -> float | None:
    """Names of several words (families, firms): each word of the shorter finds its best partner;
    words without one count a little against it. None: one of them has none."""
    if not ones or not others:
        return None
    if "".join(ones) == "".join(others):
        return 1.0
    short, long_ = sorted((ones, others), key=lambda words: (len(words), words))
    left, total, weight = list(long_), 0.0, 0
    for word in short:
        partner = max(left, key=lambda other: word_likeness(word, other)) if left else ""
        if partner:
            left.remove(partner)
        total += (word_likeness(word, partner) if partner else 0.0) * len(word)
        weight += len(word)
    spare = sum(map(len, left)) / max(1, sum(map(len, long_)))
    together = word_likeness("".join(short), "".join(long_))
    return max(total / max(1, weight) - 0.35 * spare, together)
