"""The shop's settings: zone, currency, language, inactivity window, fees; with their history."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gern.core.errors import BadInput
from gern.core.log.manifest import Setting
from gern.core.shop import Shop
from gern.kit.access import allow
from gern.kit.shop import current_shop

NAMES = ("zone", "currency", "language", "window_days", "fees", "profit")
PROFIT = ("margin", "acquisition")


class SetupForm(forms.Form):
    """Checked by the shop itself; its words are shown at the field."""

    zone = forms.CharField(label=gettext_lazy("Business time zone"), max_length=60)
    currency = forms.CharField(label=gettext_lazy("Reporting currency"), max_length=3)
    language = forms.ChoiceField(
        label=gettext_lazy("Language for people who have not chosen one"),
        choices=[("de", "Deutsch"), ("en", "English")],
    )
    window_days = forms.IntegerField(
        label=gettext_lazy("Inactivity window in days"), min_value=1, max_value=3660
    )
    fees = forms.CharField(
        label=gettext_lazy("Product numbers that are postage or fees"), required=False
    )
    margin = forms.DecimalField(
        label=gettext_lazy("Contribution margin, percent of revenue"), required=False,
        min_value=0, max_value=100, decimal_places=2, localize=True,
    )  # fmt: skip
    acquisition = forms.DecimalField(
        label=gettext_lazy("What winning a customer costs"), required=False, min_value=0,
        max_digits=12, decimal_places=2, localize=True,
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """The two amounts are one setting."""
        said = {key: self.cleaned_data.get(key) for key in PROFIT}
        self.cleaned_data["profit"] = {k: format(v, "f") for k, v in said.items() if v is not None}
        return self.cleaned_data


@allow("admin")
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show and change the settings; each change is dated and says who made it."""
    shop = current_shop()
    form = SetupForm(request.POST or None, initial=_values(shop))
    if request.method == "POST" and form.is_valid() and _saved(shop, form, str(request.user)):
        messages.success(request, _("Saved. All figures follow from the next look on."))
        return redirect("settings")
    context = {
        "form": form,
        "profit_fields": [form[key] for key in PROFIT],
        "zones": sorted(z for z in available_timezones() if "/" in z),
        "history": _history(shop),
    }
    return render(request, "shell/settings.html", context)


def _history(shop: Shop) -> list[tuple[str, Setting, str, str]]:
    """(what, the change, its value as text) of the settings of this page."""
    labels = {name: str(field.label) for name, field in SetupForm.base_fields.items()}
    labels["profit"] = _("Margin and cost of winning")
    return [
        (labels[name], change, _told(name, change.value, labels), _by(change.set_by))
        for name, change in shop.manifest.setting_history()
        if name in labels
    ][:50]  # fmt: skip


def _told(name: str, value: Any, labels: Mapping[str, str]) -> str:
    if value is None:
        return _("reset")
    if name == "profit":
        return "; ".join(f"{labels[key]}: {amount}" for key, amount in value.items()) or "–"
    return ", ".join(value) if name == "fees" else str(value)


def _by(name: str) -> str:
    known = {
        "computed": _("computed from the data"),
        "demo": _("demo shop"),
        "demo left": _("end of the demo shop"),
        "first import": _("first import"),
        "import": _("import"),
        "init": "gern init",
        "command line": _("command line"),
    }
    return known.get(name, name)


def _values(shop: Shop) -> dict[str, object]:
    return {
        "zone": shop.zone,
        "currency": shop.currency,
        "language": shop.language,
        "window_days": shop.window_days,
        "fees": ", ".join(shop.fees),
        "profit": (said := dict(shop.setting("profit").value or {})),
        **{key: Decimal(str(said[key])) for key in PROFIT if key in said},
    }


def _saved(shop: Shop, form: SetupForm, by: str) -> bool:
    before = _values(shop)
    for name in NAMES:
        value = form.cleaned_data[name]
        if value == before[name]:
            continue
        if name == "fees":
            value = [v.strip() for v in value.split(",") if v.strip()]
        try:
            shop.change_setting(name, value, by)
        except BadInput as error:
            german = (form.data.get("language") or "").startswith("de")
            form.add_error(
                "margin" if name == "profit" else name, error.german if german else str(error)
            )
            return False
    return True
