"""From what a call shows to its actor: a link, an API key, or the browser's session."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja.utils import check_csrf

from paidan.accounts.access import actor_of_key, actor_of_link
from paidan.accounts.middleware import actor_of_request
from paidan.accounts.rules import AccessRule
from paidan.api.problems import CsrfRefused
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import NotFound, Unauthenticated

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LINK_HEADER = "X-Paidan-Link"
LINK_PARAMETER = "link"


def actor_of_call(request: HttpRequest, rule: AccessRule, *, now: datetime) -> Actor:
    """Who calls: a link where the rule takes links, else an API key, else the browser's session.

    A key costs one statement; the session and the user are not looked at then.

    Raises:
        Unauthenticated: the key opens nothing.
        NotFound: the link opens nothing.
        CsrfRefused: an unsafe call with the session lacks the session's token.
    """
    link = _link_of(request) if rule.links else ""
    if link:
        if "\0" in link:
            raise NotFound
        return actor_of_link(link, now=now)
    authorization = request.headers.get("Authorization", "")
    if authorization:
        return actor_of_key(_bearer_key(authorization), now=now)
    actor = actor_of_request(request)
    if actor.kind is ActorKind.USER and request.method not in SAFE_METHODS and check_csrf(request):
        raise CsrfRefused
    return actor


def _link_of(request: HttpRequest) -> str:
    return request.headers.get(LINK_HEADER) or request.GET.get(LINK_PARAMETER, "")


def _bearer_key(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip() or "\0" in key:
        raise Unauthenticated
    return key.strip()
