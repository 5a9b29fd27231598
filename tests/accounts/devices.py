"""A security key in software: makes keys and signs challenges as a device does (WebAuthn, ES256)."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAGS = AuthenticatorData.FLAG
AAGUID = bytes(16)


@dataclass
class Device:
    """One key for one site.

    Attributes:
        knows_owner: whether it checks finger or PIN.
        count: what it signs as the number of its uses.
    """

    origin: str = "http://localhost"
    host: str = "localhost"
    knows_owner: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def made(self, options: dict[str, Any]) -> str:
        """The answer to being asked to make a key."""
        client = self._client("webauthn.create", options["challenge"])
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(AAGUID, self.credential_id, public)
        told = AuthenticatorData.create(self._host_hash(), self._flags() | FLAGS.AT, self.count, credential)
        attestation = AttestationObject.create("none", told, {})
        return self._answer({"clientDataJSON": client, "attestationObject": bytes(attestation)})

    def shown(self, options: dict[str, Any]) -> str:
        """The answer to being asked to show the key."""
        self.count += 1
        client = self._client("webauthn.get", options["challenge"])
        told = bytes(AuthenticatorData.create(self._host_hash(), self._flags(), self.count))
        signature = self.key.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": told, "signature": signature})

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _host_hash(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _flags(self) -> FLAGS:
        return FLAGS.UP | FLAGS.UV if self.knows_owner else FLAGS.UP

    def _answer(self, response: dict[str, bytes]) -> str:
        name = websafe_encode(self.credential_id)
        parts = {part: websafe_encode(value) for part, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": parts})
