"""The job that erases, and what is over each night."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gern.kit.jobs import every, job
from gern.kit.shop import current_shop, real_today


@job(_("Erasure of a customer"), queue="long")
def erase(pk: str) -> None:
    """Erase whom this erasure is about; done once, it does nothing."""
    from gern.rooms.protect.erasure.services import carry_out
    from gern.rooms.protect.models import Erasure

    found = Erasure.objects.filter(pk=pk, state=Erasure.State.RUNNING).first()
    if found:
        carry_out(current_shop(), found)


@job(_("Tidying: records kept by law whose time is over"))
def tidy() -> None:
    """Delete them."""
    from gern.rooms.protect.erasure.sealed import forget_over
    from gern.rooms.protect.looks.services import forget_old
    from gern.rooms.protect.transfers.services import forget_old as forget_old_transfers

    forget_over(real_today(current_shop()))
    forget_old()
    forget_old_transfers()


every("protect_tidy", tidy, seconds=86_400)
