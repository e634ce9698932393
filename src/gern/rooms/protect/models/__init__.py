"""The records of the room."""

from gern.rooms.protect.models.contact import (
    PreferenceLink,
    Purpose,
    Restriction,
    Signup,
    SignupForm,
    Suppressed,
)
from gern.rooms.protect.models.duties import (
    Breach,
    CustomerLook,
    Firm,
    Notice,
    Retention,
    RetentionRun,
    Transfer,
)
from gern.rooms.protect.models.rights import (
    DataLink,
    Erasure,
    Hold,
    Opening,
    Package,
    Request,
    Sealed,
    Step,
)

__all__ = [
    "Breach",
    "CustomerLook",
    "DataLink",
    "Erasure",
    "Firm",
    "Hold",
    "Notice",
    "Opening",
    "Package",
    "PreferenceLink",
    "Purpose",
    "Request",
    "Restriction",
    "Retention",
    "RetentionRun",
    "Sealed",
    "Signup",
    "SignupForm",
    "Step",
    "Suppressed",
    "Transfer",
]
