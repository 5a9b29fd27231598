"""From a request's credentials to an Actor: the only way in."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from paidan.accounts.constants import Permission
from paidan.accounts.models import ApiKey, Link, User
from paidan.kernel.actors import ANONYMOUS, Actor, ActorKind
from paidan.kernel.errors import Forbidden, NotFound, Unauthenticated


def token_hash(token: str) -> bytes:
    """SHA-256 of a key or link token: these are random, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()


def actor_of_user(user: User) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        user_id=user.pk,
        role=user.role.code,
        permissions=frozenset(user.role.permissions),
    )


def without_doors(actor: Actor) -> Actor:
    """The same person with nothing but what is everybody's own: their account, and the way out."""
    return replace(actor, permissions=frozenset(), is_narrowed=True)


def actor_of_user_id(user_id: int) -> Actor:
    """The actor for a user id; anonymous when the user is gone or disabled."""
    user = User.objects.select_related("role").filter(pk=user_id, is_active=True).first()
    return ANONYMOUS if user is None else actor_of_user(user)


def actor_of_key(key: str, *, now: datetime) -> Actor:
    """The actor behind an API key.

    Raises:
        Unauthenticated: the key is unknown, expired or revoked, or its user is disabled.
    """
    row = (
        ApiKey.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
        .filter(key_hash=token_hash(key), revoked_at__isnull=True, user__is_active=True)
        .values_list("id", "scopes", "user_id", "user__role__code", "user__role__permissions")
        .first()
    )
    if row is None:
        raise Unauthenticated
    key_id, scopes, user_id, role, permissions = row
    allowed = frozenset(permissions)
    return Actor(
        kind=ActorKind.API_KEY,
        user_id=user_id,
        role=role,
        permissions=allowed & frozenset(scopes) if scopes else allowed,
        api_key_id=key_id,
        is_narrowed=bool(scopes),
    )


def actor_of_link(token: str, *, now: datetime) -> Actor:
    """The actor behind a link token.

    Raises:
        NotFound: unknown or expired.
    """
    link = Link.objects.filter(token_hash=token_hash(token), expires_at__gt=now).first()
    if link is None:
        raise NotFound
    return Actor(kind=ActorKind.LINK, link_purpose=link.purpose, link_subject=link.subject)


def require(actor: Actor, permission: Permission) -> None:
    """Let pass only who may.

    Raises:
        Unauthenticated: nobody is logged in.
        Forbidden: somebody is, but their role does not hold the permission.
    """
    if not actor.is_authenticated:
        raise Unauthenticated
    if not actor.may(permission):
        raise Forbidden
