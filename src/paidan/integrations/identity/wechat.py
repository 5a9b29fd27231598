"""WeChat: a QR code for everybody else's browser, its own page inside WeChat's.

Not OpenID: the parameters have names of their own, the page's address ends in ``#wechat_redirect``, and
refusals come as ``errcode`` under status 200. Sources: the open platform's "网站应用微信登录开发指南" and
the official accounts' "网页授权".
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from paidan.accounts.errors import IdentityNotProven, LoginBrokenOff, SetupWrong
from paidan.accounts.ports import IdentityAsk, ProvenIdentity, ProvenSubject, ProviderSetup
from paidan.integrations.outgoing import Answer, NoAnswer, ask

UNION = "wechat"
# 40013 invalid appid, 40125 invalid appsecret, 40001 appsecret wrong, 41002/41004 missing.
NOT_KNOWN = frozenset({40001, 40013, 40125, 41002, 41004})
# 40029 invalid code, 40163 code been used, 41008 missing code, 42003 code expired.
CODE_WRONG = frozenset({40029, 40163, 41008, 42003})


class WeChat:
    """One of WeChat's two apps: a website's (``qrconnect``), or an official account's (``oauth2/authorize``)."""

    def __init__(self, *, page: str, scope: str) -> None:
        self.page = page
        self.scope = scope

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str:
        """To the QR code, or to the page of consent; WeChat knows no PKCE and no nonce."""
        query = {
            "appid": setup.client_id,
            "redirect_uri": ask.callback,
            "response_type": "code",
            "scope": self.scope,
            "state": ask.state,
        }
        return f"{setup.address}/connect/{self.page}?{urlencode(query)}#wechat_redirect"

    def identity(
        self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]
    ) -> ProvenIdentity:  # the port's signature
        """Redeem the code. Who said no comes back without one.

        The number of the union (``unionid``) is the same in all apps of a company; the app's own
        (``openid``) is what there is when the app has not joined one.
        """
        if not answer.get("code"):
            raise LoginBrokenOff
        token = _code_redeemed(setup, answer["code"])
        _check(token)
        openid, access = token.text("openid"), token.text("access_token")
        if not openid or not access:
            raise NoAnswer("no openid")
        person = _asked("/sns/userinfo", setup, {"access_token": access, "openid": openid, "lang": "zh_CN"})
        _check(person)
        unionid = person.text("unionid") or token.text("unionid")
        own = ProvenSubject(f"{UNION}:{setup.client_id}", openid)
        subjects = (ProvenSubject(UNION, unionid), own) if unionid else (own,)
        return ProvenIdentity(subjects, person.text("nickname"))

    def check(self, setup: ProviderSetup) -> None:
        """Try a code that nobody has: WeChat blames the code, or us."""
        said = _code_redeemed(setup, "a-code-that-nobody-has")
        if said.body.get("errcode") not in CODE_WRONG:
            _check(said)


def _code_redeemed(setup: ProviderSetup, code: str) -> Answer:
    query = {"appid": setup.client_id, "secret": setup.secret, "code": code, "grant_type": "authorization_code"}
    return _asked("/sns/oauth2/access_token", setup, query)


def _asked(path: str, setup: ProviderSetup, query: Mapping[str, str]) -> Answer:
    return ask("GET", f"{setup.api_address}{path}", params=query)


def _check(said: Answer) -> None:
    fault = said.body.get("errcode", 0)
    if fault in NOT_KNOWN:
        raise SetupWrong(facts={"reason": f"errcode {fault}"})
    if fault in CODE_WRONG:
        raise IdentityNotProven(facts={"reason": f"errcode {fault}"})
    if fault or said.status != 200:
        raise NoAnswer(f"errcode {fault}, status {said.status}")
