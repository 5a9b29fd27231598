"""DingTalk, "登录第三方网站" by the API of version 1.0.

Not OpenID: the callback brings ``authCode``, the token is asked for in camel-case JSON, and the person with a
header of DingTalk's own. ``unionId`` is the person's number in all apps of the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from paidan.accounts.errors import IdentityNotProven, LoginBrokenOff, SetupWrong
from paidan.accounts.ports import IdentityAsk, ProvenIdentity, ProvenSubject, ProviderSetup
from paidan.integrations.outgoing import Answer, NoAnswer, ask

REALM = "dingtalk"
NOT_KNOWN = frozenset(
    {"invalidClientId", "invalidClientSecret", "invalidClientIdOrSecret", "invalidParameter.clientId"}
)


class DingTalk:
    """DingTalk's log-in page, by QR code or password, and inside its own app."""

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str:
        """To DingTalk's page; it knows no PKCE and no nonce."""
        query = {
            "redirect_uri": ask.callback,
            "response_type": "code",
            "client_id": setup.client_id,
            "scope": "openid",
            "state": ask.state,
            "prompt": "consent",
        }
        return f"{setup.address}/oauth2/auth?{urlencode(query)}"

    def identity(
        self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]
    ) -> ProvenIdentity:  # the port's signature
        """Redeem the code, then ask who the token's owner is."""
        if not answer.get("authCode"):
            raise LoginBrokenOff(facts={"reason": answer.get("error", "")[:40]})
        token = _code_redeemed(setup, answer["authCode"])
        _check(token)
        access = token.text("accessToken")
        if not access:
            raise NoAnswer("no token")
        headers = {"x-acs-dingtalk-access-token": access}
        person = _answer("GET", f"{setup.api_address}/v1.0/contact/users/me", headers=headers)
        _check(person)
        if not person.text("unionId"):
            raise NoAnswer("no unionId")
        return ProvenIdentity((ProvenSubject(REALM, person.text("unionId")),), person.text("nick"))

    def check(self, setup: ProviderSetup) -> None:
        """Ask for the app's own token: only whoever has the secret gets one."""
        keys = {"appKey": setup.client_id, "appSecret": setup.secret}
        said = _answer("POST", f"{setup.api_address}/v1.0/oauth2/accessToken", json=keys)
        if said.status != httpx.codes.OK:
            raise SetupWrong(facts={"reason": said.text("code")[:60]})
        if not said.text("accessToken"):
            raise NoAnswer("no token")


def _code_redeemed(setup: ProviderSetup, code: str) -> Answer:
    form = {
        "clientId": setup.client_id,
        "clientSecret": setup.secret,
        "code": code,
        "grantType": "authorization_code",
    }
    return _answer("POST", f"{setup.api_address}/v1.0/oauth2/userAccessToken", json=form)


def _answer(method: str, address: str, **parts: object) -> Answer:
    said = ask(method, address, **parts)
    if said.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NoAnswer(f"status {said.status}")
    return said


def _check(said: Answer) -> None:
    if said.status == httpx.codes.OK:
        return
    fault = said.text("code")[:60]
    if fault in NOT_KNOWN:
        raise SetupWrong(facts={"reason": fault})
    raise IdentityNotProven(facts={"reason": fault or f"status {said.status}"})
