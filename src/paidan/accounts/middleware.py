"""Every request carries an Actor, and whatever it changes names that actor in the audit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from paidan.accounts.access import actor_of_user, without_doors
from paidan.accounts.models import User
from paidan.accounts.sessions import second_factor_is_owed, session_seen
from paidan.kernel.actors import ANONYMOUS, Actor
from paidan.kernel.audit import acting_as
from paidan.kernel.clock import now
from paidan.kernel.requests import reference_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API_PREFIX = "/api/"
_KEPT = "_actor_of_session"


class ActorMiddleware:
    """Set ``request.actor`` from the session, lazily: a page that asks nobody costs nothing.

    Unsafe page requests, the back office's among them, run inside an audit context. The API
    authenticates by itself and names its actor in its own transaction.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(partial(actor_of_request, request))  # type: ignore[attr-defined]  # our own
        if request.method in SAFE_METHODS or request.path.startswith(API_PREFIX):
            return self.get_response(request)
        with acting_as(actor_of_request(request), reference=reference_of(request)):
            return self.get_response(request)


def actor_of_request(request: HttpRequest) -> Actor:
    """The actor of the browser's session; asked once a request (the API authenticates by itself)."""
    kept: Actor | None = getattr(request, _KEPT, None)
    if kept is None:
        kept = _actor_of_session(request)
        setattr(request, _KEPT, kept)
    return kept


def _actor_of_session(request: HttpRequest) -> Actor:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    if not isinstance(user, User):
        return ANONYMOUS
    session_seen(request, now=now())
    actor = actor_of_user(user)
    return without_doors(actor) if second_factor_is_owed(request, user) else actor
