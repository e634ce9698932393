"""What the records of a plan are called, and what becomes of them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gern.core.people.events import GROUPS
from gern.kit import formats
from gern.rooms.protect.erasure.plan import ANONYMISED, ERASED, LOG, RETAINED

FATES: dict[str, str | Promise] = {
    ERASED: _("erased"),
    ANONYMISED: _("anonymised"),
    RETAINED: _("kept"),
}
PLACES: dict[str, str | Promise] = {
    "documents": _("Orders, as booking documents (sealed)"),
    "suppression": _("Fingerprints of addresses, so that no advertising goes to them"),
    "tombstones": _("Fingerprints of ids, so that older data do not come back"),
    "home/rejects": _("Rejected rows of imports"),
    "home/uploads": _("Files handed in, not imported yet"),
    "home/files": _("Contents of files"),
    "outbox.Waiting": _("Events on their way"),
    "collect.TrafficRule": _("Rules on internal traffic"),
    "django_tasks_database.DBTaskResult": _("Background jobs"),
    "customers.Note": _("Notes"),
    "customers.Tagging": _("Tags"),
    "customers.TagChange": _("Tags changed for many at once"),
    "customers.Task": _("Tasks"),
    "customers.CustomerFile": _("Files"),
    "customers.Relation": _("Related people and firms"),
    "customers.Listed": _("Places on lists"),
    "customers.AudienceChange": _("Audiences entered and left"),
    "customers.Audience": _("Audiences that are computed"),
    "customers.DuplicatePair": _("Possible duplicates"),
    "protect.Restriction": _("Locks of data"),
    "protect.PreferenceLink": _("Links to own choices"),
    "protect.Hold": _("Holds"),
    "protect.Request": _("Requests about data (the record of them stays)"),
    "home/packages": _("Files of data packages"),
    "protect.Package": _("Data packages made for a request"),
    "protect.Sealed": _("Orders kept by law from an earlier erasure"),
    "protect.Signup": _("Sign-ups with what was read and done"),
    "protect.Erasure": _("Erasures under way"),
}


def label(place: str) -> str:
    """The name of a kind of record."""
    if place.startswith(LOG):
        return formats.text(GROUPS[place.removeprefix(LOG)])
    return str(PLACES.get(place, place))
