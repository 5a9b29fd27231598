"""How people of the house come in, and how they are shown out: invitations, sessions, roles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.accounts.access import require, token_hash
from paidan.accounts.constants import LinkPurpose, Permission, RoleCode
from paidan.accounts.errors import InvitationOver
from paidan.accounts.models import ApiKey, Link, User
from paidan.accounts.ports import Invitation, invitation_sender
from paidan.accounts.services.browsers import browsers_end
from paidan.accounts.services.second_factors import second_factors_forget
from paidan.accounts.services.users import (
    NAME_LENGTH,
    login_names_normalised,
    rank_check,
    role_of,
    user_create,
    user_lock,
)
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.plain_text import text_fault

INVITATION_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody to let in, as typed; a phone or an e-mail is needed, the invitation goes there."""

    role: RoleCode
    name: str
    phone: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """Who was invited; ``token`` opens the page on which they set their password, once, until ``expires_at``."""

    user_id: int
    token: str
    expires_at: datetime


@transaction.atomic
def person_invite(*, person: NewPerson, actor: Actor, now: datetime) -> InvitedPerson:
    """Create a user with a role and send them a link to set their own password.

    Raises:
        Forbidden: the actor does not edit users, or the role may do more than they.
        Invalid: neither phone nor e-mail, not readable, or somebody logs in with it already.
    """
    require(actor, Permission.EDIT_USERS)
    rank_check(actor, role_of(person.role))
    phone, email = _names_checked(person)
    user = user_create(role=person.role, name=person.name, phone=phone, email=email, language=person.language)
    User.objects.filter(pk=user.pk).update(phone_verified=False)
    return _invite(user, now=now)


@transaction.atomic
def invitation_renew(*, user_id: int, actor: Actor, now: datetime) -> InvitedPerson:
    """Send a fresh link; earlier ones end.

    Raises:
        NotFound: there is no such user.
        Forbidden: the actor does not edit users, or this one may do more than they.
        InvitationOver: they have set their password, or were disabled.
    """
    user = person_lock(user_id, actor)
    if user.has_usable_password() or not user.is_active:
        raise InvitationOver
    return _invite(user, now=now)


@transaction.atomic
def invitation_accept(*, token: str, password: str, now: datetime) -> User:
    """Set the invited person's password; the link opens nothing any more.

    Raises:
        NotFound: the link is unknown, used or over.
        Invalid: the password does not meet the policy; the link stays good.
    """
    live = Link.objects.filter(purpose=LinkPurpose.INVITATION, token_hash=token_hash(token), expires_at__gt=now)
    link = live.first()
    if link is None:
        raise NotFound
    user = user_lock(int(link.subject))
    if not user.is_active or not live.update(expires_at=now):
        raise NotFound
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"new": " ".join(error.messages)}) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


@transaction.atomic
def sessions_end(*, user_id: int, actor: Actor, now: datetime) -> None:
    """Log a user out on every device and end the keys of their programs.

    Raises:
        NotFound: there is no such user.
        Forbidden: the actor does not edit users, or this one may do more than they.
    """
    user = person_lock(user_id, actor)
    user.session_round += 1
    user.save(update_fields=["session_round"])
    browsers_end(user_id=user_id)
    ApiKey.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=now)


@transaction.atomic
def second_factors_reset(*, user_id: int, actor: Actor, now: datetime) -> None:
    """Forget a user's second factors, e.g. after the phone was lost, and log them out everywhere.

    They get in by their first proof alone and set up new ones; an administrator has to.

    Raises:
        NotFound: there is no such user.
        Forbidden: the actor does not edit users, or this one may do more than they, or is they themselves:
            whoever sits at an open screen must not rid its owner of the second factor.
    """
    user = person_lock(user_id, actor)
    if user_id == actor.user_id:
        raise Forbidden
    second_factors_forget(user_id=user_id)
    user.session_round += 1
    user.second_factors_reset_at = now
    user.save(update_fields=["session_round", "second_factors_reset_at"])
    browsers_end(user_id=user_id)


@transaction.atomic
def person_rename(*, user_id: int, name: str, actor: Actor) -> None:
    """Correct a user's name.

    Raises:
        NotFound, Forbidden: as for ``sessions_end``.
        Invalid: the name cannot be kept.
    """
    user = person_lock(user_id, actor)
    fault = text_fault(name, longest=NAME_LENGTH, required=True)
    if fault:
        raise Invalid(fields={"name": fault})
    user.name = name.strip()
    user.save(update_fields=["name"])


def person_lock(user_id: int, actor: Actor) -> User:
    """The row of somebody whom the actor may change, held until the transaction ends.

    Raises:
        NotFound: there is no such user.
        Forbidden: the actor does not edit users, or this one may do more than they.
    """
    require(actor, Permission.EDIT_USERS)
    user = user_lock(user_id)
    rank_check(actor, user.role)
    return user


def _names_checked(person: NewPerson) -> tuple[str | None, str | None]:
    fault = text_fault(person.name, longest=NAME_LENGTH, required=True)
    faults: dict[str, StrOrPromise] = {"name": fault} if fault else {}
    try:
        phone, email = login_names_normalised(phone=person.phone, email=person.email)
        if email:
            validate_email(email)
    except Invalid as error:
        raise Invalid(fields={**faults, **error.fields}) from error
    except ValidationError as error:
        raise Invalid(
            fields={**faults, "email": _("Please enter an e-mail address, e.g. name@example.com.")}
        ) from error
    if phone and User.objects.filter(phone=phone).exists():
        faults["phone"] = _("Somebody logs in with this number already. Find them in the list and change their role.")
    if email and User.objects.filter(email=email).exists():
        faults["email"] = _("Somebody logs in with this e-mail already. Find them in the list and change their role.")
    if faults:
        raise Invalid(fields=faults)
    return phone, email


def _invite(user: User, *, now: datetime) -> InvitedPerson:
    mine = Link.objects.filter(purpose=LinkPurpose.INVITATION, subject=str(user.pk), expires_at__gt=now)
    mine.update(expires_at=now)
    token, expires_at = secrets.token_urlsafe(20), now + INVITATION_LIFE
    Link.objects.create(
        purpose=LinkPurpose.INVITATION, subject=str(user.pk), token_hash=token_hash(token), expires_at=expires_at
    )
    invitation = Invitation(
        phone=user.phone or "",
        email=user.email or "",
        link=f"{settings.PUBLIC_URL}/invitation/{token}/",
        language=user.language or settings.LANGUAGE_CODE,
    )
    # A link that was rolled back must not be on its way; one that is not sent is shown to who invited.
    transaction.on_commit(partial(invitation_sender().send, invitation), robust=True)
    return InvitedPerson(user.pk, token, expires_at)
