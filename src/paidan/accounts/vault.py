"""Secrets that have to be read again, such as an authenticator app's: encrypted with the installation's key."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """This was sealed with another key, or not by us."""


def sealed(secret: bytes) -> bytes:
    """The secret, encrypted and signed."""
    return _cipher().encrypt(secret)


def unsealed(box: bytes) -> bytes:
    """The secret again.

    Raises:
        Unreadable: the installation's key is another one by now.
    """
    try:
        return _cipher().decrypt(box)
    except InvalidToken as error:
        raise Unreadable from error


def _cipher() -> Fernet:
    key = salted_hmac("paidan.vault", "authenticator", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
