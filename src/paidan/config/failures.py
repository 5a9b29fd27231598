"""What is answered when no view did: a problem for programs, a page for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from paidan.api.problems import Failed, Unreadable, problem_response
from paidan.kernel.errors import Forbidden, NotFound
from paidan.web.components import errors

API_PREFIX = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(request, Unreadable())
    return errors.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(request, Forbidden())
    return errors.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(request, NotFound())
    return errors.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(request, Failed())
    return errors.server_error(request)
