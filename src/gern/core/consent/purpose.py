"""What customers are contacted for, and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gern.core.text import Text

CHANNELS = {
    "email": Text("E-Mail", "e-mail"),
    "phone": Text("Telefon", "phone"),
    "sms": Text("SMS", "text message"),
    "post": Text("Brief", "letter"),
}
ADDRESS = {"email": "email", "phone": "phone", "sms": "phone", "post": "street"}
"""Channel → the column of ``customers`` without which nothing can be sent."""
CALLED = {
    "email": ("email", "e-mail", "mail", "e_mail"),
    "phone": ("phone", "telefon", "telephone", "call", "anruf"),
    "sms": ("sms", "text", "textmessage"),
    "post": ("post", "letter", "brief", "postal", "direct mail"),
}
"""What channels are called in what is sent."""
ADVERTISING, SERVICE = "advertising", "service"


@dataclass(frozen=True)
class Purpose:
    """``called``: what it is called in consents, as sent, without case. ``kind``: `ADVERTISING`
    (surveys are that too) or `SERVICE`, what a contract needs. ``needs_proof``: a consent without
    evidence does not count. ``own_goods``: it advertises own goods like those bought, and
    ``told_since``: since when customers are told at every sale that they can object (UWG §7(3))."""

    id: str
    called: tuple[str, ...]
    kind: str = ADVERTISING
    needs_proof: bool = True
    own_goods: bool = False
    told_since: date | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it has."""
        return tuple(dict.fromkeys(name.strip().lower() for name in (self.id, *self.called)))
