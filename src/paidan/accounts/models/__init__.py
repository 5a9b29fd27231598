"""People, roles, keys, links, and ways to log in."""

from __future__ import annotations

from paidan.accounts.models.identities import Identity, LoginProvider
from paidan.accounts.models.people import (
    PHONE,
    ApiKey,
    AuthenticatorApp,
    BrowserSession,
    Link,
    LoginCode,
    Passkey,
    RateLog,
    RecoveryCode,
    Role,
    SavedView,
    User,
    UserManager,
)

__all__ = [
    "PHONE",
    "ApiKey",
    "AuthenticatorApp",
    "BrowserSession",
    "Identity",
    "Link",
    "LoginCode",
    "LoginProvider",
    "Passkey",
    "RateLog",
    "RecoveryCode",
    "Role",
    "SavedView",
    "User",
    "UserManager",
]
