"""What a set of customers has in common, measured: the ground a persona is drawn on.

Everything is said of at least `LEAST` people and never of all but fewer; beside the share among all
customers where that is another. What is not known of enough of them is not said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gern.core.errors import BadInput
from gern.core.people.listing import Subset
from gern.core.people.profile import buying, contacts, who
from gern.core.people.profile.asking import LEAST, LEAST_MEMBERS, Asking, Measured

if TYPE_CHECKING:
    from gern.core.shop import Shop

__all__ = ["LEAST", "LEAST_MEMBERS", "Measured", "Profile", "profile"]


@dataclass(frozen=True)
class Profile:
    """``size``: of how many customers it is drawn."""

    size: int
    lines: list[Measured]


def profile(shop: Shop, members: Subset, today: date, traits: Sequence[str] = ()) -> Profile:
    """All that can be said of these customers, as of a day. ``traits``: names of what else is said
    of customers. ``BadInput``: there are too few of them."""
    ask = Asking(shop, members, today)
    size = ask.rows("known AS (SELECT person FROM customers SEMI JOIN chosen USING (person))"
                    " SELECT count(*) AS n FROM known")[0]["n"]  # fmt: skip
    if size < LEAST_MEMBERS:
        raise BadInput(
            f"A persona is drawn from {LEAST_MEMBERS} customers or more, so that it shows none of them;"
            f" there are {size}.",
            param="audience",
            german=f"Eine Persona wird aus mindestens {LEAST_MEMBERS} Kunden gezeichnet, damit sie"
            f" keinen von ihnen zeigt; es sind {size}.",
        )
    return Profile(size, [
        *who.ages(ask), *who.places(ask), *who.traits(ask, traits),
        *buying.habits(ask, size), *buying.goods(ask), *buying.times(ask),
        *contacts.contacts(ask, size), *contacts.feelings(ask),
    ])  # fmt: skip
