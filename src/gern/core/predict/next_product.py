"""What does somebody buy next? Of each customer the products that come into question, ranked.

Into question come what they bought before, what goes with that, and what many buy at the moment. Each
gets Σ weight × feature; the weights are a logistic regression on days gone by: was the product in the
customer's next purchase? It is held against the two simple ways: what most customers buy, and what this
one bought most often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from gern.core.engines.names import Array
from gern.core.errors import BadInput
from gern.core.predict.baskets import EPOCH, Baskets, Products, nearest, products_of
from gern.core.predict.buyers import found_in
from gern.core.predict.holdout import Error, paired

SHOWN = 5
POPULAR, NEAR = 40, 30
FEATURES = (
    "owned", "times", "share", "fresh", "due", "usual_due", "in_last", "just_now", "popular", "rising",
    "again", "near", "nearest", "owned_again",
)  # fmt: skip
"""``owned`` they have it; ``times`` log of 1 + days with it; ``share`` of their days; ``fresh`` log of the
days, old ones count less; ``due`` how near the time since is to their own mean pause (1: equal);
``usual_due`` to the usual one of the product; ``in_last`` it was in their last purchase; ``just_now``
e^(−days since / 30); ``popular`` log of 1 + customers of the last 90 days; ``rising`` share of those in the
last 21; ``again`` share of its customers who bought it again; ``near`` log of how much it goes with
what they have; ``nearest`` the same against the most that anything does; ``owned_again`` owned ×
again."""
FEWEST = 100
MOST_LEARNED, MOST_CHECKED = 3000, 20_000
AT_ONCE = 4000


@dataclass(frozen=True)
class Asked:
    """One entry a customer (entry of ``users``) and a product that comes into question."""

    user: Array
    product: Array
    features: Array


@dataclass(frozen=True)
class Ranked:
    """A row a customer, `SHOWN` columns: ``product`` (−1: none), its ``score`` and why: ``because``:
    ``again`` (bought often), ``due`` (its time has come), ``with`` the product ``from_`` they have, or
    ``popular``."""

    product: Array
    score: Array
    because: Array
    from_: Array


@dataclass(frozen=True)
class ProductCheck:
    """On the first purchase of ``customers`` within ``days`` from ``since`` on, hidden from it: ``hit``:
    share of customers with at least one of `SHOWN` right; ``found``: share of the products bought,
    `SHOWN` at most, that were told; ``against``: the same of the simple ways (better: in ``found``)."""

    since: date
    days: int
    customers: int
    hit: float
    found: float
    hits: Mapping[str, float]
    against: tuple[Error, ...]


def asked_of(baskets: Baskets, products: Products, users: Array) -> Asked:
    """What comes into question of these customers, with its features."""
    from scipy.sparse import csr_matrix

    count, owned = len(baskets.products), baskets.owned
    row, mine_at = baskets.owned_by(users)
    what = owned.product[mine_at]
    have = csr_matrix(
        (owned.fresh[mine_at].astype(np.float32), (row, what)), shape=(len(users), count)
    )
    near = nearest((have @ products.with_).tocsr(), NEAR)
    popular = np.argsort(-products.lately, kind="stable")[:POPULAR]
    popular = popular[products.lately[popular] > 0]
    near_row = np.repeat(np.arange(len(users)), np.diff(near.indptr))
    key = np.unique(np.concatenate([
        row * count + what, near_row * count + near.indices,
        np.repeat(np.arange(len(users)) * count, len(popular)) + np.tile(popular, len(users)),
    ]))  # fmt: skip
    user, product = key // count, key % count
    # where each of them is among what they have, and among what goes with it
    at, owns = found_in(key, row * count + what)
    close, is_near = found_in(key, near_row * count + near.indices)
    nearness = np.where(is_near, near.data[close] if len(near.data) else 0.0, 0.0)
    most = np.zeros(len(users))
    np.maximum.at(most, near_row, near.data)
    entry = mine_at[at] if len(mine_at) else at

    def own(column: Array, without: float) -> Array:
        return (
            np.where(owns, column[entry], without) if len(column) else np.full(len(owns), without)
        )

    since = own(baskets.today - owned.last, np.inf)
    times, days = own(owned.times, 0.0), baskets.days[users[user]]
    again = products.again / np.maximum(products.buyers, 1)
    columns = {
        "owned": owns.astype(float), "times": np.log1p(times), "share": times / np.maximum(days, 1),
        "fresh": np.where(owns, np.log(own(owned.fresh, 1.0) + 0.02), 0.0),
        "due": _nearness(since, own(owned.pause, np.nan)), "usual_due": _nearness(since, products.pause[product]),
        "in_last": own(baskets.in_last.astype(float), 0.0),
        "just_now": np.exp(-since / 30), "popular": np.log1p(products.lately[product]),
        "rising": products.rising[product] / np.maximum(products.lately[product], 1), "again": again[product],
        "near": np.log(np.maximum(nearness, 1e-4)), "nearest": nearness / np.maximum(most[user], 1e-9),
        "owned_again": owns * again[product],
    }  # fmt: skip
    return Asked(user, product, np.column_stack([columns[name] for name in FEATURES]))


def next_baskets(baskets: Baskets, then: date, days: int) -> tuple[Array, Array]:
    """(customers of ``baskets`` who bought again within ``days`` from ``then`` on, by entry; keys
    customer × products + product of the products of the first day they did)."""
    begin = (then - EPOCH).days
    ahead = (baskets.day >= begin) & (baskets.day < begin + days)
    who, what, day = baskets.person[ahead], baskets.product[ahead], baskets.day[ahead]
    first = np.full(len(baskets.people), np.iinfo(np.int64).max)
    np.minimum.at(first, who, day)
    mine = day == first[who]
    keys = np.unique(who[mine] * len(baskets.products) + what[mine])
    return np.unique(who[mine]), keys


@dataclass(frozen=True)
class Lesson:
    """A day gone by: what was known then, and what they bought next, by the ids of ``then``."""

    then: Baskets
    products: Products
    users: Array
    bought: Array
    """Keys customer × products + product, of ``then``."""
    size: Array
    """How many different products each of ``users`` bought."""


def lesson(then: Baskets, now: Baskets, days: int) -> Lesson:
    """``now`` knows what came; ``then`` must not."""
    who, keys = next_baskets(now, then.until, days)
    people, known = found_in(now.people[who], then.people)
    mine = np.full(len(now.people), -1)
    mine[who[known]] = people[known]
    person, product = mine[keys // len(now.products)], keys % len(now.products)
    sizes = np.bincount(person[person >= 0], minlength=len(then.people))
    place, there = found_in(now.products, then.products)
    fits = (person >= 0) & there[product]
    bought = np.unique(person[fits] * len(then.products) + place[product[fits]])
    users = np.sort(people[known])
    return Lesson(then, products_of(then), users, bought, sizes[users])


def learn_weights(lessons: Sequence[Lesson]) -> dict[str, float]:
    """The weights, one a feature, in units of the features. ``BadInput``: too few bought again."""
    from sklearn.linear_model import LogisticRegression

    features, wanted, learned = [], [], 0
    for one in lessons:
        users = one.users
        if len(users) > MOST_LEARNED:
            users = np.sort(np.random.default_rng(1).choice(users, MOST_LEARNED, replace=False))
        learned += len(users)
        if len(users):
            asked = asked_of(one.then, one.products, users)
            features.append(asked.features)
            wanted.append(_hits(one, users, asked))
    y = np.concatenate(wanted) if wanted else np.zeros(0, dtype=bool)
    if learned < FEWEST or not 0 < y.sum() < len(y):
        raise BadInput(
            f"To learn what comes next, at least {FEWEST} customers must have bought again within the time"
            f" looked at. You have {learned}.", param="until",
            german="Um zu lernen, was als Nächstes kommt, müssen mindestens"
            f" {FEWEST} Kunden in der betrachteten Zeit wieder gekauft haben. Es sind {learned}.",
        )  # fmt: skip
    X = np.concatenate(features)
    scale = X.std(axis=0)
    scale[scale == 0] = 1
    line = LogisticRegression(C=1.0, max_iter=300).fit((X - X.mean(axis=0)) / scale, y)
    return dict(zip(FEATURES, (line.coef_[0] / scale).tolist(), strict=True))


def ranked(
    baskets: Baskets, products: Products, users: Array, weights: Mapping[str, float]
) -> Ranked:
    """The `SHOWN` best of each of these customers, with the reason."""
    parts = [
        _ranked(baskets, products, users[at : at + AT_ONCE], weights)
        for at in range(0, len(users), AT_ONCE)
    ] or [_ranked(baskets, products, users, weights)]
    return Ranked(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("product", "score", "because", "from_")))  # fmt: skip


def check_products(one: Lesson, weights: Mapping[str, float], days: int) -> ProductCheck:
    """How good the weights are on a day they were not learned from."""
    if len(one.users) > MOST_CHECKED:
        some = np.sort(np.random.default_rng(1).choice(len(one.users), MOST_CHECKED, replace=False))
        one = replace(one, users=one.users[some], size=one.size[some])
    right = {way: np.zeros(len(one.users)) for way in ("learned", "popular", "before")}
    for begin in range(0, len(one.users), AT_ONCE):
        users = one.users[begin : begin + AT_ONCE]
        asked = asked_of(one.then, one.products, users)
        hit = _hits(one, users, asked)
        popular = asked.features[:, FEATURES.index("popular")]
        times = asked.features[:, FEATURES.index("times")]
        scores = {
            "learned": asked.features @ np.array([weights[name] for name in FEATURES]),
            "popular": popular, "before": times + 1e-3 * popular,
        }  # fmt: skip
        for way, score in scores.items():
            top = _top(asked.user, score)
            right[way][begin : begin + len(users)] = np.bincount(asked.user[top], weights=hit[top], minlength=len(users))  # fmt: skip
    of = np.minimum(one.size, SHOWN)
    found = {way: hits / of for way, hits in right.items()}
    against = tuple(
        Error(way, float(found[way].mean()), *paired(found["learned"] - found[way]))
        for way in ("before", "popular")
    )
    return ProductCheck(
        one.then.until, days, len(one.users), float((right["learned"] > 0).mean()), float(found["learned"].mean()),
        {way: float((right[way] > 0).mean()) for way in ("before", "popular")}, against,
    )  # fmt: skip


def _ranked(
    baskets: Baskets, products: Products, users: Array, weights: Mapping[str, float]
) -> Ranked:
    asked = asked_of(baskets, products, users)
    score = asked.features @ np.array([weights[name] for name in FEATURES])
    top = _top(asked.user, score)
    user, place = asked.user[top], _rank(asked.user[top])
    shape = (len(users), SHOWN)
    product, scores = np.full(shape, -1), np.full(shape, -np.inf)
    because, from_ = np.full(shape, "", dtype=object), np.full(shape, -1)
    product[user, place], scores[user, place] = asked.product[top], score[top]
    column = {name: asked.features[top, i] for i, name in enumerate(FEATURES)}
    owned = column["owned"] > 0
    due = owned & (np.maximum(column["due"], column["usual_due"]) > 0.6) & (column["times"] > np.log(2.5))  # fmt: skip
    goes = ~owned & (column["near"] > np.log(1e-4) + 1e-9)
    because[user, place] = np.select([due, owned, goes], ["due", "again", "with"], "popular")
    if goes.any():
        from_[user[goes], place[goes]] = _from(baskets, products, users[user[goes]], asked.product[top][goes])  # fmt: skip
    return Ranked(product, scores, because, from_)


def _from(baskets: Baskets, products: Products, person: Array, product: Array) -> Array:
    """Of each: the product the customer has that it goes with most."""
    owned = baskets.owned
    begins, back = baskets.begins, products.from_
    found = np.full(len(person), -1)
    for i, (who, what) in enumerate(zip(person.tolist(), product.tolist(), strict=True)):
        mine = slice(begins[who], begins[who + 1])
        have, fresh = owned.product[mine], owned.fresh[mine]
        row = slice(back.indptr[what], back.indptr[what + 1])
        place, there = found_in(have, back.indices[row])
        if there.any():
            weight = np.where(there, back.data[row][place] * fresh, 0.0)
            found[i] = have[int(weight.argmax())]
    return found


def _top(user: Array, score: Array) -> Array:
    """Entries of the `SHOWN` best of each user, the best first."""
    order = np.lexsort((-score, user))
    return order[_rank(user[order]) < SHOWN]


def _rank(user: Array) -> Array:
    """0, 1, 2 … within each run of the same."""
    begins = np.flatnonzero(np.r_[True, user[1:] != user[:-1]]) if len(user) else np.zeros(0, dtype=int)  # fmt: skip
    return np.arange(len(user)) - np.repeat(begins, np.diff(np.append(begins, len(user))))


def _hits(one: Lesson, users: Array, asked: Asked) -> Array:
    return found_in(users[asked.user] * len(one.then.products) + asked.product, one.bought)[1]


def _nearness(since: Array, pause: Array) -> Array:
    """1 where it is just as long ago as is usual, less the further from it; 0: nobody can say."""
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.exp(-np.abs(np.log(np.maximum(since / pause, 1e-3))))
    return np.where(np.isfinite(since) & np.isfinite(pause) & (pause > 0), apart, 0.0)


def window_of(rhythm: float) -> int:
    """Days ahead that are looked at: the usual rhythm, four weeks to a quarter."""
    return int(np.clip(round(rhythm), 28, 91))


def days_to_learn(today: date, days: int) -> list[date]:
    """The days gone by from which it is learned and on which it is checked, the newest first: what came after
    each is known."""
    return [today - timedelta(days=days * (i + 1)) for i in range(3)]
