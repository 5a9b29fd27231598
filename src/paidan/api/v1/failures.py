"""From whatever was raised to the problem that is answered; a page of HTML never is."""

from __future__ import annotations

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from paidan.api.problems import (
    Failed,
    TooLarge,
    Unavailable,
    Unreadable,
    fields_of_validation,
    problem_response,
)
from paidan.kernel.errors import Busy, DomainError, Forbidden, Invalid, NotFound
from paidan.kernel.locking import RETRYABLE

log = structlog.get_logger(__name__)


def failure_answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The problem for an exception; what nobody foresaw is logged with its trace."""
    refusal = _refusal(error)
    if refusal is None:
        # Called by ninja and by the frame from inside their handlers.
        log.error("api_call_failed", path=request.path, method=request.method, exc_info=True)  # noqa: LOG014
        refusal = Failed()
    return problem_response(request, refusal)


_BY_KIND: tuple[tuple[type[Exception], type[DomainError]], ...] = (
    (Http404, NotFound),
    (PermissionDenied, Forbidden),
    (RequestDataTooBig, TooLarge),
    (SuspiciousOperation, Unreadable),
    (BadRequest, Unreadable),
    (UnreadablePostError, Unreadable),
    (MultiPartParserError, Unreadable),
)


def _refusal(error: Exception | type[Exception]) -> DomainError | None:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationError):
        return Invalid(fields=fields_of_validation(error.errors))
    if isinstance(error, HttpError):
        # Ninja wraps whatever the parser raised.
        cause = error.__cause__
        return cause if isinstance(cause, DomainError) else Unreadable()
    if isinstance(error, DatabaseError | InterfaceError):
        return _refusal_of_database(error)
    return next((refusal() for kind, refusal in _BY_KIND if isinstance(error, kind)), None)


def _refusal_of_database(error: DatabaseError | InterfaceError) -> DomainError | None:
    if isinstance(error.__cause__, RETRYABLE):
        return Busy()
    if isinstance(error, DataError):
        # The last net under the schemas: a number or text the column cannot hold.
        log.warning("api_value_refused_by_database", error=type(error.__cause__).__name__)
        return Invalid()
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("api_database_unavailable", error=type(error.__cause__ or error).__name__, text=str(error))
        return Unavailable()
    return None
