"""How the demo accounts are opened: words derived from the installation's own secret key.

Nobody who does not hold the key can compute them, they can be printed again at any time, and no
password or key is stored in plain text anywhere.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from paidan.accounts.access import token_hash
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import ApiKey, User
from paidan.demo.marker import demo_require

_KEY_LABEL = "demo"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What opens the account of one role: on the log-in page, and as ``Authorization: Bearer …``."""

    role: str
    login: str
    password: str
    api_key: str


def _derived(purpose: str, role: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"paidan demo {purpose} {role}".encode(), "sha256")


def password_of(role: RoleCode) -> str:
    """The password of every demo account of a role, e.g. ``yunchuan-40718263``."""
    return f"yunchuan-{int.from_bytes(_derived('password', role)) % 10**8:08d}"


def api_key_of(role: RoleCode) -> str:
    """The API key of a role's first demo account (256 random bits of the installation's key)."""
    return f"pd_{base64.urlsafe_b64encode(_derived('api key', role)).decode().rstrip('=')}"


@transaction.atomic
def demo_accounts() -> list[DemoAccount]:
    """One account per role; makes their API keys the first time.

    Raises:
        NotADemo: this database serves real customers.
    """
    demo_require()
    return [_account(role) for role in RoleCode]


def _account(role: RoleCode) -> DemoAccount:
    user = User.objects.filter(role__code=role, is_active=True).order_by("pk")[0]
    key = api_key_of(role)
    ApiKey.objects.get_or_create(key_hash=token_hash(key), defaults={"user": user, "label": _KEY_LABEL})
    return DemoAccount(
        role=str(role),
        login=user.email or (user.phone or "").removeprefix("+86"),
        password=password_of(role),
        api_key=key,
    )
