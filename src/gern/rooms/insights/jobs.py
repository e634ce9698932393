"""What makes figures of long periods quick, made ahead of the question."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from gern.core.engines import compiled
from gern.kit.jobs import every, job
from gern.kit.shop import current_shop


@job(gettext_lazy("Sorting the log for quick figures"), queue="long", attempts=1)
def prepare() -> None:
    """The spine and the files of orders and lines, where they are missing or too old; the code that
    walks over the spine."""
    shop = current_shop()
    shop.door.prepare()
    if shop.door.has_spine():
        compiled.prepare(shop.home)


every("insights_prepare", prepare, seconds=300)
