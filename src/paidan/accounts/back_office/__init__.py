"""The back office under ``/admin/``: who may open it, and what every table in it has in common."""

from __future__ import annotations

from paidan.accounts.constants import Permission
from paidan.accounts.rules import may
from paidan.kernel.actors import Actor

OPENED_BY = (Permission.EDIT_MASTER_DATA, Permission.EDIT_USERS, Permission.VIEW_AUDIT)

BACK_OFFICE = may(*OPENED_BY)


def may_open_back_office(actor: Actor) -> bool:
    """Whether the role holds any of its permissions."""
    return any(actor.may(permission) for permission in OPENED_BY)
