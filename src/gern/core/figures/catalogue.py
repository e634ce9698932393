"""Every figure there is, by id."""

from __future__ import annotations

from gern.core.errors import BadInput
from gern.core.figures import (
    asked,
    conversion,
    interaction,
    loyalty,
    mails,
    purchases,
    reach,
    retention,
    service,
)  # fmt: skip
from gern.core.figures.definition import Figure
from gern.core.figures.waiting import WAITING

FIGURES: dict[str, Figure] = {
    figure.id: figure
    for family in (
        retention,
        purchases,
        conversion,
        loyalty,
        reach,
        interaction,
        mails,
        asked,
        service,
    )
    for figure in family.FIGURES
}


def figure_named(id: str) -> Figure:
    """The figure with this id; ``BadInput`` lists the ids there are."""
    if id in WAITING:
        waiting = WAITING[id]
        raise BadInput(
            f"{id} cannot be computed yet; it waits for: {waiting.waits_for.en}.",
            param="figure",
            german=f"„{waiting.name.de}“ lässt sich noch nicht berechnen; es fehlt:"
            f" {waiting.waits_for.de}.",
        )
    try:
        return FIGURES[id]
    except KeyError:
        raise BadInput(
            f"There is no figure {id!r}. There are: {', '.join(FIGURES)}.",
            param="figure",
            german=f"Die Kennzahl „{id}“ gibt es nicht. Es gibt: {', '.join(FIGURES)}.",
        ) from None
