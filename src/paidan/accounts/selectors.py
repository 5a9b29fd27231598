"""Reads on accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import F

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import AuthenticatorApp, BrowserSession, Identity, Passkey, RecoveryCode, User
from paidan.accounts.policy import ADMINISTRATORS_NEED_SECOND_FACTOR
from paidan.kernel.errors import NotFound
from paidan.kernel.models import Setting
from paidan.kernel.settings import DEMO_MARKER


@dataclass(frozen=True, slots=True)
class Account:
    """What people see about their own account."""

    name: str
    phone: str
    email: str
    language: str
    role: str
    role_name: dict[str, str]
    has_password: bool
    last_login_at: datetime | None


def account_of(user_id: int | None) -> Account:
    """One's own account.

    Raises:
        NotFound: there is none any more.
    """
    people = User.objects.select_related("role").filter(is_active=True)
    user = people.filter(pk=user_id).first() if user_id is not None else None
    if user is None:
        raise NotFound
    return Account(
        name=user.name,
        phone=user.phone or "",
        email=user.email or "",
        language=user.language,
        role=user.role.code,
        role_name=user.role.name,
        has_password=user.has_usable_password(),
        last_login_at=user.last_login,
    )


def installation_is_demo() -> bool:
    """Whether this database is the invented city."""
    return Setting.objects.filter(pk=DEMO_MARKER).exists()


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One of one's own passkeys."""

    passkey_id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """How an account is protected beside its first proof."""

    app_since: datetime | None
    passkeys: tuple[PasskeyRow, ...]
    recovery_codes_left: int

    @property
    def has_any(self) -> bool:
        return self.app_since is not None or bool(self.passkeys)


def second_factors_of(user_id: int) -> SecondFactors:
    """One's own second factors."""
    keys = Passkey.objects.filter(user_id=user_id).order_by("pk")
    return SecondFactors(
        app_since=AuthenticatorApp.objects.filter(user_id=user_id).values_list("created_at", flat=True).first(),
        passkeys=tuple(PasskeyRow(key.pk, key.name, key.created_at, key.last_used_at) for key in keys),
        recovery_codes_left=RecoveryCode.objects.filter(user_id=user_id, used_at__isnull=True).count(),
    )


def has_second_factor(user_id: int) -> bool:
    """Whether log-in asks for a second factor."""
    apps = AuthenticatorApp.objects.filter(user_id=user_id).values("user_id")
    return apps.union(Passkey.objects.filter(user_id=user_id).values("user_id")).exists()


def has_app(user_id: int) -> bool:
    """Whether there is an authenticator app."""
    return AuthenticatorApp.objects.filter(user_id=user_id).exists()


def passkey_credentials(user_id: int) -> list[bytes]:
    """The public halves of a user's passkeys."""
    return [bytes(key) for key in Passkey.objects.filter(user_id=user_id).values_list("credential", flat=True)]


def second_factor_is_required(role: str) -> bool:
    """Whether this role gets nowhere without a second factor."""
    return role == RoleCode.ADMINISTRATOR and ADMINISTRATORS_NEED_SECOND_FACTOR.is_on()


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser somebody is logged in with."""

    browser_id: int
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def browsers_of(user_id: int, *, session_key: str, now: datetime) -> list[Browser]:
    """Where one is logged in, this browser first, then the latest; what has ended is left out."""
    live = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows = BrowserSession.objects.filter(user_id=user_id, session_key__in=live).order_by("-seen_at", "-pk")
    found = [
        Browser(row.pk, row.agent, row.address, row.created_at, row.seen_at, row.session_key == session_key)
        for row in rows
    ]
    return sorted(found, key=lambda browser: not browser.is_this)


@dataclass(frozen=True, slots=True)
class LinkedProvider:
    """A provider by which one can log in; ``name`` is what one is called there."""

    provider: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def linked_providers(user_id: int) -> dict[str, LinkedProvider]:
    """By which providers one can log in; of several numbers of one provider the one used last."""
    rows = Identity.objects.filter(user_id=user_id).order_by(F("last_used_at").asc(nulls_first=True), "-pk")
    return {row.provider: LinkedProvider(row.provider, row.name, row.created_at, row.last_used_at) for row in rows}
