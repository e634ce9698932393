"""What makes figures of long periods quick, made ahead of the question."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop


@job(gettext_lazy("Sorting the log for figures of long periods"), queue="long", attempts=1)
def make_spine() -> None:
    """The spine, when the log is large enough and it is missing or too old."""
    current_shop().door.make_spine()


every("insights_spine", make_spine, seconds=300)
