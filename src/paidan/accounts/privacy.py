"""The account itself: how it is given out, closed and made nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from paidan.accounts.models import (
    ApiKey,
    BrowserSession,
    Identity,
    Passkey,
    SavedView,
    User,
)
from paidan.accounts.personal_data import PersonalPart, Section, Subject
from paidan.accounts.services.browsers import browsers_end
from paidan.accounts.services.identities import identities_forget
from paidan.accounts.services.second_factors import second_factors_forget


def export(subject: Subject) -> Sequence[Section]:
    """Name, ways to log in, language, keys."""
    user = User.objects.select_related("role").get(pk=subject.user_id)
    account = {
        "name": user.name,
        "phone": user.phone,
        "email": user.email,
        "language": user.language,
        "role": user.role.code,
        "created_at": user.created_at.isoformat(),
        "last_login_at": user.last_login.isoformat() if user.last_login else None,
    }
    keys = [{"label": key.label, "created_at": key.created_at.isoformat()} for key in ApiKey.objects.filter(user=user)]
    views = [{"name": view.name, "query": view.query} for view in SavedView.objects.filter(user=user).order_by("pk")]
    passkeys = [
        {"name": key.name, "created_at": key.created_at.isoformat()}
        for key in Passkey.objects.filter(user=user).order_by("pk")
    ]
    identities = [
        {"provider": row.provider, "name": row.name, "subject": row.subject, "created_at": row.created_at.isoformat()}
        for row in Identity.objects.filter(user=user).order_by("pk")
    ]
    browsers = [
        {"browser": row.agent, "address": row.address, "created_at": row.created_at.isoformat()}
        for row in BrowserSession.objects.filter(user=user).order_by("pk")
    ]
    return (
        Section("account", _("My account"), [account]),
        Section("passkeys", _("Passkeys"), passkeys),
        Section("identities", _("Third-party log-in"), identities),
        Section("browsers", _("Where you are logged in"), browsers),
        Section("api_keys", _("API keys"), keys),
        Section("saved_views", _("Saved views"), views),
    )


def erase(subject: Subject, now: datetime) -> None:
    """Close the account for good; its number stays, so that what it did still has one author."""
    user = User.objects.select_for_update(of=("self",)).get(pk=subject.user_id)
    for model in _library_models():
        model._base_manager.filter(**{_link_of(model): user.pk}).delete()  # noqa: SLF001  # Django documents it
    ApiKey.objects.filter(user=user).delete()
    SavedView.objects.filter(user=user).delete()
    second_factors_forget(user_id=user.pk)
    identities_forget(user_id=user.pk)
    browsers_end(user_id=user.pk)
    user.set_unusable_password()
    user.name, user.phone, user.phone_verified, user.language = "", None, False, ""
    user.email = f"erased-{user.pk}@paidan.invalid"
    user.is_active, user.last_login = False, None
    user.session_round += 1
    user.save()


def _library_models() -> list[type[models.Model]]:
    """Tables of libraries about an account, e.g. other ways to log in: none of them outlives it."""
    related = [relation.related_model for relation in User._meta.related_objects]  # noqa: SLF001  # Django documents it
    return [model for model in related if isinstance(model, type) and _is_table_of_library(model)]


def _is_table_of_library(model: type[models.Model]) -> bool:
    # The library of the audit describes its tables by a model that is no table.
    return not model.__module__.startswith(("paidan.", "pghistory."))


def _link_of(model: type[models.Model]) -> str:
    fields = model._meta.get_fields()  # noqa: SLF001  # Django documents it
    return next(field.name for field in fields if field.is_relation and field.related_model is User)


PART = PersonalPart(
    app="accounts",
    export=export,
    erase=erase,
    covered=(
        "accounts.User",
        "accounts.ApiKey",
        "accounts.SavedView",
        "accounts.Passkey",
        "accounts.BrowserSession",
        "accounts.Identity",
    ),
    exempt={
        "accounts.AuthenticatorApp": "A secret that would open the account; erased with it.",
        "accounts.RecoveryCode": "Only an HMAC is kept; erased with the account.",
        "accounts.IdentityEvent": "The audit of linked log-ins names people by number only.",
        "accounts.UserEvent": "The audit of roles names people by number only.",
    },
)
