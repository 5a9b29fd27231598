"""People and roles."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from paidan.accounts.constants import ROLE_PERMISSIONS, Permission, RoleCode
from paidan.accounts.logins import phone_normalised
from paidan.accounts.models import Role, User
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid, Refused

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
def user_change(*, user_id: int, role: RoleCode, is_active: bool) -> User:
    """Give a user another role, disable them or let them in again; their sessions follow at once.

    Raises:
        LastAdministrator: nobody would be left to administer.
    """
    administrators = User.objects.filter(role__code=RoleCode.ADMINISTRATOR, is_active=True)
    # Two administrators who disable each other at the same moment must not both succeed.
    active = set(administrators.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    stays = is_active and role is RoleCode.ADMINISTRATOR
    if active == {user_id} and not stays:
        raise LastAdministrator
    user.role = role_of(role)
    user.is_active = is_active
    user.is_staff = user.is_superuser = role is RoleCode.ADMINISTRATOR
    user.save(update_fields=["role", "is_active", "is_staff", "is_superuser"])
    return user


def role_permissions_set(*, code: RoleCode, permissions: Iterable[str], actor: Actor) -> Role:
    """Tick and untick one row of the permission matrix.

    Raises:
        Invalid: a permission does not exist, or administrators would lock themselves out.
    """
    wanted = set(permissions)
    unknown = wanted - set(Permission)
    if unknown:
        raise Invalid(fields={"permissions": _("This permission does not exist.")}, facts={"unknown": sorted(unknown)})
    if code is RoleCode.ADMINISTRATOR and Permission.EDIT_USERS not in wanted:
        raise Invalid(fields={"permissions": _("Administrators keep the permission to edit users.")})
    role = role_of(code)
    role.permissions = sorted(wanted)
    role.save(update_fields=["permissions"])
    return role


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
