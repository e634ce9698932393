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
    count = 0
    for one in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN):
        hidden = {k: one.data[k] for k in ("secret", "seed") if one.data.get(k)}
        codes = [renewed(code) for code in one.data.get("migrated_codes", [])]
        one.data |= {key: renewed(value) for key, value in hidden.items()}
        if codes:
            one.data["migrated_codes"] = codes
        one.save(update_fields=["data"])
        count += len(hidden) + len(codes)
    return count
