"""Logging in by a third party, linking and unlinking it (U1).

An account is never found by the name, phone or e-mail that a provider tells: those may be anybody's.
Whoever comes by an identity that we do not know proves an account of ours first, and links the two.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from paidan.accounts.errors import AccountClosed, IdentityTaken, LastWayIn
from paidan.accounts.login_providers import family_of
from paidan.accounts.models import Identity, Passkey, User
from paidan.accounts.ports import ProvenIdentity
from paidan.kernel.errors import NotFound

NAME_LENGTH = 80


def login_by_identity(*, provider: str, proven: ProvenIdentity, now: datetime) -> User | None:
    """The user to whom an identity is linked; nobody when it is linked to none.

    A number under which the provider did not know the person before is added, e.g. WeChat's number
    of the union after a shop has joined its apps.

    Raises:
        AccountClosed: the account was disabled.
    """
    known = _known(proven)
    if known is None:
        return None
    if not known.user.is_active:
        raise AccountClosed
    Identity.objects.filter(pk=known.pk).update(last_used_at=now, name=proven.name[:NAME_LENGTH])
    _subjects_add(known.user_id, provider, proven, now=now)
    return known.user


def identity_link(*, user_id: int, provider: str, proven: ProvenIdentity, now: datetime) -> None:
    """Let an identity open the user's account from now on; linked already, it stays so.

    Raises:
        IdentityTaken: it opens another account, or another one of this provider opens this account.
        NotFound: there is no such user.
    """
    with transaction.atomic():
        _locked(user_id)
        mine = dict(Identity.objects.filter(user_id=user_id).values_list("realm", "subject"))
        if any(mine.get(one.realm, one.subject) != one.subject for one in proven.subjects):
            raise IdentityTaken
        _subjects_add(user_id, provider, proven, now=now)
        known = _known(proven)
        if known is None or known.user_id != user_id:
            raise IdentityTaken


def identity_unlink(*, user_id: int, provider: str) -> None:
    """Let a provider open the user's account no longer.

    Raises:
        NotFound: it does not.
        LastWayIn: nothing else would open the account.
    """
    with transaction.atomic():
        user = _locked(user_id)
        mine = Identity.objects.filter(user_id=user_id)
        if not mine.filter(provider=provider).exists():
            raise NotFound
        if not has_way_in(user) and not mine.exclude(provider=provider).exists():
            raise LastWayIn
        mine.filter(provider=provider).delete()


def identities_forget(*, user_id: int) -> None:
    """Let no provider open the account any more."""
    Identity.objects.filter(user_id=user_id).delete()


def has_way_in(user: User) -> bool:
    """Whether something of our own opens the account: a code to the phone, a password, or a passkey."""
    return bool(user.phone) or user.has_usable_password() or Passkey.objects.filter(user_id=user.pk).exists()


def _known(proven: ProvenIdentity) -> Identity | None:
    for one in proven.subjects:
        found = Identity.objects.select_related("user__role").filter(realm=one.realm, subject=one.subject).first()
        if found is not None:
            return found
    return None


def _subjects_add(user_id: int, provider: str, proven: ProvenIdentity, *, now: datetime) -> None:
    """Note the numbers that nobody has yet; one that somebody else has is left alone."""
    fresh = [
        Identity(
            user_id=user_id,
            provider=family_of(provider),
            realm=one.realm,
            subject=one.subject,
            name=proven.name[:NAME_LENGTH],
            created_at=now,
        )
        for one in proven.subjects
    ]
    Identity.objects.bulk_create(fresh, ignore_conflicts=True)


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update(of=("self",)).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user
