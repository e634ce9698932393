"""Errors are part of the interface: what was wrong, what is allowed, what to do next."""

from __future__ import annotations

from gern.core.text import Text


class GernError(Exception):
    """Something failed; nothing that was already stored is lost.

    ``german`` is the same message for German pages.
    """

    code = "failure"

    def __init__(self, message: str, *, german: str | None = None):
        super().__init__(message)
        self.german = german or message

    @property
    def text(self) -> Text:
        """The message in both languages."""
        return Text(self.german, str(self))


class BadInput(GernError):
    """What was asked for, or handed in, cannot be used as it is.

    The message says what is wrong and what is allowed. ``param`` names the culprit.
    """

    code = "bad_input"

    def __init__(self, message: str, *, param: str | None = None, german: str | None = None):
        super().__init__(message, german=german)
        self.param = param


class HomeTooNew(GernError):
    """The home was written by a newer Gern than this one."""

    code = "home_too_new"


class HomeTooOld(GernError):
    """The home was written by an older Gern; ``gern upgrade`` brings it up to date."""

    code = "home_too_old"


class TryLater(GernError):
    """Not now; what was handed in was not stored, what was stored is safe. On the web: 503."""

    code = "try_later"
    retry_after = 30
    """Seconds after which trying again makes sense."""


class OutOfSpace(TryLater):
    """The disk is full, or nearly so: nothing more is taken in."""

    code = "out_of_space"
    retry_after = 60

    def __init__(self, where: str):
        super().__init__(
            f"The disk is full or nearly so ({where}). Nothing was changed and nothing that was"
            " stored is lost. Make room, then try again.",
            german=f"Der Datenträger ist (fast) voll ({where}). Es wurde nichts geändert und"
            " nichts Gespeichertes ist verloren. Bitte Platz schaffen und noch einmal versuchen.",
        )
