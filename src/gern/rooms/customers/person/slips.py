"""A form of the customer's page that was not taken: shown again as it was filled in, with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict


@dataclass(frozen=True)
class Slip:
    """``part``: the part of the page the form is in; ``choices``: the customers (``person``,
    ``name``, ``city``) it may have meant."""

    part: str
    said: str
    given: QueryDict
    choices: Sequence[dict[str, Any]] = ()
