"""Looking at all watched figures once a day, and what comes of it: one message, not forty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gern.core.figures.asking import Granularity, first_day
from gern.core.figures.compute import Point
from gern.core.figures.definition import Figure
from gern.core.figures.watching import Watched
from gern.core.shop import Shop
from gern.core.zones import zone_named
from gern.kit.alerts import forget_alerts
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
    return [
        figure for figure in shop.figures()
        if said.get(figure.id, figure.id in USUALLY) and not shop.waits_for(figure)
    ]  # fmt: skip


def is_watched(figure: Figure) -> bool:
    """Whether it is, or would be if it had data."""
    found = Watch.objects.filter(figure=figure.id).first()
    return found.on if found else figure.id in USUALLY


def notes_of(figure: Figure) -> list[TimeNote]:
    """What is noted for this figure or for all, oldest first."""
    return list(TimeNote.objects.filter(figure__in=("", figure.id)).order_by("day", "pk"))


def seen_now(shop: Shop, figure: Figure, band: Band | None) -> Seen:
    """What is thought of a figure today."""
    day = shop.today()
    watched: Watched = queries.once(shop, ("watch", figure.id, day), partial(shop.watch, figure.id))
    kind: str | None = watched.verdict.kind
    if kind in ("above", "below"):
        nothing = watched.point is not None and watched.point.n == 0
        kind = Alarm.Kind.NO_DATA.value if nothing and kind == "below" else kind
    elif watched.point is not None and watched.point.value is None and watched.verdict.low is None:
        kind = None
    else:
        kind = _out_of_band(shop, figure, band)
    return Seen(watched, kind)


def last_whole(shop: Shop, figure: Figure, step: Granularity) -> Point | None:
    """The figure's last whole day, week or month."""
    end = first_day(shop.today(), step)
    begin = first_day(end - timedelta(days=1), step)
    points = queries.points(shop, figure, shop.period(begin, end), step)
    return points[0] if points else None


def look(shop: Shop, day: date) -> Look:
    """Look at everything, keep what is out of the ordinary. A second look on a day adds what the
    first did not see and doubles nothing."""
    bands = {band.figure: band for band in Band.objects.all()}
    figures = {f.id: f for f in watched_figures(shop)}
    for id in bands.keys() - figures.keys():
        figures |= {f.id: f for f in shop.figures() if f.id == id and not shop.waits_for(f)}
    seen = [seen_now(shop, figure, bands.get(id)) for id, figure in figures.items()]
    unknown = sum(one.watched.verdict.kind == "unknown" for one in seen)
    with transaction.atomic():
        made, _ = Look.objects.update_or_create(
            day=day, defaults={"figures": len(seen), "unknown": unknown}
        )
        for one in seen:
            if one.kind:
                _keep(shop, made, one, bands.get(one.watched.figure.id))
    forget_alerts()
    return made


def is_due(shop: Shop, now: datetime) -> date | None:
    """The day to look, when it has not been looked at yet."""
    local = now.astimezone(zone_named(shop.zone))
    day = local.date()
    if local.hour < AT_HOUR or shop.span() is None or Look.objects.filter(day=day).exists():
        return None
    return day


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
    if one.kind in (Alarm.Kind.OVER_BAND, Alarm.Kind.UNDER_BAND) and band is not None:
        step, low, high, expected = band.step, band.low, band.high, None  # type: ignore[assignment]
        point = last_whole(shop, figure, step)
    if point is None:
        return
    Alarm.objects.get_or_create(
        figure=figure.id, step=step, day=point.period.start,
        defaults={
            "kind": one.kind, "value": point.value, "expected": expected, "low": low, "high": high,
            "times": min(verdict.times, 1000.0), "look": made,
        },
    )  # fmt: skip
