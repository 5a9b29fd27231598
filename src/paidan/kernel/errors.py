"""Refusals that people can act on.

An anticipated refusal carries a stable code (for programs) and a sentence (for people, in their
language). Whatever is not anticipated is not caught.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DomainError(Exception):
    """A refusal the product foresaw.

    Attributes:
        code: stable, snake_case; part of the API.
        message: one sentence in the reader's language.
        fields: field name → sentence, for input that must be corrected.
        facts: numbers and refs that explain the refusal (JSON-serialisable, no personal data).
        status: the HTTP status it travels under.
    """

    code = "refused"
    message: StrOrPromise = _("This cannot be done right now.")
    status = 409

    def __init__(
        self,
        message: StrOrPromise | None = None,
        *,
        code: str | None = None,
        fields: Mapping[str, StrOrPromise] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self.message = message if message is not None else type(self).message
        self.code = code or type(self).code
        self.fields = dict(fields or {})
        self.facts = dict(facts or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class Refused(DomainError):
    """The state of the world refuses: somebody was first, or it is too late."""


class Invalid(DomainError):
    """The input must be corrected; ``fields`` says where."""

    code = "invalid"
    message = _("Please correct the marked fields.")
    status = 422


class Forbidden(DomainError):
    """The actor may see the object but not do this with it."""

    code = "forbidden"
    message = _("You do not have permission to do this.")
    status = 403


class NotFound(DomainError):
    """Absent, or not the actor's to see: both answer alike."""

    code = "not_found"
    message = _("This does not exist, or it is not yours to see.")
    status = 404


class Unauthenticated(DomainError):
    """Nobody is logged in."""

    code = "unauthenticated"
    message = _("Please log in first.")
    status = 401


class TooMany(DomainError):
    """A rate limit was reached."""

    code = "too_many_requests"
    message = _("Too many attempts. Please wait a little and try again.")
    status = 429


class Busy(DomainError):
    """A lock was not free in time; the same call may go through in a moment."""

    code = "busy"
    message = _("Others are changing this right now. Please try again.")
    status = 409
