"""Erasure registry of the room: who laid what down, to whom reports go, and which customers contested a
score. Scores themselves are computed; their file lies in the cache, which goes with every erasure."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q

from gern.kit.registry import Eraser, Exporter, Store, register, register_rows
from gern.rooms.insights import models

_NAMES: dict[type[Model], tuple[tuple[str, ...], str]] = {
    models.Department: (("by",), "who added which department"),
    models.Target: (("owner", "by"), "who answers for which target"),
    models.Band: (("by",), "who set which band"),
    models.TimeNote: (("by",), "who noted what"),
    models.Watch: (("by",), "who has which figure watched"),
    models.Alarm: (("seen_by",), "who has seen which alarm"),
    models.AlarmReader: (("user",), "who gets alarms by mail"),
    models.Dashboard: (("owner", "by"), "whose dashboard it is"),
    models.SavedPattern: (("owner", "by"), "whose question about patterns it is"),
    models.SharedLink: (("by",), "who made which link"),
}


def _mine(model: type[Model], fields: tuple[str, ...], email: str) -> Any:
    any_of = Q()
    for field in fields:
        any_of |= Q(**{f"{field}__email__iexact": email})
    return model._default_manager.filter(any_of)


def _exporter(model: type[Model], fields: tuple[str, ...]) -> Exporter:
    return lambda email: [{"what": str(row)} for row in _mine(model, fields, email)]


def _eraser(model: type[Model], fields: tuple[str, ...]) -> Eraser:
    def erase(email: str) -> int:
        """Names go, what was laid down stays; a personal dashboard and a wish for mails go too."""
        rows = _mine(model, fields, email)
        found = len(rows)
        if model is models.AlarmReader:
            rows.delete()
            return found
        if model in (models.Dashboard, models.SavedPattern):
            rows.filter(owner__email__iexact=email, shared=False).delete()
        for field in fields:
            model._default_manager.filter(**{f"{field}__email__iexact": email}).update(
                **{field: None}
            )
        return found

    return erase


def _reports_of(email: str) -> list[dict[str, Any]]:
    return [{"what": str(r), "recipients": [a for a in r.recipients if a.lower() == email.lower()]}
            for r in _reports(email)]  # fmt: skip


def _reports(email: str) -> list[models.Report]:
    return [r for r in models.Report.objects.select_related("by", "dashboard")
            if (r.by and r.by.email.lower() == email.lower())
            or any(a.lower() == email.lower() for a in r.recipients)]  # fmt: skip


def _erase_reports(email: str) -> int:
    found = _reports(email)
    for report in found:
        report.recipients = [a for a in report.recipients if a.lower() != email.lower()]
        if report.by and report.by.email.lower() == email.lower():
            report.by = None
        report.save() if report.recipients else report.delete()
    return len(found)


for _model, (_fields, _why) in _NAMES.items():
    register(Store(
        _model._meta.label, True, _why, "as long as it is there", subject="user",
        exporter=_exporter(_model, _fields), eraser=_eraser(_model, _fields),
    ))  # fmt: skip
register(Store(
    "insights.Report", True, "to whom which report goes, and who planned it",
    "as long as the report", subject="user", exporter=_reports_of, eraser=_erase_reports,
))  # fmt: skip
register(Store("insights.Look", False, "when all figures were looked at", ""))
register(Store("insights.Tile", False, "which figures stand on a dashboard", ""))
register_rows(
    models.ContestedScore, ("why", "decision", "created", "decided"), "scores a customer contested"
)
