"""An OpenID provider as small as it may be, with everything that can be wrong about it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.identity.servers import Asked, Said

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class OpenIdVendor:
    """Knows one client; ``claims``, ``said`` and ``sign`` are where a test puts what is wrong."""

    client_id: str = "paidan"
    secret: str = "s3cret/+:"
    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    sign: dict[str, Any] = field(default_factory=lambda: {"key": KEY, "algorithm": "RS256", "headers": {"kid": "one"}})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Said:
        return {
            "/.well-known/openid-configuration": self._discovery,
            "/keys": self._keys,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }[asked.path](asked)

    def consent(self, query: dict[str, str], *, subject: str = "0001", name: str = "王芳") -> str:
        """The person agrees on the provider's page: the query of the callback."""
        assert query["response_type"] == "code"
        assert query["client_id"] == self.client_id
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = {**query, "sub": subject, "name": name}
        return urlencode({"code": code, "state": query["state"], "iss": self.address})

    def _discovery(self, _asked: Asked) -> Said:
        here = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
        }
        return Said({**here, **self.said})

    def _keys(self, _asked: Asked) -> Said:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return Said({"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})

    def _token(self, asked: Asked) -> Said:
        if not self._knows(asked):
            return Said({"error": "invalid_client"}, 401)
        kept = self.codes.pop(asked.form["code"], None)  # once
        if kept is None or asked.form["redirect_uri"] != kept["redirect_uri"]:
            return Said({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(asked.form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != kept["code_challenge"]:
            return Said({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": kept["sub"],
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": kept["nonce"],
            "name": kept["name"],
            **self.claims,
        }
        token = jwt.encode({key: value for key, value in claims.items() if value is not None}, **self.sign)
        return Said({"access_token": f"for-{kept['sub']}", "token_type": "Bearer", "id_token": token})

    def _knows(self, asked: Asked) -> bool:
        if "client_secret_post" in self.said.get("token_endpoint_auth_methods_supported", []):
            return (asked.form.get("client_id"), asked.form.get("client_secret")) == (self.client_id, self.secret)
        expected = base64.b64encode(f"{self.client_id}:s3cret%2F%2B%3A".encode()).decode()
        return asked.headers.get("authorization") == f"Basic {expected}"

    def _userinfo(self, asked: Asked) -> Said:
        subject = asked.headers.get("authorization", "").removeprefix("Bearer for-")
        return Said({"sub": subject, "nickname": "芳芳"})
