"""People and roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from paidan.accounts.constants import ROLE_PERMISSIONS, Permission, RoleCode
from paidan.accounts.logins import phone_normalised
from paidan.accounts.models import Role, User
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden, Invalid, NotFound, Refused

NAME_LENGTH = 80
ROLE_NAMES_ZH = {
    RoleCode.ADMINISTRATOR: "管理员",
    RoleCode.MANAGER: "经理",
    RoleCode.DISPATCHER: "调度",
    RoleCode.CUSTOMER_SERVICE: "客服",
    RoleCode.TEAM_LEAD: "班组长",
    RoleCode.TECHNICIAN: "服务人员",
    RoleCode.CUSTOMER: "客户",
}


class LastAdministrator(Refused):
    """Somebody must be left who can let others in."""

    code = "last_administrator"
    message = _("This is the last active administrator. Make somebody else an administrator first.")


class MatrixMoved(Refused):
    """The matrix on the screen is not the one in force."""

    code = "matrix_moved"
    message = _("Somebody else has changed the matrix meanwhile. Below is what holds now; please tick again.")


def role_of(code: RoleCode) -> Role:
    """The role's row; made with its standard permissions the first time."""
    role, _ = Role.objects.get_or_create(
        code=code,
        defaults={
            "permissions": sorted(ROLE_PERMISSIONS[code]),
            "name": {"en": code.name.replace("_", " ").capitalize(), "zh": ROLE_NAMES_ZH[code]},
        },
    )
    return role


@transaction.atomic
def user_create(
    *,
    role: RoleCode,
    name: str,
    phone: str | None = None,
    email: str | None = None,
    password: str | None = None,
    language: str = "",
) -> User:
    """Create a user with a role; without a password they log in by code only."""
    user = User(
        role=role_of(role),
        name=name.strip()[:NAME_LENGTH],
        phone=phone,
        phone_verified=phone is not None,
        email=email.lower() if email else None,
        language=language,
        is_staff=role is RoleCode.ADMINISTRATOR,
        is_superuser=role is RoleCode.ADMINISTRATOR,
    )
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def user_change(*, user_id: int, role: RoleCode, is_active: bool, actor: Actor) -> User:
    """Give a user another role, disable them or let them in again; disabling ends their sessions at once.

    Raises:
        NotFound: there is no such user.
        Forbidden: the old or the new role may do more than the actor.
        LastAdministrator: nobody would be left to administer.
    """
    administrators = User.objects.filter(role__code=RoleCode.ADMINISTRATOR, is_active=True)
    # Two administrators who disable each other at the same moment must not both succeed.
    active = set(administrators.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    user = user_lock(user_id)
    wanted = role_of(role)
    rank_check(actor, user.role, wanted)
    stays = is_active and role is RoleCode.ADMINISTRATOR
    if active == {user_id} and not stays:
        raise LastAdministrator
    if user.is_active and not is_active:
        user.session_round += 1
    user.role = wanted
    user.is_active = is_active
    user.is_staff = user.is_superuser = role is RoleCode.ADMINISTRATOR
    user.save(update_fields=["role", "is_active", "is_staff", "is_superuser", "session_round"])
    return user


def user_lock(user_id: int) -> User:
    """The user's row, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    user = User.objects.select_for_update(of=("self",)).select_related("role").filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user


def rank_check(actor: Actor, *roles: Role) -> None:
    """Let nobody raise themselves: who edits users may give and take only roles that do no more than they may.

    Administrators give and take every role.

    Raises:
        Forbidden: one of the roles may do more than the actor.
    """
    if actor.kind is ActorKind.SYSTEM or (actor.role == RoleCode.ADMINISTRATOR and not actor.is_narrowed):
        return
    if any(role.code == RoleCode.ADMINISTRATOR or not actor.permissions.issuperset(role.permissions) for role in roles):
        raise Forbidden(_("This role may do more than you. Please ask an administrator."))


@transaction.atomic
def role_permissions_set(*, code: RoleCode, permissions: Iterable[str], actor: Actor) -> Role:
    """Tick and untick one row of the permission matrix.

    Raises:
        Invalid: a permission does not exist, or administrators would lock themselves out.
        Forbidden: the actor is no administrator and would give or take what they may not do themselves.
    """
    wanted = set(permissions)
    unknown = wanted - set(Permission)
    if unknown:
        raise Invalid(fields={"permissions": _("This permission does not exist.")}, facts={"unknown": sorted(unknown)})
    if code is RoleCode.ADMINISTRATOR and Permission.EDIT_USERS not in wanted:
        raise Invalid(fields={"permissions": _("Administrators keep the permission to edit users.")})
    role_of(code)
    role = Role.objects.select_for_update().get(code=code)
    rank_check(actor, role, Role(code=code, permissions=sorted(wanted)))
    if set(role.permissions) != wanted:
        role.permissions = sorted(wanted)
        role.save(update_fields=["permissions"])
    return role


@transaction.atomic
def matrix_set(
    *, wanted: Mapping[RoleCode, frozenset[str]], seen: Mapping[RoleCode, frozenset[str]], actor: Actor
) -> tuple[RoleCode, ...]:
    """Bring the whole matrix to what was ticked, unless somebody changed it meanwhile.

    Args:
        seen: what each role held when the matrix was read.

    Returns:
        The roles that changed.

    Raises:
        MatrixMoved: a role is no longer what was seen; nothing is kept.
        Invalid, Forbidden: as for one role; nothing is kept.
    """
    present = {
        RoleCode(role.code): frozenset(role.permissions)
        for role in Role.objects.select_for_update().filter(code__in=wanted).order_by("pk")
    }
    if any(present.get(code, frozenset()) != seen.get(code) for code in wanted):
        raise MatrixMoved
    changed = tuple(code for code, permissions in wanted.items() if permissions != present.get(code))
    for code in changed:
        role_permissions_set(code=code, permissions=wanted[code], actor=actor)
    return changed


def profile_change(*, user_id: int, name: str, language: str) -> User:
    """What people may change about themselves.

    Raises:
        Invalid: the name is too long, or we do not speak the language.
    """
    cleaned = name.strip()
    if len(cleaned) > NAME_LENGTH:
        raise Invalid(fields={"name": _("At most 80 characters, please.")})
    if language not in dict(settings.LANGUAGES):
        raise Invalid(fields={"language": _("Please choose one of the languages.")})
    user = User.objects.select_related("role").get(pk=user_id)
    user.name = cleaned
    user.language = language
    user.save(update_fields=["name", "language"])
    return user


def login_names_normalised(*, phone: str, email: str) -> tuple[str | None, str | None]:
    """What an administrator typed as log-in names; at least one is needed.

    Raises:
        Invalid: neither is given, or the phone is none.
    """
    if not phone.strip() and not email.strip():
        raise Invalid(fields={"phone": _("A phone or an e-mail is needed to log in.")})
    number = phone_normalised(phone) if phone.strip() else None
    return number, email.strip().lower() or None
