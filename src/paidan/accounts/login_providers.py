"""Which log-in providers there are, and how each is set up: by the environment, else in the office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from paidan.accounts import vault
from paidan.accounts.constants import PROVIDER_FAMILIES, ProviderCode
from paidan.accounts.models import LoginProvider
from paidan.accounts.ports import ProviderSetup
from paidan.kernel.errors import NotFound

# Where each vendor says its addresses are: people log in at the first, our server asks the second.
ADDRESSES: dict[ProviderCode, tuple[str, str]] = {
    ProviderCode.OIDC: ("", ""),
    ProviderCode.WECHAT: ("https://open.weixin.qq.com", "https://api.weixin.qq.com"),
    ProviderCode.WECHAT_INSIDE: ("https://open.weixin.qq.com", "https://api.weixin.qq.com"),
    ProviderCode.DINGTALK: ("https://login.dingtalk.com", "https://api.dingtalk.com"),
    ProviderCode.FEISHU: ("https://accounts.feishu.cn", "https://open.feishu.cn"),
}
WECHAT_BROWSER = "MicroMessenger"


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as the office sees it; of its secret only whether there is one.

    Attributes:
        is_fixed: the environment says so, and the office cannot change it.
    """

    code: str
    label: str
    name: str
    is_on: bool
    is_fixed: bool
    client_id: str
    address: str
    has_secret: bool
    secret_changed_at: datetime | None

    @property
    def is_set_up(self) -> bool:
        needs_address = self.code == ProviderCode.OIDC
        return bool(self.client_id and self.has_secret and (self.address or not needs_address))


@dataclass(frozen=True, slots=True)
class LoginButton:
    """A way to log in by a third party, as the log-in page offers it."""

    code: str
    name: str


def provider_rows() -> list[ProviderRow]:
    """All providers there could be, in the order in which they are offered."""
    kept = {row.code: row for row in LoginProvider.objects.all()}
    return [_row(code, kept.get(code)) for code in ProviderCode]


def provider_row(code: str) -> ProviderRow:
    """One of them.

    Raises:
        NotFound: there is no such provider.
    """
    if code not in ProviderCode:
        raise NotFound
    return _row(ProviderCode(code), LoginProvider.objects.filter(pk=code).first())


def login_buttons(agent: str) -> tuple[LoginButton, ...]:
    """What the log-in page offers to a browser; what is not set up, or off, is not there.

    Args:
        agent: what the browser calls itself. WeChat's shows no QR code to itself, so its users go
            by the other app, and nobody else can.
    """
    hidden = ProviderCode.WECHAT if WECHAT_BROWSER in agent else ProviderCode.WECHAT_INSIDE
    rows = [row for row in provider_rows() if row.is_on and row.is_set_up and row.code != hidden]
    return tuple(LoginButton(row.code, provider_name(row)) for row in rows)


def provider_setup(code: str) -> ProviderSetup:
    """How we are known to a provider that is on.

    Raises:
        NotFound: there is none by this code, it is off, or it is not set up.
    """
    row = provider_row(code)
    if not row.is_on:
        raise NotFound
    return setup_of(row)


def setup_of(row: ProviderRow) -> ProviderSetup:
    """How we are known to a provider, be it on or off.

    Raises:
        NotFound: it is not set up, or the secret was sealed with another key.
    """
    if not row.is_set_up:
        raise NotFound
    address, api_address = addresses_of(ProviderCode(row.code))
    return ProviderSetup(
        code=row.code,
        client_id=row.client_id,
        secret=_secret(row),
        address=row.address or address,
        api_address=api_address,
    )


def provider_name(row: ProviderRow) -> str:
    """What people call a provider: the name the house gave it, else the vendor's."""
    return row.name or str(family_of(row.code).label)


def family_of(code: str) -> ProviderCode:
    """The provider to which an app belongs, e.g. WeChat to both of its own."""
    known = ProviderCode(code)
    return PROVIDER_FAMILIES.get(known, known)


def addresses_of(code: ProviderCode) -> tuple[str, str]:
    """Where people log in and where our server asks: as the environment says, else as the vendor does."""
    said = _environment(code)
    address, api_address = ADDRESSES[code]
    return said.get("address") or address, said.get("api_address") or api_address


def _row(code: ProviderCode, kept: LoginProvider | None) -> ProviderRow:
    said = _environment(code)
    label = str(code.label)
    if said.get("client_id"):
        return ProviderRow(
            code=code,
            label=label,
            name=said.get("name", ""),
            is_on=True,
            is_fixed=True,
            client_id=said["client_id"],
            address=said.get("address", "") if code is ProviderCode.OIDC else "",
            has_secret=True,
            secret_changed_at=None,
        )
    row = kept or LoginProvider(code=code)
    return ProviderRow(
        code=code,
        label=label,
        name=row.name,
        is_on=row.is_on,
        is_fixed=False,
        client_id=row.client_id,
        address=row.address,
        has_secret=bool(row.secret),
        secret_changed_at=row.secret_changed_at,
    )


def _secret(row: ProviderRow) -> str:
    if row.is_fixed:
        return _environment(ProviderCode(row.code))["secret"]
    box = LoginProvider.objects.values_list("secret", flat=True).get(pk=row.code)
    try:
        return vault.unsealed(bytes(box)).decode()
    except vault.Unreadable as error:
        raise NotFound from error


def _environment(code: ProviderCode) -> Mapping[str, str]:
    said: Mapping[str, Mapping[str, str]] = settings.LOGIN_PROVIDERS
    return said.get(code, {})
