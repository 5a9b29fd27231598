"""The two ceremonies of WebAuthn: a device makes a key, and shows that it still has it.

The browser's answer is bound to a challenge that its session keeps, to our host and to our origin.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from paidan.accounts.errors import PasskeyWrong

ISSUER = "Paidan"
Options = dict[str, Any]
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Whom a passkey belongs to on our side: the host, and the origin its pages are served from."""

    host: str
    origin: str

    @property
    def takes_passkeys(self) -> bool:
        """Browsers keep passkeys for names only, and only on https or for ``localhost``."""
        if self.host == "localhost":
            return True
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return self.origin.startswith("https://")
        return False


@dataclass(frozen=True, slots=True)
class MadeKey:
    """What a device hands over of a new key."""

    credential_id: bytes
    credential: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key that a device has just used."""

    credential_id: bytes
    sign_count: int


def site_of(request: HttpRequest) -> Site:
    """The host and origin the browser sees; both were checked against the allowed hosts."""
    host = request.get_host()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return Site(host=name, origin=f"{request.scheme}://{host}")


def making_begin(site: Site, *, user_id: int, label: str, known: Sequence[bytes]) -> tuple[Options, State]:
    """What the browser is asked for when a device shall make a key, and what the session keeps meanwhile.

    Args:
        known: the credentials the user has already; a device that holds one makes no second.
    """
    user = PublicKeyCredentialUserEntity(id=_handle_of(user_id), name=label, display_name=label)
    options, state = _server(site).register_begin(
        user,
        credentials=[AttestedCredentialData(credential) for credential in known],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options)["publicKey"], dict(state)


def making_end(site: Site, *, state: State, answer: Mapping[str, Any]) -> MadeKey:
    """The key a device made for this challenge.

    Raises:
        PasskeyWrong: the answer is to another challenge, for another place, or none at all.
    """
    try:
        made = _server(site).register_complete(state, answer).credential_data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyWrong from error
    if made is None:
        raise PasskeyWrong
    return MadeKey(credential_id=bytes(made.credential_id), credential=bytes(made), sign_count=0)


def showing_begin(site: Site, *, known: Sequence[bytes], is_alone: bool = False) -> tuple[Options, State]:
    """What the browser is asked for when a device shall show a key.

    Args:
        known: the credentials that would do; none where the device says whose key it is.
        is_alone: the key replaces name and password, so that the device must know its owner.
    """
    wish = UserVerificationRequirement.REQUIRED if is_alone else UserVerificationRequirement.PREFERRED
    options, state = _server(site).authenticate_begin(
        credentials=[AttestedCredentialData(credential) for credential in known] or None, user_verification=wish
    )
    return dict(options)["publicKey"], dict(state)


def showing_key(answer: Mapping[str, Any]) -> bytes:
    """Which key the answer is about; nothing is proved by that.

    Raises:
        PasskeyWrong: this is no answer of a device.
    """
    return _parsed(answer).raw_id


def showing_end(site: Site, *, state: State, known: Sequence[bytes], answer: Mapping[str, Any]) -> ShownKey:
    """The key a device has used on this challenge.

    Raises:
        PasskeyWrong: the signature, the challenge, the place or the key is not the one.
    """
    parsed = _parsed(answer)
    try:
        used = _server(site).authenticate_complete(
            state, [AttestedCredentialData(credential) for credential in known], answer
        )
    except Exception as error:
        # A signature that is not right raises whatever the cryptography of that key's kind raises.
        raise PasskeyWrong from error
    return ShownKey(bytes(used.credential_id), parsed.response.authenticator_data.counter)


def _parsed(answer: Mapping[str, Any]) -> AuthenticationResponse:
    try:
        return AuthenticationResponse.from_dict(answer)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyWrong from error


def _server(site: Site) -> Fido2Server:
    place = PublicKeyCredentialRpEntity(id=site.host, name=ISSUER)
    return Fido2Server(place, verify_origin=lambda origin: origin == site.origin)


def _handle_of(user_id: int) -> bytes:
    # A handle must not tell who somebody is; it is only there to be the same each time.
    return salted_hmac("paidan.passkey", str(user_id), algorithm="sha256").digest()
