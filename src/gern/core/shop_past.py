"""The part of a shop that says what would have been predicted on days gone by: see `predict.past`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date

from gern.core.engines.names import Array
from gern.core.engines.question import Question
from gern.core.errors import BadInput
from gern.core.predict import past
from gern.core.predict.dayfiles import newest
from gern.core.predict.orders_then import instant_of
from gern.core.predict.risk import scores_then
from gern.core.predict.scores import NAME as RISK_FILE
from gern.core.shop_predict import ShopPredict


class ShopPast(ShopPredict):
    """What `Shop` answers."""

    def keep_past(self, seconds: float) -> int:
        """Tell of the first of each of the last twelve months what would have been told then, the latest
        first, as far as the time allows, but one at least; how many days were told. Nothing is told where nothing was
        learned of today either."""
        span, until, told = self.span(), time.monotonic() + seconds, 0
        wanted = past.days_wanted(span[0], self.today()) if span else []
        card, known = self.risk_card(), self.known_for_risk()
        tell: list[tuple[str, Callable[[date], Mapping[str, Array]]]] = []
        if self.worths_day():
            tell.append((past.VALUE, self._worths))
        if card and newest(self.home, RISK_FILE):
            way = card.taken
            tell.append((past.RISK, lambda day: scores_then(self.door, known, day, way).columns))
        bought = self._purchases_before(wanted) if tell else {}
        for day in wanted:
            for name, work in tell:
                if past.is_told(self.home, self.manifest, name, day, bought[day]):
                    continue
                if told and time.monotonic() > until:
                    return self._told(told)
                self._keep_then(name, day, work, bought[day])
                told += 1
        return self._told(told)

    def _purchases_before(self, days: list[date]) -> dict[date, int]:
        counts = ", ".join(
            f"count(*) FILTER (ts < TIMESTAMP '{instant_of(day, self.zone):%Y-%m-%d %H:%M:%S}') AS n{i}"
            for i, day in enumerate(days)
        )
        if not days:
            return {}
        sql = f"SELECT {counts} FROM orders WHERE purchase AND person IS NOT NULL"
        row = self.door.ask(Question(sql, {}, "purchases before a day"))[0]
        return {day: int(row[f"n{i}"]) for i, day in enumerate(days)}

    def _keep_then(
        self, name: str, day: date, work: Callable[[date], Mapping[str, Array]], bought: int
    ) -> None:
        try:
            columns = work(day)
        except BadInput:  # too little was known then
            past.keep(self.home, self.manifest, name, day, None, bought)
            return
        path = past.keep(self.home, self.manifest, name, day, columns, bought)
        self._unless_erased(path, columns["person"])
