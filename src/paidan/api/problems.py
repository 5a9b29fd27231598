"""Errors as ``application/problem+json`` (RFC 9457), in the reader's language, with a reference id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from paidan.kernel.errors import DomainError
from paidan.kernel.requests import reference_of

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 2


class Unreadable(DomainError):
    """What was sent is not what the content type promises."""

    code = "unreadable"
    message = _("The request could not be read. Please send valid UTF-8 JSON.")
    status = 400


class TooLarge(DomainError):
    """More was sent than any call needs."""

    code = "too_large"
    message = _("This is more than one request may carry.")
    status = 413


class MethodNotAllowed(DomainError):
    """The path exists, but not with this method."""

    code = "method_not_allowed"
    message = _("This address does not answer to that method.")
    status = 405


class CsrfRefused(DomainError):
    """A call with the browser's session came without its token."""

    code = "csrf_failed"
    message = _("This page was open too long. Please reload it and try again.")
    status = 403


class Unavailable(DomainError):
    """The database does not answer; nothing was done."""

    code = "unavailable"
    message = _("The service is being restarted. Please try again in a moment.")
    status = 503


class Failed(DomainError):
    """Something nobody foresaw; the log knows more under the reference."""

    code = "internal_error"
    message = _("Something went wrong on our side. If it happens again, tell us the reference.")
    status = 500


def problem_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer for a refusal."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": str(error),
        "reference": reference_of(request),
    }
    if error.fields:
        document["fields"] = {name: str(sentence) for name, sentence in error.fields.items()}
    if error.facts:
        document["facts"] = error.facts
    response = HttpResponse(
        json.dumps(document, ensure_ascii=False, default=str), status=error.status, content_type=PROBLEM_TYPE
    )
    response["Cache-Control"] = "no-store"
    for name, value in _headers(error).items():
        response[name] = value
    return response


def _headers(error: DomainError) -> dict[str, str]:
    if error.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        return {"Allow": str(error.facts.get("allow", ""))}
    wait = error.facts.get("retry_after_seconds")
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE or error.code in {"busy", "in_progress"}:
        wait = wait or RETRY_SECONDS
    return {"Retry-After": str(wait)} if wait else {}


# What pydantic calls it → what a person is told; {…} are pydantic's own numbers.
_SENTENCES = {
    "missing": _("Please fill this in."),
    "extra_forbidden": _("This field does not exist."),
    "string_too_short": _("At least {min_length} characters, please."),
    "string_too_long": _("At most {max_length} characters, please."),
    "too_short": _("At least {min_length} entries, please."),
    "too_long": _("At most {max_length} entries, please."),
    "greater_than": _("Must be greater than {gt}."),
    "greater_than_equal": _("Must be at least {ge}."),
    "less_than": _("Must be less than {lt}."),
    "less_than_equal": _("Must be at most {le}."),
    "enum": _("Must be one of {expected}."),
    "literal_error": _("Must be one of {expected}."),
    "string_pattern_mismatch": _("This does not have the expected form."),
    "string_type": _("Must be a text."),
    "string_no_nul": _("Must not contain control characters."),
    "timezone_aware": _("A time needs its offset, e.g. 2026-05-01T09:00:00+08:00."),
    "finite_number": _("Must be a number."),
}
_BY_BEGINNING = (
    ("int_", _("Must be a whole number.")),
    ("float_", _("Must be a number.")),
    ("bool_", _("Must be true or false.")),
    ("datetime_", _("Must be a date and time, e.g. 2026-05-01T09:00:00+08:00.")),
    ("date_", _("Must be a date, e.g. 2026-05-01.")),
    ("list_", _("Must be a list.")),
    ("dict_", _("Must be an object.")),
    ("model_", _("Must be an object.")),
)


def fields_of_validation(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field name → sentence, from pydantic's findings; nested names are joined by dots."""
    fields: dict[str, str] = {}
    for error in errors:
        fields.setdefault(_field_name(error["loc"]), _sentence(error))
    return fields


def _field_name(place: Sequence[int | str]) -> str:
    # place[0] is where it came from; of a body its parameter name follows.
    parts = place[2:] if place[0] in {"body", "form", "file"} and len(place) > 2 else place[1:]
    return ".".join(str(part) for part in parts) or str(place[0])


def _sentence(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    template = _SENTENCES.get(kind)
    if template is not None:
        return str(template).format_map({**error.get("ctx", {})})
    for beginning, sentence in _BY_BEGINNING:
        if kind.startswith(beginning):
            return str(sentence)
    if kind == "value_error":
        return gettext(str(error["msg"]).removeprefix("Value error, "))
    return gettext("This value cannot be used.")
