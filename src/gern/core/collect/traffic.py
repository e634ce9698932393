"""Bots and internal traffic: recognised when they arrive, kept and marked, in no figure.

Bots by the maintained list of the package *crawler-user-agents*; internal traffic by the shop's
own rules. An address is compared and forgotten: it is never stored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gern.core.errors import BadInput
from gern.core.text import Text

KINDS = {
    "address": Text("Netzadresse", "network address"),
    "host": Text("Rechnername der Seite", "host of the page"),
    "path": Text("Seite beginnt mit", "page begins with"),
    "agent": Text("Browser-Kennung enthält", "browser says"),
    "customer": Text("Kunde", "customer"),
}


@dataclass(frozen=True)
class Rule:
    """One of the shop's own rules. ``mark``: ``internal`` or ``bot``."""

    kind: str
    value: str
    mark: str = "internal"

    def check(self) -> None:
        """``BadInput`` when it could never match."""
        if self.kind not in KINDS or not self.value.strip():
            raise BadInput(
                f"{self.kind} {self.value!r} is no rule. Allowed: {', '.join(KINDS)}, with a"
                " value.",
                param="value",
                german="So eine Regel gibt es nicht: Bitte geben Sie Art und Wert an.",
            )
        if self.kind == "address":
            try:
                ipaddress.ip_network(self.value, strict=False)
            except ValueError:
                raise BadInput(
                    f"{self.value!r} is no address. Allowed: 203.0.113.7 or 203.0.113.0/24.",
                    param="value",
                    german=f"„{self.value}“ ist keine Adresse. Möglich: 203.0.113.7 oder"
                    " 203.0.113.0/24.",
                ) from None


@lru_cache(maxsize=8192)
def is_bot(agent: str) -> bool:
    """Whether the list knows this browser identification as a bot's."""
    import crawleruseragents

    return bool(crawleruseragents.is_crawler(agent))


@lru_cache(maxsize=8192)
def device(agent: str) -> str | None:
    """``phone``, ``tablet`` or ``computer``; None when it says nothing."""
    if not agent:
        return None
    if "iPad" in agent or "Tablet" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    return "phone" if "Mobi" in agent else "computer"


@dataclass(frozen=True)
class Rules:
    """The shop's rules, ready to be asked often."""

    rules: tuple[Rule, ...] = ()

    def mark(
        self, agent: str, address: str, host: str = "", path: str = "", customer: str | None = None
    ) -> str | None:
        """``bot``, ``internal`` or None. The shop's own rules come first."""
        for rule in self.rules:
            if _matches(rule, agent, address, host, path, customer):
                return rule.mark
        return "bot" if agent and is_bot(agent) else None


def _matches(
    rule: Rule, agent: str, address: str, host: str, path: str, customer: str | None
) -> bool:
    if rule.kind == "address":
        return _within(rule.value, address)
    if rule.kind == "host":
        return host == rule.value or host.endswith("." + rule.value)
    if rule.kind == "path":
        return bool(path) and path.startswith(rule.value)
    if rule.kind == "agent":
        return rule.value.lower() in agent.lower()
    return customer is not None and customer == rule.value


@lru_cache(maxsize=8192)
def _within(network: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def rules_of(rules: Sequence[tuple[str, str, str]]) -> Rules:
    """From (kind, value, mark)."""
    return Rules(tuple(Rule(*rule) for rule in rules))
