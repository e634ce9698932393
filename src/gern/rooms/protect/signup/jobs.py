"""Forgetting what nobody confirmed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gern.kit.jobs import every, job


@job(_("Tidying: sign-ups that nobody confirmed"))
def tidy() -> None:
    """Delete them."""
    from gern.rooms.protect.preferences.own_data import forget_over
    from gern.rooms.protect.signup.services import forget_old

    forget_old()
    forget_over()


every("protect_signups", tidy, seconds=86_400)
