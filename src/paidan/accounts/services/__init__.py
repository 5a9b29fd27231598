"""Writes on accounts."""

from __future__ import annotations

from paidan.accounts.services.codes import CodeTicket, login_by_code, login_code_send
from paidan.accounts.services.credentials import (
    api_key_create,
    api_key_revoke,
    link_create,
    login_by_password,
    password_set,
)
from paidan.accounts.services.limits import Limit, Window, hits_forget, hits_take, spent_forget
from paidan.accounts.services.users import (
    ROLE_NAMES_ZH,
    LastAdministrator,
    login_names_normalised,
    profile_change,
    role_of,
    role_permissions_set,
    user_change,
    user_create,
)

__all__ = [
    "ROLE_NAMES_ZH",
    "CodeTicket",
    "LastAdministrator",
    "Limit",
    "Window",
    "api_key_create",
    "api_key_revoke",
    "hits_forget",
    "hits_take",
    "link_create",
    "login_by_code",
    "login_by_password",
    "login_code_send",
    "login_names_normalised",
    "password_set",
    "profile_change",
    "role_of",
    "role_permissions_set",
    "spent_forget",
    "user_change",
    "user_create",
]
