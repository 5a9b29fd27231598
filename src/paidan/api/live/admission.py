"""Who opens a live stream: from a cookie, key or link token to an actor and the topics it may read.

Everything here asks the database and therefore runs in a thread, never on the event loop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from paidan.accounts.access import actor_of_key, actor_of_link, actor_of_user, without_doors
from paidan.accounts.sessions import second_factor_is_owed_in
from paidan.api.live.topics import topics_for
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound, Unauthenticated

if TYPE_CHECKING:
    from paidan.accounts.models import User


class CredentialKind(StrEnum):
    SESSION = "session"
    API_KEY = "api_key"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client showed. The secret stays in memory, for the regular check that it still holds."""

    kind: CredentialKind
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody admitted to the live updates, and what they may hear of."""

    credential: Credential
    actor: Actor
    topics: frozenset[str]

    @property
    def owner(self) -> str:
        """Whose streams are counted together."""
        if self.credential.kind is CredentialKind.SESSION:
            return self.actor.key
        return f"{self.credential.kind}:{hashlib.sha256(self.credential.secret.encode()).hexdigest()}"


def credential_of(*, authorization: str, link: str, cookies: Mapping[str, str]) -> Credential | None:
    """The credential a request shows: a link before a key before the session cookie."""
    if link:
        return Credential(CredentialKind.LINK, link)
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return Credential(CredentialKind.API_KEY, key.strip())
    session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    return Credential(CredentialKind.SESSION, session_key) if session_key else None


def admit(credential: Credential | None, *, now: datetime) -> Visitor:
    """The visitor behind a credential.

    Raises:
        Unauthenticated: there is none, or it opens nothing (any more).
    """
    if credential is None or "\0" in credential.secret:
        raise Unauthenticated
    actor = actors_of([credential], now=now).get(credential)
    if actor is None:
        raise Unauthenticated
    return Visitor(credential=credential, actor=actor, topics=topics_for(actor))


def actors_of(credentials: Iterable[Credential], *, now: datetime) -> dict[Credential, Actor]:
    """The actors behind many credentials; those that open nothing are absent.

    Sessions, the common case, cost two statements in all.
    """
    shown = set(credentials)
    sessions = [credential for credential in shown if credential.kind is CredentialKind.SESSION]
    actors = _actors_of_sessions(sessions, now=now)
    for credential in shown.difference(sessions):
        actor = _actor_of_secret(credential, now=now)
        if actor is not None:
            actors[credential] = actor
    return actors


def _actor_of_secret(credential: Credential, *, now: datetime) -> Actor | None:
    try:
        if credential.kind is CredentialKind.LINK:
            return actor_of_link(credential.secret, now=now)
        return actor_of_key(credential.secret, now=now)
    except (NotFound, Unauthenticated):
        return None


def _actors_of_sessions(credentials: list[Credential], *, now: datetime) -> dict[Credential, Actor]:
    if not credentials:
        return {}
    keys = [credential.secret for credential in credentials]
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    contents: dict[str, dict[str, Any]] = {row.session_key: row.get_decoded() for row in stored}
    user_ids = {int(content[SESSION_KEY]) for content in contents.values() if content.get(SESSION_KEY)}
    users = get_user_model().objects.select_related("role").in_bulk(user_ids) if user_ids else {}
    actors = {}
    for credential in credentials:
        content = contents.get(credential.secret, {})
        user = users.get(int(content.get(SESSION_KEY) or 0))
        if user is not None and _is_logged_in(user, content):
            actor = actor_of_user(user)
            actors[credential] = without_doors(actor) if second_factor_is_owed_in(content, user) else actor
    return actors


def _is_logged_in(user: User, content: Mapping[str, Any]) -> bool:
    """The checks of ``django.contrib.auth.get_user``, for a session that is only read."""
    shown = str(content.get(HASH_SESSION_KEY) or "")
    known = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return (
        user.is_active
        and content.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and any(constant_time_compare(shown, expected) for expected in known)
    )
