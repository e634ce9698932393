"""The form of a target: SMART, or it says what is missing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gern.core.figures.periods import LATEST
from gern.core.shop import Shop
from gern.kit import formats
from gern.rooms.insights import queries
from gern.rooms.insights.models import Department, Target


class TargetForm(forms.ModelForm[Target]):
    """Specific (figure), measurable (value), attainable (what it was is shown), relevant (why),
    dated; with somebody who answers for it."""

    class Meta:
        model = Target
        fields = ["figure", "sense", "value", "span", "due", "owner", "department", "why"]
        widgets = {"due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        labels = {
            "figure": gettext_lazy("Figure"), "sense": gettext_lazy("shall be"),
            "value": gettext_lazy("Target value"), "span": gettext_lazy("measured over"),
            "due": gettext_lazy("by"), "owner": gettext_lazy("Who answers for it"),
            "department": gettext_lazy("Department"), "why": gettext_lazy("Why it matters"),
        }  # fmt: skip

    def __init__(self, shop: Shop, *args: Any, **options: Any):
        super().__init__(*args, **options)
        ready = queries.ready(shop)
        known = {self.instance.figure, self.initial.get("figure")}
        names = {f.id: formats.text(f.name) for f in shop.figures()
                 if f in ready or f.id in known}  # fmt: skip
        self.fields["figure"] = forms.ChoiceField(
            label=self.fields["figure"].label,
            choices=sorted(names.items(), key=lambda item: item[1].casefold()),
        )
        self.fields["value"].widget.attrs["step"] = "any"
        self.fields["owner"].queryset = get_user_model().objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["owner"].required = True
        self.fields["department"].queryset = Department.objects.all()  # type: ignore[attr-defined]
        if self.instance.pk:  # as many digits as it has, not as the column could hold
            self.initial["value"] = f"{self.instance.value.normalize():f}"
        self.shop = shop

    def clean_due(self) -> Any:
        """A day to come, unless it stays what it was."""
        due, today = self.cleaned_data["due"], self.shop.today()
        if self.instance.pk and due == self.instance.due:
            return due
        if due <= today or due > LATEST:
            raise forms.ValidationError(_("Choose a day to come: a target has a date."))
        return due
