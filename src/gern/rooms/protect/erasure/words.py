"""What the records of a plan are called, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gern.core.people.events import GROUPS
from gern.kit import formats
from gern.rooms.protect.erasure import calls, documents
from gern.rooms.protect.erasure.plan import ANONYMISED, BURIED, ERASED, LOG, RETAINED, SUPPRESSED

FATES: dict[str, str | Promise] = {
    ERASED: _("erased"),
    ANONYMISED: _("anonymised"),
    RETAINED: _("kept"),
}
PLACES: dict[str, str | Promise] = {
    "documents": _("Orders, as booking documents (sealed)"),
    "call proofs": _("Proof of consents to calls (sealed)"),
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
    "customers.CardChange": _("What was changed of them, and by whom"),
    "customers.Task": _("Tasks"),
    "customers.CustomerOwner": _("Who looks after them"),
    "insights.ContestedScore": _("Contested scores"),
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
    "protect.Sealed": _("Records kept by law from an earlier erasure"),
    "protect.CustomerLook": _("Looks at the page"),
    "protect.Transfer": _("Who got files about them"),
    "protect.DataLink": _("Links to own data"),
    "protect.Signup": _("Sign-ups with what was read and done"),
    "protect.Erasure": _("Erasures under way"),
}


NORMS: dict[str, str | Promise] = {
    "": "",
    calls.NORM: _("§ 7a(2) UWG; Art. 17(3)(b) GDPR"),
    documents.NORM: _("§ 147 AO, § 257 HGB; Art. 17(3)(b) GDPR"),
    SUPPRESSED: _("Art. 21(3), 17(3)(b) GDPR"),
    BURIED: _("Art. 17(1), 5(2) GDPR"),
}
"""Rules as plans and certificates carry them, in the reader's language."""


def shown(
    rows: Iterable[Mapping[str, Any]],
) -> list[tuple[str, Mapping[str, Any], str, str, date | None]]:
    """(what, the row of the plan, what becomes of it, rule, until when) of each."""
    return [
        (label(row["place"]), row, str(FATES[row["fate"]]), str(NORMS.get(row["norm"], row["norm"])),
         date.fromisoformat(row["until"]) if row["until"] else None)
        for row in rows
    ]  # fmt: skip


def label(place: str) -> str:
    """The name of a kind of record."""
    if place.startswith(LOG):
        return formats.text(GROUPS[place.removeprefix(LOG)])
    return str(PLACES.get(place, place))


TIMES: dict[str, str | Promise] = {
    "14 days": _("14 days"), "three years": _("three years"), "a day": _("a day"), "a year": _("a year"), "90 days": _("90 days"), "orders 8 years (§ 147 AO), proof of consents to calls 5 years (§ 7a UWG)": _("orders 8 years (§ 147 AO), proof of consents to calls 5 years (§ 7a UWG)"),
    "as long as the customer; a removed note 30 days": _("as long as the customer; a removed note 30 days"),
    "seven days after they went well; failed ones until somebody decides": _("seven days after they went well; failed ones until somebody decides"),
    "until it is settled": _("until it is settled"), "until it is done": _("until it is done"),
    "until imported, 7 days at most": _("until imported, 7 days at most"),
    "until the rule is removed": _("until the rule is removed"),
    "as long as the audience": _("as long as the audience"), "as long as the events": _("as long as the events"),
    "as long as both customers": _("as long as both customers"),
    "until they are in it: seconds": _("seconds, until they are in the log"),
    "three years after the answer": _("three years after the answer"),
    "as long as the customer; not confirmed, 14 days": _("as long as the customer; not confirmed, 14 days"),
    "as long as the customer": _("as long as the customer"), "as long as the customers": _("as long as the customers"),
}  # fmt: skip
"""How long records are kept, as the registry says it."""
