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
    from gern.kit.bundle import chart_bundle
    from gern.kit.shop import current_shop
    from gern.rooms.insights.pictures import trend
    from gern.rooms.insights.queries import briefing, families

    try:
        chart_bundle()
        shop = current_shop()
        briefing(shop)
        for family in families(shop, shop.usual_period())[:1]:
            trend(family.tiles[0])  # loads the chart library
    except Exception:
        # the pages compute it themselves, then
        structlog.get_logger("gern").exception("warm_up_failed")
