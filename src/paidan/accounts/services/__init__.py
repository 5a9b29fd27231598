"""Writes on accounts."""

from __future__ import annotations

from paidan.accounts.services.attempts import (
    BOOKINGS,
    GRABS,
    HOLDS_OF_ADDRESS,
    HOLDS_OF_CUSTOMER,
    SIGN_UPS,
    Rate,
    attempt_count,
    attempt_take,
)
from paidan.accounts.services.codes import CodeTicket, login_by_code, login_code_send
from paidan.accounts.services.credentials import (
    api_key_create,
    api_key_revoke,
    link_create,
    login_by_password,
    password_set,
)
from paidan.accounts.services.limits import Limit, Window, hits_forget, hits_take, spent_forget
from paidan.accounts.services.people import (
    InvitedPerson,
    NewPerson,
    invitation_accept,
    invitation_renew,
    person_invite,
    person_lock,
    person_rename,
    sessions_end,
)
from paidan.accounts.services.saved_views import ViewOfList, saved_views, view_delete, view_save
from paidan.accounts.services.users import (
    ROLE_NAMES_ZH,
    LastAdministrator,
    MatrixMoved,
    login_names_normalised,
    matrix_set,
    profile_change,
    role_of,
    role_permissions_set,
    user_change,
    user_create,
)

__all__ = [
    "BOOKINGS",
    "GRABS",
    "HOLDS_OF_ADDRESS",
    "HOLDS_OF_CUSTOMER",
    "ROLE_NAMES_ZH",
    "SIGN_UPS",
    "CodeTicket",
    "InvitedPerson",
    "LastAdministrator",
    "Limit",
    "MatrixMoved",
    "NewPerson",
    "Rate",
    "ViewOfList",
    "Window",
    "api_key_create",
    "api_key_revoke",
    "attempt_count",
    "attempt_take",
    "hits_forget",
    "hits_take",
    "invitation_accept",
    "invitation_renew",
    "link_create",
    "login_by_code",
    "login_by_password",
    "login_code_send",
    "login_names_normalised",
    "matrix_set",
    "password_set",
    "person_invite",
    "person_lock",
    "person_rename",
    "profile_change",
    "role_of",
    "role_permissions_set",
    "saved_views",
    "sessions_end",
    "spent_forget",
    "user_change",
    "user_create",
    "view_delete",
    "view_save",
]
