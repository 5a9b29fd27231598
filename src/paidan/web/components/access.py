"""The first door of every page, and what becomes of a refusal behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from paidan.accounts.access import actor_of_link
from paidan.accounts.middleware import actor_of_request
from paidan.accounts.rules import AccessRule, rules_declare
from paidan.accounts.sessions import second_factor_is_owed
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.kernel.errors import DomainError, Forbidden, NotFound, Unauthenticated
from paidan.kernel.locking import busy_on_lock_timeout
from paidan.web.components.errors import TROUBLES, Trouble, trouble_page, unavailable
from paidan.web.components.responses import is_fragment

P = ParamSpec("P")
READS = ("GET", "HEAD")
TOKEN = "token"  # noqa: S105  # the name of the URL parameter that carries a link's token
REFUSED = Trouble(409, "alert-circle", _("This did not work"), "")


class PageRequest(HttpRequest):
    """A request that passed its page's access rule."""

    actor: Actor
    reference_id: str


View = Callable[Concatenate[PageRequest, P], HttpResponse]


def page(
    *, access: AccessRule, methods: Sequence[str] = ("GET",)
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Declare who may open a page, and turn refusals into what a person can act on.

    Nobody logged in: to log-in and back. Forbidden, absent or foreign: their pages. Any other
    refusal: its sentence as a message where the form was, or as a toast for a fragment.
    A rule with links reads the token from the URL parameter ``token``, if the path has one.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        allowed = ["HEAD", *methods] if "GET" in methods else list(methods)

        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **parameters: P.kwargs) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            try:
                request.actor = _admitted(request, access, parameters)  # type: ignore[attr-defined]  # PageRequest
                with busy_on_lock_timeout():
                    return view(request, *args, **parameters)  # type: ignore[arg-type]  # it has its actor now
            except DomainError as error:
                return refusal_answer(request, error)
            except (OperationalError, InterfaceError):
                return unavailable(request)

        rules_declare(answer, dict.fromkeys(allowed, access))
        return answer

    return decorate


def _admitted(request: HttpRequest, rule: AccessRule, parameters: dict[str, Any]) -> Actor:
    token = str(parameters.get(TOKEN, "")) if rule.links else ""
    if any("\0" in str(value) for value in parameters.values()):
        raise NotFound
    actor = actor_of_link(token, now=clock.now()) if token else actor_of_request(request)
    rule.check(actor)
    return actor


def refusal_answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """What a refusal looks like on a page."""
    if isinstance(error, Unauthenticated):
        return to_login(request)
    if isinstance(error, Forbidden) and is_owed_second_factor(request):
        return _to(request, f"{reverse('portal:security')}?{urlencode({'next': _here(request)})}")
    trouble = TROUBLES.get(error.status)
    if trouble is not None:
        return _with_wait(trouble_page(request, trouble, str(error)), error)
    sentence = " ".join(dict.fromkeys([str(error), *map(str, error.fields.values())]))
    if request.method in READS or is_fragment(request):
        response = trouble_page(request, Trouble(400, REFUSED.icon, REFUSED.title, sentence))
        response.status_code = HTTP_CONFLICT
        return response
    messages.error(request, sentence)
    return HttpResponseRedirect(_where_the_form_was(request), status=303)


HTTP_CONFLICT = 409


def _with_wait(response: HttpResponse, error: DomainError) -> HttpResponse:
    wait = error.facts.get("retry_after_seconds")
    if wait:
        response["Retry-After"] = str(wait)
    return response


def to_login(request: HttpRequest) -> HttpResponse:
    """To the log-in page, and back to where the reader was."""
    return _to(request, f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _here(request)})}")


def is_owed_second_factor(request: HttpRequest) -> bool:
    """Whether the reader is stopped only because a second factor is missing."""
    user = request.user
    return isinstance(user, get_user_model()) and second_factor_is_owed(request, user)


def _to(request: HttpRequest, address: str) -> HttpResponse:
    """The whole page goes there, also when only a part of it was asked for."""
    if not is_fragment(request):
        return HttpResponseRedirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response


def _here(request: HttpRequest) -> str:
    if is_fragment(request):
        here = urlsplit(request.headers.get("HX-Current-URL", "/"))
        return _path(here.path, here.query)
    return request.get_full_path() if request.method in READS else _where_the_form_was(request)


def _where_the_form_was(request: HttpRequest) -> str:
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(referer)
        return _path(parts.path, parts.query)
    return "/"


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")
