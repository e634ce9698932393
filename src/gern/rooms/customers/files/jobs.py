"""What lies among the files without belonging to anybody is deleted."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop
from gern.rooms.customers.files.services import sweep


@job(gettext_lazy("Tidying: files without a customer"))
def sweep_files() -> None:
    """See `services.sweep`."""
    sweep(current_shop())


every("customers_files", sweep_files, seconds=24 * 3600)
