"""Reads on accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from paidan.accounts.models import User
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
