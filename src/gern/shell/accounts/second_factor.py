"""Who has a second factor, and of whom the shop asks one."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from gern.kit.access import may
from gern.kit.secrets import renewed
from gern.kit.shop import current_shop

_ASKED = {"nobody": None, "admins": "admin", "people": "editor", "everybody": "user"}
"""Setting → the least access from which one is asked for."""


def has_one(user: Any) -> bool:
    """An authenticator app or a key; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    ).exists()  # fmt: skip


def is_due(user: Any) -> bool:
    """The shop asks for one, and this user has none."""
    least = _ASKED[str(current_shop().setting("second_factor").value)]
    if least is None or not user.is_authenticated:
        return False
    return may(user, least, "anywhere") and not has_one(user)  # type: ignore[arg-type]


def remove(user: Any) -> int:
    """All of them, so that the password alone lets in; how many there were."""
    return int(Authenticator.objects.filter(user=user).delete()[0])


def renew() -> int:
    """Secrets of apps and recovery codes under the newest key, see `kit.secrets`."""
    factors = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    return sum(_renew_one(factors.filter(pk=pk)) for pk in factors.values_list("pk", flat=True))


def _renew_one(factor: Any) -> int:
    """Of one of them; a code that is used meanwhile stays used."""
    for _try in range(20):
        data = factor.values_list("data", flat=True).first()
        if data is None:
            return 0
        if factor.filter(data=data).update(data=_renewed(data)):
            return len(set(_HIDDEN) & set(data))
    raise RuntimeError("A second factor changes faster than it can be hidden anew; try again.")


_HIDDEN = ("secret", "seed", "migrated_codes")


def _renewed(data: dict[str, Any]) -> dict[str, Any]:
    found = dict(data)
    for key in set(_HIDDEN) & set(data):
        value = data[key]
        found[key] = [renewed(one) for one in value] if isinstance(value, list) else renewed(value)
    return found
