"""OpenID Connect Core 1.0 with the authorization code flow, discovery (Discovery 1.0) and PKCE (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import jwt

from paidan.accounts.errors import IdentityNotProven, LoginBrokenOff, SetupWrong
from paidan.accounts.ports import IdentityAsk, ProvenIdentity, ProvenSubject, ProviderSetup
from paidan.integrations.outgoing import Answer, NoAnswer, ask

DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid profile"
# Keys that only the provider has. A shared secret would let whoever knows it sign, “none” everybody.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCKS_DIFFER_SECONDS = 60
NEEDED = ["iss", "sub", "aud", "exp", "iat"]
LONGEST_SUBJECT = 255
IN_FORM = "client_secret_post"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What a provider says about itself."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    takes_form: bool


class OpenId:
    """Any provider that speaks OpenID Connect."""

    def question(self, setup: ProviderSetup, ask: IdentityAsk) -> str:
        """To the provider's own page, with what binds its answer to this browser."""
        digest = hashlib.sha256(ask.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": setup.client_id,
            "redirect_uri": ask.callback,
            "scope": SCOPE,
            "state": ask.state,
            "nonce": ask.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = endpoints_of(setup).authorization
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    def identity(self, setup: ProviderSetup, ask: IdentityAsk, answer: Mapping[str, str]) -> ProvenIdentity:
        """Redeem the code and check the token that came for it, signature and all."""
        if "error" in answer or not answer.get("code"):
            raise LoginBrokenOff(facts={"reason": answer.get("error", "")[:40]})
        there = endpoints_of(setup)
        if answer.get("iss", there.issuer) != there.issuer:  # RFC 9207: the answer of another provider
            raise IdentityNotProven(facts={"reason": "another issuer answers"})
        tokens = _code_redeemed(setup, there, ask, answer["code"])
        if tokens.status != httpx.codes.OK:
            raise _refusal(tokens)
        claims = _claims(setup, there, ask, tokens.text("id_token"))
        name = _name(claims) or _name_asked(there, tokens.text("access_token"), str(claims["sub"]))
        return ProvenIdentity((ProvenSubject(there.issuer, str(claims["sub"])),), name)

    def check(self, setup: ProviderSetup) -> None:
        """Read what the provider says about itself, and try a code that nobody has: it must not blame us for it."""
        there = endpoints_of(setup)
        _keys(there)
        nothing = IdentityAsk(state="", nonce="", verifier="v" * 43, callback="https://paidan.invalid/")
        tokens = _code_redeemed(setup, there, nothing, "a-code-that-nobody-has")
        if tokens.text("error") in {"invalid_client", "unauthorized_client"}:
            raise SetupWrong


def endpoints_of(setup: ProviderSetup) -> Endpoints:
    """What the issuer says about itself, asked anew each time: log-ins are few, and keys change.

    Raises:
        NoAnswer: it does not answer, is another issuer, or lacks what the flow needs.
    """
    said = ask("GET", f"{setup.address}{DISCOVERY}")
    issuer = said.text("issuer")
    if said.status != httpx.codes.OK or issuer.rstrip("/") != setup.address:
        raise NoAnswer(f"not the issuer, status {said.status}")
    methods = said.body.get("token_endpoint_auth_methods_supported")
    there = Endpoints(
        issuer=issuer,
        authorization=said.text("authorization_endpoint"),
        token=said.text("token_endpoint"),
        keys=said.text("jwks_uri"),
        userinfo=said.text("userinfo_endpoint"),
        takes_form=isinstance(methods, list) and IN_FORM in methods,
    )
    is_safe = issuer.startswith("http://")  # only ever of this machine, see ``issuer_cleaned``
    for address in (there.authorization, there.token, there.keys):
        if not address.startswith("https://") and not (is_safe and address.startswith("http://")):
            raise NoAnswer("an endpoint is missing or not https")
    return there


def _code_redeemed(setup: ProviderSetup, there: Endpoints, question: IdentityAsk, code: str) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": question.callback,
        "code_verifier": question.verifier,
    }
    if there.takes_form:  # where it is taken, no two sides disagree on how a password is encoded
        return ask("POST", there.token, data={**form, "client_id": setup.client_id, "client_secret": setup.secret})
    # RFC 6749, 2.3.1: both are form-encoded before they are put together.
    pair = httpx.BasicAuth(quote(setup.client_id, safe=""), quote(setup.secret, safe=""))
    return ask("POST", there.token, data=form, auth=pair)


def _refusal(tokens: Answer) -> Exception:
    reason = tokens.text("error")[:40]
    if reason in {"invalid_client", "unauthorized_client"}:
        return SetupWrong(facts={"reason": reason})
    if tokens.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return NoAnswer(f"status {tokens.status}")
    return IdentityNotProven(facts={"reason": reason or f"status {tokens.status}"})


def _claims(setup: ProviderSetup, there: Endpoints, question: IdentityAsk, token: str) -> dict[str, Any]:
    """What a token says, once its signature, issuer, audience, age and nonce hold (Core 1.0, 3.1.3.7)."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(there, token),
            algorithms=ALGORITHMS,
            audience=setup.client_id,
            issuer=there.issuer,
            leeway=CLOCKS_DIFFER_SECONDS,
            options={"require": NEEDED},
        )
    except jwt.PyJWTError as error:
        raise IdentityNotProven(facts={"reason": type(error).__name__}) from error
    if claims.get("nonce") != question.nonce:
        raise IdentityNotProven(facts={"reason": "another nonce"})
    if claims.get("azp", setup.client_id) != setup.client_id:
        raise IdentityNotProven(facts={"reason": "for another client"})
    if not 0 < len(str(claims["sub"])) <= LONGEST_SUBJECT:
        raise IdentityNotProven(facts={"reason": "no subject"})
    return claims


def _key(there: Endpoints, token: str) -> jwt.PyJWK:
    wanted = jwt.get_unverified_header(token).get("kid")
    keys = [key for key in _keys(there) if key.public_key_use in {None, "sig"}]
    named = [key for key in keys if key.key_id == wanted] if wanted else keys
    if len(named) != 1:
        raise IdentityNotProven(facts={"reason": "no such key"})
    return named[0]


def _keys(there: Endpoints) -> list[jwt.PyJWK]:
    said = ask("GET", there.keys)
    try:
        return jwt.PyJWKSet.from_dict(dict(said.body)).keys
    except (jwt.PyJWTError, AttributeError, TypeError, ValueError) as error:  # the library trusts the form of a key
        raise NoAnswer("no keys") from error


def _name(claims: Mapping[str, Any]) -> str:
    said = (claims.get(name) for name in ("name", "preferred_username", "nickname"))
    return next((value for value in said if isinstance(value, str) and value.strip()), "").strip()


def _name_asked(there: Endpoints, access_token: str, subject: str) -> str:
    """What the person is called, for their own eyes; without it the log-in goes on."""
    if not there.userinfo or not access_token:
        return ""
    try:
        said = ask("GET", there.userinfo, headers={"Authorization": f"Bearer {access_token}"})
    except NoAnswer:
        return ""
    return _name(said.body) if said.body.get("sub") == subject else ""
