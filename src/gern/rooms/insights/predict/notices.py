"""A model that holds no more is told on every page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from gern.kit import formats
from gern.kit.alerts import Alert
from gern.kit.shop import current_shop


def alerts() -> list[Alert]:
    """Whether the model of value has drifted."""
    found = current_shop().drifted()
    if found is None:
        return []
    text = _("Customers buy otherwise than predicted: in %(days)s days %(expected)s purchases were expected, there were %(happened)s")  # fmt: skip
    said = {"days": formats.number(found.days), "expected": formats.number(round(found.expected)),
            "happened": formats.number(round(found.happened))}  # fmt: skip
    return [Alert(text % said, reverse("models"), "viewer")]
