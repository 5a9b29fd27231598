"""Setting log-in providers up, and asking them whether they know us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.accounts import vault
from paidan.accounts.constants import ProviderCode
from paidan.accounts.login_providers import ProviderRow, provider_row, setup_of
from paidan.accounts.models import LoginProvider
from paidan.accounts.ports import identity_gateway
from paidan.kernel.errors import Invalid, NotFound, Refused

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What the office wants of a provider; an empty ``secret`` leaves the one that is kept."""

    is_on: bool
    name: str
    client_id: str
    secret: str
    address: str


class SetByEnvironment(Refused):
    """What the environment says is changed there."""

    code = "set_by_environment"
    message = _("This is set by the environment of the server. Please change it there.")


class NotSetUp(Refused):
    """There is nothing yet with which to ask."""

    code = "not_set_up"
    message = _("Please keep an ID and a secret first.")


def provider_set(*, code: str, wanted: ProviderChange, now: datetime) -> ProviderRow:
    """Keep how we are known to a provider, and whether people may log in by it.

    Raises:
        NotFound: there is no such provider.
        SetByEnvironment: it is not the office's to change.
        Invalid: it shall be on and something is missing, or the address is no https address.
    """
    provider = ProviderCode(provider_row(code).code)
    with transaction.atomic():
        LoginProvider.objects.get_or_create(pk=provider)
        row = LoginProvider.objects.select_for_update().get(pk=provider)
        if provider_row(provider).is_fixed:
            raise SetByEnvironment
        row.is_on, row.name, row.client_id = wanted.is_on, wanted.name.strip(), wanted.client_id.strip()
        row.address = issuer_cleaned(wanted.address) if provider is ProviderCode.OIDC else ""
        if wanted.secret.strip():
            row.secret, row.secret_changed_at = vault.sealed(wanted.secret.strip().encode()), now
        _check_whole(row)
        row.save()
    return provider_row(provider)


def provider_check(*, code: str) -> None:
    """Ask a provider whether it knows us by what is kept; outside any transaction.

    Raises:
        NotSetUp: something is missing.
        SetupWrong: it does not know us.
        ProviderSilent: it does not answer properly.
    """
    row = provider_row(code)
    try:
        setup = setup_of(row)
    except NotFound as error:
        raise NotSetUp from error
    identity_gateway().check(setup)


def issuer_cleaned(text: str) -> str:
    """The address of an OpenID provider without the part that everybody adds themselves.

    Raises:
        Invalid: it is no https address; plain http is for this machine only.
    """
    address = text.strip().removesuffix("/.well-known/openid-configuration").rstrip("/")
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    is_plain = bool(host) and not (parts.query or parts.fragment or parts.username)
    if not is_plain or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
        raise Invalid(fields={"address": _("Please enter an address that begins with https://.")})
    return address


def _check_whole(row: LoginProvider) -> None:
    needed = {"client_id": bool(row.client_id), "secret": bool(row.secret)}
    if row.code == ProviderCode.OIDC:
        needed["address"] = bool(row.address)
    missing: dict[str, StrOrPromise] = dict.fromkeys(
        (name for name, is_there in needed.items() if not is_there), _("Needed before it can be on.")
    )
    if row.is_on and missing:
        raise Invalid(fields=missing)
