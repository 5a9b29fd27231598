"""Who may log in, and what each role may do: reads for whoever edits users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q

from paidan.accounts.access import require
from paidan.accounts.constants import PERMISSION_LABELS, Permission, RoleCode
from paidan.accounts.models import Role, User
from paidan.accounts.selectors import has_second_factor
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.paging import PAGE_SIZE, Slice, cursor_values, sliced
from paidan.kernel.texts import localized

ACTIVE: Final = "active"
DISABLED: Final = "disabled"
INVITED: Final = "invited"
STATES: Final = (ACTIVE, INVITED, DISABLED)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in the list; ``phone`` and ``email`` are masked. ``state``: active, invited, disabled."""

    id: int
    name: str
    phone: str
    email: str
    role: str
    role_name: str
    state: str
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class Person(PersonRow):
    """Somebody on their own page, with phone and e-mail in full: who edits users must know how they log in."""

    language: str
    created_at: datetime
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A permission, and for each role (in the order of ``RoleCode``) whether it holds it."""

    code: str
    label: str
    held: tuple[tuple[str, bool], ...]


def people(
    actor: Actor, *, search: str = "", role: str = "", state: str = "", cursor: str = "", limit: int = PAGE_SIZE
) -> Slice[PersonRow]:
    """Who may log in, the newest first; one query a page.

    Args:
        search: part of a name or an e-mail, or digits of a phone.
        role, state: anything unknown means all.

    Raises:
        Forbidden: the actor does not edit users.
        Invalid: the cursor belongs to another list.
    """
    require(actor, Permission.EDIT_USERS)
    rows = User.objects.select_related("role").filter(_found(search.strip()), _in_state(state))
    if role in RoleCode:
        rows = rows.filter(role__code=role)
    after = cursor_values(cursor, int)
    if after:
        rows = rows.filter(pk__lt=after[0])
    page = sliced(list(rows.order_by("-pk")[: limit + 1]), limit=limit, key=lambda user: (user.pk,))
    return Slice(tuple(_row(user) for user in page.items), page.next_cursor)


def person(actor: Actor, user_id: int) -> Person:
    """One of them.

    Raises:
        Forbidden: the actor does not edit users.
        NotFound: there is none.
    """
    require(actor, Permission.EDIT_USERS)
    user = User.objects.select_related("role").filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return Person(
        id=user.pk,
        name=user.name,
        phone=user.phone or "",
        email=user.email or "",
        role=user.role.code,
        role_name=localized(user.role.name) or user.role.code,
        state=_state(user),
        last_login_at=user.last_login,
        language=user.language,
        created_at=user.created_at,
        has_second_factor=has_second_factor(user.pk),
    )


def permissions_by_role(actor: Actor) -> dict[RoleCode, frozenset[str]]:
    """What each role holds now.

    Raises:
        Forbidden: the actor does not edit users.
    """
    require(actor, Permission.EDIT_USERS)
    held = {role.code: frozenset(role.permissions) for role in Role.objects.all()}
    return {code: held.get(code, frozenset()) for code in RoleCode}


def matrix(actor: Actor, held: dict[RoleCode, frozenset[str]] | None = None) -> tuple[MatrixRow, ...]:
    """The matrix of roles and permissions, a row for each permission.

    Args:
        held: what to show instead of what is kept, e.g. what was ticked and refused.

    Raises:
        Forbidden: the actor does not edit users.
    """
    shown = permissions_by_role(actor) if held is None else held
    return tuple(
        MatrixRow(code.value, str(label), tuple((role.value, code in shown[role]) for role in RoleCode))
        for code, label in PERMISSION_LABELS.items()
    )


def role_choices() -> list[tuple[str, str]]:
    """The roles by the names this installation gave them; one query."""
    names = {role.code: localized(role.name) for role in Role.objects.all()}
    return [(code.value, names.get(code) or str(code.label)) for code in RoleCode]


def email_masked(email: str) -> str:
    """``li***@example.com``: enough to recognise, too little to write to."""
    name, at, host = email.partition("@")
    return f"{name[:2]}***{at}{host}" if at else ""


def _found(search: str) -> Q:
    if not search or "\0" in search:
        return Q() if not search else Q(pk__in=())
    digits = "".join(letter for letter in search if letter.isdecimal() and letter.isascii())
    found = Q(name__icontains=search) | Q(email__icontains=search.lower())
    return found | Q(phone__contains=digits) if len(digits) >= 3 else found


def _in_state(state: str) -> Q:
    return {
        ACTIVE: Q(is_active=True) & ~_INVITED,
        INVITED: Q(is_active=True) & _INVITED,
        DISABLED: Q(is_active=False),
    }.get(state, Q())


# Nobody has logged in yet and there is no password: the invitation is still open.
_INVITED = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, last_login__isnull=True)


def _state(user: User) -> str:
    if not user.is_active:
        return DISABLED
    return INVITED if user.last_login is None and not user.has_usable_password() else ACTIVE


def _row(user: User) -> PersonRow:
    phone = user.phone or ""
    return PersonRow(
        id=user.pk,
        name=user.name,
        phone=f"{phone[:-8].removeprefix('+86')}****{phone[-4:]}" if phone else "",
        email=email_masked(user.email or ""),
        role=user.role.code,
        role_name=localized(user.role.name) or user.role.code,
        state=_state(user),
        last_login_at=user.last_login,
    )
