"""The one door to all log-in providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import structlog

from paidan.accounts.constants import ProviderCode
from paidan.accounts.errors import IdentityNotProven, ProviderSilent, SetupWrong
from paidan.accounts.ports import IdentityAsk, ProvenIdentity, ProviderSetup
from paidan.integrations.identity.dingtalk import DingTalk
from paidan.integrations.identity.feishu import Feishu
from paidan.integrations.identity.oidc import OpenId
from paidan.integrations.identity.wechat import WeChat
from paidan.integrations.outgoing import NoAnswer
from paidan.kernel.errors import DomainError

log = structlog.get_logger(__name__)


class Provider(Protocol):
    """One vendor's protocol; refuses with the port's errors, or ``NoAnswer`` for silence."""

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str: ...

    def identity(self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]) -> ProvenIdentity: ...

    def check(self, setup: ProviderSetup) -> None: ...


PROVIDERS: dict[str, Provider] = {
    ProviderCode.OIDC: OpenId(),
    ProviderCode.WECHAT: WeChat(page="qrconnect", scope="snsapi_login"),
    ProviderCode.WECHAT_INSIDE: WeChat(page="oauth2/authorize", scope="snsapi_userinfo"),
    ProviderCode.DINGTALK: DingTalk(),
    ProviderCode.FEISHU: Feishu(),
}


class LoginProviders:
    """Asks each provider in its protocol; what went wrong is logged without anybody's name."""

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str:
        """The address at the provider; see the port."""
        try:
            return PROVIDERS[setup.code].question(setup, ask)
        except NoAnswer as error:
            raise _silent(setup, error) from error

    def identity(self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]) -> ProvenIdentity:
        """Who came back; see the port."""
        try:
            return PROVIDERS[setup.code].identity(setup, ask, answer)
        except NoAnswer as error:
            raise _silent(setup, error) from error
        except (IdentityNotProven, SetupWrong) as error:
            log.warning("login_provider_refused", provider=setup.code, reason=_reason(error))
            raise

    def check(self, setup: ProviderSetup) -> None:
        """Whether the provider knows us; see the port."""
        try:
            PROVIDERS[setup.code].check(setup)
        except NoAnswer as error:
            raise _silent(setup, error) from error


def _silent(setup: ProviderSetup, error: NoAnswer) -> ProviderSilent:
    log.warning("login_provider_silent", provider=setup.code, reason=str(error))
    return ProviderSilent()


def _reason(error: DomainError) -> str:
    return str(error.facts.get("reason", error.code))
