"""The audiences of the shop as the library knows them, and what they are called."""

from __future__ import annotations

from gern.core.audiences.rule import Rule, Rules
from gern.core.conditions.nodes import Condition, Member
from gern.core.conditions.tree import from_json, leaves
from gern.core.conditions.words import Names, said
from gern.core.errors import BadInput
from gern.core.shop import Shop
from gern.core.text import Text
from gern.rooms.customers.models import Audience, Listed


def rules(shop: Shop, also: Condition | None = None) -> Rules:
    """All of them. Of lists the people are read only where another audience, or the condition
    ``also``, asks for them."""
    found = {audience.pk: audience for audience in Audience.objects.all()}
    conditions = {id: readable(audience) for id, audience in found.items()}
    for id, audience in list(found.items()):
        if audience.condition and conditions[id] is None:  # of a later version, say
            del found[id]
    asked = {leaf.audience for c in (*conditions.values(), also) if c for leaf in leaves(c) if isinstance(leaf, Member)}  # fmt: skip
    return {
        id: Rule(conditions.get(id), audience.query,
                 listed(shop, id) if audience.kind == Audience.LIST and id in asked else ())
        for id, audience in found.items()
    }  # fmt: skip


def listed(shop: Shop, id: int) -> tuple[str, ...]:
    """Who is on a list, under the id they have now."""
    names = Listed.objects.filter(audience=id).values_list("person", flat=True)
    return tuple(sorted(set(shop.log.people(names))))


def names(shop: Shop) -> Names:
    """What audiences and figures are called in a condition's words."""
    audiences = Audience.objects.values_list("pk", "name")
    found = {("audience", str(id)): Text(f"„{name}“", f"“{name}”") for id, name in audiences}
    return found | {("figure", figure.id): figure.name for figure in shop.figures()}


def in_words(shop: Shop, condition: Condition) -> Text:
    """The condition as a sentence."""
    return said(condition, names(shop))


def readable(audience: Audience) -> Condition | None:
    """Its rule; None: it has none, or none that can be read."""
    try:
        return from_json(audience.condition) if audience.condition else None
    except BadInput:
        return None
