"""Roles of the firm's own: made, changed, removed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gern.kit.access import FIELDS, ROOMS, allow
from gern.shell.accounts.models import OwnRole

LEVELS = [
    ("none", gettext_lazy("nothing")),
    ("viewer", gettext_lazy("viewer: figures")),
    ("editor", gettext_lazy("editor: also people")),
    ("admin", gettext_lazy("admin: everything")),
]


class OwnRoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field a room beside the model's."""

    hidden = forms.MultipleChoiceField(
        label=gettext_lazy("Hidden of customers"), choices=list(FIELDS.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    class Meta:
        model = OwnRole
        fields = ["name", "hidden", "own_only"]
        labels = {
            "name": gettext_lazy("Name"),
            "own_only": gettext_lazy("Only the customers they look after"),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for room, label in ROOMS.items():
            self.fields[f"room_{room}"] = forms.ChoiceField(
                label=label, choices=LEVELS, initial=self.instance.rooms.get(room, "none")
            )

    @property
    def of_rooms(self) -> list[forms.BoundField]:
        """The fields of the rooms."""
        return [self[f"room_{room}"] for room in ROOMS]

    @property
    def single(self) -> Any:
        """What is shown as usual: the name."""
        return {"hidden_fields": [], "visible_fields": [self["name"]]}

    def save(self, commit: bool = True) -> Any:
        """With the rooms."""
        self.instance.rooms = {room: self.cleaned_data[f"room_{room}"] for room in ROOMS}
        return super().save(commit)


@allow("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def own_role(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One of them, or a new one."""
    role = get_object_or_404(OwnRole, pk=pk) if pk else OwnRole()
    if request.method == "POST" and "remove" in request.POST and pk and not role.users.exists():
        role.delete()
        messages.success(request, _("The role is gone."))
        return redirect("users")
    form = OwnRoleForm(request.POST or None, instance=role)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("users")
    users = role.users.values_list("email", flat=True) if pk else []
    context = {"form": form, "role": role, "users": users, "section": "settings"}
    return render(request, "accounts/own_role.html", context, status=422 if form.errors else 200)
