"""Looking at all watched figures once a day, and what comes of it: one message, not forty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import pairwise

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gern.core.engines.question import Question
from gern.core.figures.asking import Granularity, first_day
from gern.core.figures.compute import Point
from gern.core.figures.definition import Figure
from gern.core.figures.watching import Watched
from gern.core.shop import Shop
from gern.kit.alerts import forget_alerts
from gern.kit.shop import local
from gern.rooms.insights import queries
from gern.rooms.insights.models import Alarm, Band, Look, TimeNote, Watch

USUALLY = (
    "revenue", "orders", "average_order_value", "conversion_rate", "visits",
    "abandonment_rate_carts", "bounce_rate", "open_rate", "unsubscribe_rate", "tickets_solved",
    "first_response_time", "complaints", "csat_mean", "nps", "retention_rate_strict", "downloads",
)  # fmt: skip
"""Watched where nobody said otherwise and there are data."""
AT_HOUR = 5
"""Local hour from which yesterday is looked at: what came late in the night is in."""
OPEN_DAYS = 14
"""An alarm nobody has marked as seen is shown for so long."""
log = structlog.get_logger("gern.watching")


@dataclass(frozen=True)
class Seen:
    """A watched figure and what is thought of it."""

    watched: Watched
    kind: str | None
    """Of an alarm; None: nothing to say, or not known."""


def watched_figures(shop: Shop) -> list[Figure]:
    """The figures that are looked after: those switched on, and the usual ones not switched off."""
    said = dict(Watch.objects.values_list("figure", "on"))
    return [f for f in queries.ready(shop) if said.get(f.id, f.id in USUALLY)]


def is_watched(figure: Figure) -> bool:
    """Whether it is, or would be if it had data."""
    found = Watch.objects.filter(figure=figure.id).first()
    return found.on if found else figure.id in USUALLY


def notes_of(figure: Figure) -> list[TimeNote]:
    """What is noted for this figure or for all, oldest first."""
    return list(TimeNote.objects.filter(figure__in=("", figure.id)).order_by("day", "pk"))


def seen_now(shop: Shop, figure: Figure, band: Band | None, watched: bool) -> Seen:
    """What is thought of a figure today. ``watched`` False: only its band counts."""
    day = shop.today()
    found: Watched = queries.once(shop, ("watch", figure.id, day), partial(shop.watch, figure.id))
    kind = _out_of_band(shop, figure, band)
    if watched and found.missing:
        kind = Alarm.Kind.NO_DATA.value
    elif watched and found.verdict.kind in ("above", "below"):
        kind = found.verdict.kind
    return Seen(found, kind)


def last_whole(shop: Shop, figure: Figure, step: Granularity) -> Point | None:
    """The figure's last whole day, week or month."""
    end = first_day(shop.today(), step)
    begin = first_day(end - timedelta(days=1), step)
    points = queries.points(shop, figure, shop.period(begin, end), step)
    return points[0] if points else None


def look(shop: Shop, now: datetime) -> Look:
    """Look at everything, keep what is out of the ordinary. A second look on a day doubles nothing
    and takes back what is no longer so, unless somebody has seen it."""
    day = local(shop, now).date()
    bands = {band.figure: band for band in Band.objects.all()}
    watched = {f.id for f in watched_figures(shop)}
    seen, broken = [], 0
    for figure in queries.ready(shop):
        if figure.id not in watched | bands.keys():
            continue
        try:
            seen.append(seen_now(shop, figure, bands.get(figure.id), figure.id in watched))
        except Exception:  # one that cannot be computed must not silence the others
            log.exception("watch_failed", figure=figure.id)
            broken += 1
    unknown = broken + sum(one.watched.verdict.kind == "unknown" for one in seen)
    with transaction.atomic():
        made, _ = Look.objects.update_or_create(
            day=day, defaults={"figures": len(seen) + broken, "unknown": unknown, "at": now}
        )
        made.alarms.filter(seen=None).delete()
        for one in seen:
            if one.kind:
                _keep(shop, made, one, bands.get(one.watched.figure.id))
        if silent := silent_since(shop, now):
            Alarm.objects.get_or_create(
                figure="", step="day", day=silent, defaults={"kind": "no_data", "look": made}
            )
        else:
            Alarm.objects.filter(figure="", seen=None).delete()  # they have come
    forget_alerts()
    return made


def silent_since(shop: Shop, now: datetime) -> date | None:
    """The first whole day without any data, when they have been missing for longer than ever in the
    last quarter in which there were some; None: they come as they use to."""
    days = shop.span()
    if days is None or shop.demo is not None:
        return None
    today, last = local(shop, now).date(), days[1]
    if shop.today(now) != today:
        return None  # old data, looked at as of their own end
    found = shop.door.ask(
        Question(
            "SELECT DISTINCT CAST(ts AS DATE) AS day FROM rows WHERE ts >= $since ORDER BY day",
            {"since": datetime.combine(last - timedelta(days=90), time())},
            "days with data",
        )
    )
    gaps = [(later["day"] - earlier["day"]).days for earlier, later in pairwise(found)]
    return last + timedelta(days=1) if (today - last).days - 1 > max([1, *gaps]) else None


def is_due(shop: Shop, now: datetime) -> bool:
    """Whether it is morning and nobody has looked since five."""
    here = local(shop, now)
    if here.hour < AT_HOUR or shop.span() is None:
        return False
    last = Look.objects.filter(day=here.date()).first()
    return last is None or local(shop, last.at).hour < AT_HOUR


def open_alarms() -> QuerySet[Alarm]:
    """Those nobody has marked as seen, of the last days, gravest first."""
    since = timezone.now() - timedelta(days=OPEN_DAYS)
    return Alarm.objects.filter(seen=None, look__at__gte=since).order_by("-times", "pk")


def _out_of_band(shop: Shop, figure: Figure, band: Band | None) -> str | None:
    if band is None:
        return None
    point = last_whole(shop, figure, band.step)  # type: ignore[arg-type]
    if point is None or point.value is None:
        return None
    if band.low is not None and point.value < band.low:
        return Alarm.Kind.UNDER_BAND.value
    if band.high is not None and point.value > band.high:
        return Alarm.Kind.OVER_BAND.value
    return None


def _keep(shop: Shop, made: Look, one: Seen, band: Band | None) -> None:
    figure, verdict, point = one.watched.figure, one.watched.verdict, one.watched.point
    step, low, high, expected = one.watched.step, verdict.low, verdict.high, verdict.expected
    times = min(verdict.times, 1000.0)
    if one.kind in (Alarm.Kind.OVER_BAND, Alarm.Kind.UNDER_BAND) and band is not None:
        step, low, high, expected = band.step, band.low, band.high, None  # type: ignore[assignment]
        point = last_whole(shop, figure, step)
        times = 1 + _outside(point, band)
    if point is None:
        return
    Alarm.objects.get_or_create(
        figure=figure.id, step=step, day=point.period.start,
        defaults={
            "kind": one.kind, "value": point.value, "expected": expected, "low": low, "high": high,
            "times": times, "look": made,
        },
    )  # fmt: skip


def _outside(point: Point | None, band: Band) -> float:
    """How far outside of its band, in widths of it."""
    if point is None or point.value is None:
        return 0.0
    ends = [end for end in (band.low, band.high) if end is not None]
    width = max(ends) - min(ends) or max(abs(end) for end in ends) or 1.0
    return min(min(abs(point.value - end) for end in ends) / width, 1000.0)
