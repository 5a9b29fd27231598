"""The six digits of an authenticator app: RFC 6238 over HMAC-SHA-1, half a minute a step, as every app does it."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

DIGITS = 6
STEP_SECONDS = 30
STEPS_ASIDE = 1
"""Steps that a phone's clock may be before or behind ours."""
SECRET_BYTES = 20


def secret_new() -> bytes:
    """160 random bits, the length of RFC 4226."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """The secret as people type it: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def counter_at(instant: datetime) -> int:
    """The number of half minutes since 1970."""
    return int(instant.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, counter: int) -> str:
    """The digits shown in a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def counter_of_code(secret: bytes, code: str, *, now: datetime) -> int | None:
    """The step these digits belong to, if that is about now; the newest one where there are several."""
    present = counter_at(now)
    found = None
    for counter in range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1):
        if hmac.compare_digest(code_of(secret, counter).encode(), code.encode()):
            found = counter
    return found


def app_address(secret: bytes, *, account: str, issuer: str) -> str:
    """What the QR code says: ``otpauth://totp/…``."""
    query = urlencode({"secret": secret_text(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{query}"
