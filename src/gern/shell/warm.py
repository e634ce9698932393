"""What is done in the background when the server starts, so that the first page is quick."""

from __future__ import annotations

import threading

import structlog


def warm_up() -> None:
    """Start upkeep and workers, make the chart bundle, compute the pages' figures once."""
    from gern.core.log.changes import sweep_temporary
    from gern.kit.jobs.worker import start_workers
    from gern.kit.shop import current_shop
    from gern.shell.upkeep import start_upkeep

    sweep_temporary(current_shop().home)
    start_upkeep()
    start_workers(current_shop().home)
    threading.Thread(target=_in_background, name="warm-up", daemon=True).start()


def _in_background() -> None:
    from gern.core.engines import compiled
    from gern.kit.bundle import chart_bundle
    from gern.kit.shop import current_shop
    from gern.rooms.insights import pictures, queries

    try:
        chart_bundle()
        shop = current_shop()
        if shop.span() is None:
            return
        if shop.door.has_spine():
            compiled.prepare(shop.home)
        period = queries.briefing(shop).period
        answers = [queries.tile(shop, figure, period).answer for figure in queries.ready(shop)]
        for answer in answers[:1]:  # loads the chart library
            pictures.trend(queries.trend(shop, answer.figure, period), answer)
    except Exception:
        # the pages compute it themselves, then
        structlog.get_logger("gern").exception("warm_up_failed")
