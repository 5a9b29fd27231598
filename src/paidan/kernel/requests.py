"""A reference id on every request: shown with each error, written with each log line."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from paidan.kernel.refs import new_ref


class ReferenceMiddleware:
    """Give the request a reference id and bind it to the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reference = new_ref("R")
        request.reference_id = reference  # type: ignore[attr-defined]  # read by error pages and problem+json
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(reference=reference)
        response = self.get_response(request)
        response["X-Reference-Id"] = reference
        return response


def reference_of(request: HttpRequest) -> str:
    return str(getattr(request, "reference_id", ""))
