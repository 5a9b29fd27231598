"""Passwords, API keys and links."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from paidan.accounts import limits
from paidan.accounts.access import token_hash
from paidan.accounts.constants import LinkPurpose
from paidan.accounts.errors import LoginWrong, PasswordWrong
from paidan.accounts.logins import login_normalised
from paidan.accounts.models import ApiKey, Link, User
from paidan.accounts.passwords import LONGEST
from paidan.accounts.services.limits import Limit, Window, hits_forget, hits_take
from paidan.kernel.errors import Invalid


def login_by_password(*, request: HttpRequest, login: str, password: str, address: str, now: datetime) -> User:
    """The user whose phone or e-mail and password these are.

    Raises:
        LoginWrong: they are nobody's; in the same words and time for a known and an unknown name.
        TooMany: tried too often for this name or from this address.
    """
    name = login_normalised(login)
    limit = _limit_of_passwords(name)
    hits_take([limit, _limit_of_address(address)], now=now)
    # A password nobody can have is not worth hashing megabytes for.
    user = authenticate(request, username=name, password=password[: LONGEST + 1])
    if not isinstance(user, User):
        raise LoginWrong
    hits_forget(limit)
    return user


def password_set(*, user_id: int, new: str, present: str | None, now: datetime) -> User:
    """Set a password under the policy of U2; other sessions of the user end by it.

    Args:
        present: the password in use, asked for unless the user has just proved who they are by code
            (then ``None``).

    Raises:
        PasswordWrong: ``present`` is not it.
        Invalid: the new one does not meet the policy; every unmet rule has its sentence.
        TooMany: the present one was guessed too often.
    """
    user = User.objects.select_related("role").get(pk=user_id)
    if present is not None and user.has_usable_password():
        limit = _limit_of_passwords(f"user:{user_id}")
        hits_take([limit], now=now)
        if not user.check_password(present):
            raise PasswordWrong(fields={"present": PasswordWrong.message})
        hits_forget(limit)
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid(fields={"new": " ".join(error.messages)}) from error
    user.set_password(new)
    user.save(update_fields=["password"])
    return user


def api_key_create(*, user_id: int, label: str, scopes: list[str], expires_at: datetime | None) -> str:
    """Create a key and return its text, once."""
    key = f"pd_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(user_id=user_id, label=label, scopes=scopes, expires_at=expires_at, key_hash=token_hash(key))
    return key


def api_key_revoke(*, api_key_id: int, now: datetime) -> None:
    """End a key; what it did stays in the audit."""
    ApiKey.objects.filter(pk=api_key_id, revoked_at__isnull=True).update(revoked_at=now)


def link_create(*, purpose: LinkPurpose, subject: str, now: datetime, days: int = 30) -> str:
    """Create a link and return its token (160 bits), once."""
    token = secrets.token_urlsafe(20)
    Link.objects.create(
        purpose=purpose, subject=subject, token_hash=token_hash(token), expires_at=now + timedelta(days=days)
    )
    return token


def _limit_of_passwords(name: str) -> Limit:
    return Limit(
        "password",
        name,
        (
            Window(limits.PASSWORDS_PER_LOGIN_PER_5_MINUTES.value(), 300),
            Window(limits.PASSWORDS_PER_LOGIN_PER_DAY.value(), 86_400),
        ),
    )


def _limit_of_address(address: str) -> Limit:
    return Limit("password_address", address, (Window(limits.PASSWORDS_PER_ADDRESS_PER_5_MINUTES.value(), 300),))
