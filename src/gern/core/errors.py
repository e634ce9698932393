"""Errors are part of the interface: what was wrong, what is allowed, what to do next."""

from __future__ import annotations


class GernError(Exception):
    """Something failed; nothing that was already stored is lost."""

    code = "failure"


class BadInput(GernError):
    """What was asked for, or handed in, cannot be used as it is.

    The message says what is wrong and what is allowed. ``param`` names the culprit;
    ``german`` is the same message for German pages.
    """

    code = "bad_input"

    def __init__(self, message: str, *, param: str | None = None, german: str | None = None):
        super().__init__(message)
        self.param = param
        self.german = german or message


class HomeTooNew(GernError):
    """The home was written by a newer Gern than this one."""

    code = "home_too_new"
