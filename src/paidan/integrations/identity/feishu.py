"""Feishu (abroad: Lark), "网页应用登录" by the token endpoint of version 2.

Nearly OAuth 2.0, with PKCE, but the request is JSON, refusals are a number in ``code``, and there is no signed
token: the person is asked for, as ``union_id`` (the same in all apps of a company) and ``open_id``.
Source: open.feishu.cn, "获取授权码", "获取 user_access_token" and "获取用户信息".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from paidan.accounts.errors import IdentityNotProven, LoginBrokenOff, SetupWrong
from paidan.accounts.ports import IdentityAsk, ProvenIdentity, ProvenSubject, ProviderSetup
from paidan.integrations.outgoing import Answer, NoAnswer, ask

REALM = "feishu"
# 20002 app secret wrong, 20048 app does not exist, 20069 app disabled, 10003/10014 of the app's own token.
NOT_KNOWN = frozenset({20002, 20048, 20069, 10003, 10014})
OWN_TOKEN_PATH = "/open-apis/auth/v3/app_access_token/internal"  # noqa: S105  # an address


class Feishu:
    """Feishu's page of consent, by QR code or within its own app."""

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str:
        """To Feishu's page, with the challenge that our verifier will answer."""
        digest = hashlib.sha256(ask.verifier.encode()).digest()
        query = {
            "client_id": setup.client_id,
            "response_type": "code",
            "redirect_uri": ask.callback,
            "state": ask.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{setup.address}/open-apis/authen/v1/authorize?{urlencode(query)}"

    def identity(self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]) -> ProvenIdentity:
        """Redeem the code, then ask who the token's owner is."""
        if "error" in answer or not answer.get("code"):
            raise LoginBrokenOff(facts={"reason": answer.get("error", "")[:40]})
        form = {
            "grant_type": "authorization_code",
            "client_id": setup.client_id,
            "client_secret": setup.secret,
            "code": answer["code"],
            "redirect_uri": ask.callback,
            "code_verifier": ask.verifier,
        }
        token = _asked(setup, "POST", "/open-apis/authen/v2/oauth/token", json=form)
        headers = {"Authorization": f"Bearer {token.text('access_token')}"}
        person = _asked(setup, "GET", "/open-apis/authen/v1/user_info", headers=headers).inner("data")
        found = (
            ProvenSubject(REALM, person.text("union_id")),
            ProvenSubject(f"{REALM}:{setup.client_id}", person.text("open_id")),
        )
        subjects = tuple(one for one in found if one.subject)
        if not subjects:
            raise NoAnswer("nobody")
        return ProvenIdentity(subjects, person.text("name"))

    def check(self, setup: ProviderSetup) -> None:
        """Ask for the app's own token: only whoever has the secret gets one."""
        keys = {"app_id": setup.client_id, "app_secret": setup.secret}
        try:
            said = _asked(setup, "POST", OWN_TOKEN_PATH, json=keys)
        except IdentityNotProven as error:
            raise SetupWrong(facts=error.facts) from error
        if not said.text("app_access_token"):
            raise NoAnswer("no token")


def _asked(setup: ProviderSetup, method: str, path: str, **parts: object) -> Answer:
    said = ask(method, f"{setup.api_address}{path}", **parts)
    fault = said.body.get("code", 0)
    if said.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NoAnswer(f"code {fault}, status {said.status}")
    if fault in NOT_KNOWN:
        raise SetupWrong(facts={"reason": f"code {fault}"})
    if fault or said.status != httpx.codes.OK:
        raise IdentityNotProven(facts={"reason": f"code {fault}, status {said.status}"})
    return said
