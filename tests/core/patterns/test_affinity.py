"""What goes together: by hand, and equal to pandas pair by pair."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pandas as pd
import pytest

from gern.core.errors import BadInput
from gern.core.figures.intervals import wilson
from gern.core.log.event import Event, Line
from gern.core.patterns.affinity import affinity

HEAD = "order;customer;date;product;product_name;quantity;amount\n"


def order(number: int, customer: str, day: str, *products: str) -> str:
    return "".join(f"{number};{customer};{day} 10:00;{p};{p.title()};1;5\n" for p in products)


def told(pairs) -> dict:
    return {(p.a, p.b): (p.n, p.n_a, p.n_b, p.of) for p in pairs}


def test_together_by_hand(shop, bring) -> None:
    bring(HEAD + order(1, "anna", "2024-01-01", "tea", "cup") + order(2, "ben", "2024-01-02", "tea", "cup", "milk")
          + order(3, "cem", "2024-01-03", "tea") + order(4, "", "2024-01-04", "milk")
          + "5;dora;2024-01-05 10:00;tea;Tea;-1;-5\n5;dora;2024-01-05 10:00;cup;Cup;1;5\n")  # fmt: skip
    pairs = shop.affinity("2024-01-01", "2024-02-01", least=2)
    assert told(pairs) == {("tea", "cup"): (2, 3, 3, 5), ("cup", "tea"): (2, 3, 3, 5)}
    first = pairs[0]
    assert (first.a_name, first.support, first.confidence) == ("Cup", 2 / 5, 2 / 3)
    assert first.lift == pytest.approx((2 / 3) / (3 / 5))
    assert (first.low * 100, first.high * 100) == pytest.approx(wilson(2, 3))
    assert told(shop.affinity("2024-01-01", "2024-01-02", least=2)) == {}
    with pytest.raises(BadInput, match="2 cases"):
        shop.affinity("2024-01-01", "2024-02-01", least=1)
    with pytest.raises(BadInput, match="together, after"):
        shop.affinity("2024-01-01", "2024-02-01", how="before")


def test_after_one_another_by_hand(shop, bring) -> None:
    """Strictly later than the first A: cem bought both at once, dora the other way round."""
    bring(HEAD + order(1, "anna", "2024-01-01", "pot") + order(2, "anna", "2024-01-05", "tea")
          + order(3, "ben", "2024-01-01", "pot", "tea") + order(4, "ben", "2024-01-09", "tea")
          + order(5, "cem", "2024-01-01", "pot", "tea")
          + order(6, "dora", "2024-01-01", "tea") + order(7, "dora", "2024-01-02", "pot"))  # fmt: skip
    assert told(shop.affinity("2024-01-01", "2024-02-01", how="after", least=2)) == {
        ("pot", "tea"): (2, 4, 4, 4)
    }


def test_lines_of_one_purchase_are_at_once(shop, bring) -> None:
    rows = [
        f"{i};c{i};2024-01-0{i} 10:0{n};{p};{p};1;5\n"
        for i in (1, 2, 3)
        for n, p in enumerate(("tea", "cup"))
    ]
    bring(HEAD + "".join(rows))
    assert shop.affinity("2024-01-01", "2024-02-01", how="after", least=2) == []
    assert len(shop.affinity("2024-01-01", "2024-02-01", least=2)) == 2


def test_fees_are_no_products(shop, bring) -> None:
    shop.change_setting("fees", ["post"], "test")
    bring(HEAD + "".join(order(i, "anna", f"2024-01-0{i}", "tea", "post") for i in (1, 2, 3)))
    assert shop.affinity("2024-01-01", "2024-02-01", least=2) == []


def test_what_somebody_may_want_next(shop, bring) -> None:
    rows = [order(i, f"c{i}", "2024-01-01", "tea", "cup") for i in range(30)]
    rows += [order(100 + i, f"d{i}", "2024-01-01", "milk") for i in range(60)]
    bring(HEAD + "".join(rows) + order(900, "anna", "2024-01-02", "tea"))
    found = shop.next_products("anna", "2024-01-01", "2024-02-01", least=20)
    assert [(p.a, p.b) for p in found] == [("tea", "cup")]
    assert shop.next_products("c1", "2024-01-01", "2024-02-01", least=20) == []
    assert shop.next_products("nobody", "2024-01-01", "2024-02-01", least=20) == []


def test_online_retail_as_pandas_says(online_retail) -> None:
    lines = pd.DataFrame(online_retail.query(
        "SELECT source, order_id, person, product, at AS ts FROM lines JOIN (SELECT source AS s, order_id AS o, ts AS at FROM orders"
        " WHERE purchase) ON s = source AND o = order_id WHERE quantity > 0 AND product IS NOT NULL"
        " AND at >= TIMESTAMP '2011-03-01' AND at < TIMESTAMP '2011-03-29'"))  # fmt: skip
    lines = lines[~lines["product"].isin(online_retail.fees)]
    baskets = lines.groupby("order_id")["product"].agg(set)
    alone, pairs = Counter(), Counter()
    for basket in baskets:
        alone.update(basket)
        pairs.update(combinations(sorted(basket), 2))
    expected = {}
    for (a, b), n in pairs.items():
        if n >= 25:
            expected[a, b] = (n, alone[a], alone[b], len(baskets))
            expected[b, a] = (n, alone[b], alone[a], len(baskets))
    assert len(expected) > 20
    assert told(online_retail.affinity("2011-03-01", "2011-03-29", least=25)) == expected

    firsts, lasts = defaultdict(dict), defaultdict(dict)
    for row in lines.dropna(subset=["person"]).sort_values("ts").itertuples():
        firsts[row.person].setdefault(row.product, row.ts)
        lasts[row.person][row.product] = row.ts
    have, later = Counter(), Counter()
    for person, own in firsts.items():
        have.update(own.keys())
        later.update((a, b) for a in own for b in own if a != b and lasts[person][b] > own[a])
    expected = {(a, b): (n, have[a], have[b], len(firsts)) for (a, b), n in later.items() if n >= 4}
    assert len(expected) > 10
    assert (
        told(online_retail.affinity("2011-03-01", "2011-03-29", how="after", least=4)) == expected
    )


def test_rhythm_equal_to_pauses_counted_by_hand(shop) -> None:
    """Twice on a day is once; a day is local; cancelled and returned ones do not count."""

    def buy(who: str, order: str, ts: datetime, product: str = "milk", quantity: int = 1) -> Event:
        line = Line(
            product=product, product_name=product.title(), quantity=quantity, amount=quantity
        )
        return Event(source="s", id=order, name="Order Completed", customer=who, ts=ts, order=order,
                     currency="EUR", lines=(line,))  # fmt: skip

    day = datetime(2024, 3, 1, 12, tzinfo=UTC)
    shop.log.append([
        buy("anna", "1", day), buy("anna", "2", day + timedelta(hours=3)),
        buy("anna", "3", day + timedelta(days=7)), buy("anna", "4", day + timedelta(days=21)),
        buy("ben", "5", day), buy("ben", "6", day + timedelta(days=10)),
        buy("cem", "7", day), buy("cem", "8", day + timedelta(days=5), quantity=-1),
        buy("dora", "9", datetime(2024, 3, 9, 22, 30, tzinfo=UTC)),
        buy("dora", "10", datetime(2024, 3, 9, 23, 30, tzinfo=UTC)),  # the next day in Berlin
        buy("emil", "11", day, "salt"), buy("emil", "12", day + timedelta(days=3), "salt"),
    ])  # fmt: skip
    found = shop.rhythms("2024-03-01", "2024-04-01", least=2)
    assert [(r.name, r.buyers, r.again, r.median_days, r.low_days, r.high_days) for r in found] == [
        ("Milk", 4, 3, 8.5, 5.5, 11.0)
    ]  # pauses of 7 and 14, 10, 1
    assert shop.rhythms("2024-03-01", "2024-04-01") == []
    with pytest.raises(BadInput):
        shop.rhythms("2024-03-01", "2024-04-01", least=1)


def test_next_products_are_those_of_the_whole_list(online_retail) -> None:
    """Only pairs that begin with what they have are looked at, and yet the same come out."""
    days = ("2011-06-01", "2011-12-10")
    for how in ("together", "after"):
        pairs = affinity(online_retail.door, online_retail.period(*days), how=how, least=60)
        person = "12748"
        owned = set(online_retail.products_of(person))
        expected = {}
        for p in pairs:
            if p.a in owned and p.b not in owned and p.low * p.of > p.n_b:
                best = expected.get(p.b)
                if best is None or (-p.low, p.a) < (-best.low, best.a):
                    expected[p.b] = p
        ranked = sorted(expected.values(), key=lambda p: (-p.low, -p.n, p.a, p.b))[:5]
        assert (
            online_retail.next_products(person, *days, how=how, least=60)[: len(ranked)] == ranked
        )
        assert ranked or len(pairs) == 1000
