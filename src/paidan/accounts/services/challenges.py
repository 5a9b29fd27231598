"""A proof of work, asked for once many attempts came from one network (U5).

The browser looks for a number with which the SHA-256 of the challenge begins with enough zero bits (hashcash,
A. Back 2002). A person waits about a second, once; whoever tries by the thousand pays for each. It stands before the
limits and takes none of them away.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer

from paidan.accounts import limits
from paidan.accounts.errors import ChallengeNeeded
from paidan.accounts.models import RateLog
from paidan.accounts.services.limits import Limit, Window, hits_take
from paidan.kernel.errors import TooMany

LIFE = timedelta(minutes=15)
LONGEST_PROOF = 200
_SALT = "paidan.challenge"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the browser has to work on: find ``n`` so that SHA-256 of ``text:n`` begins with ``bits`` zero bits."""

    text: str
    bits: int


def challenge_pass(*, address: str, proof: str, now: datetime) -> None:
    """Let pass whoever comes from a quiet network, or has done the work for a challenge of ours, once.

    Args:
        proof: the challenge, a colon and the number found; empty for none.

    Raises:
        ChallengeNeeded: the work is to be done first.
    """
    if _is_proved(proof, now=now):
        return
    try:
        hits_take([_unasked(address)], now=now)
    except TooMany as error:
        raise ChallengeNeeded from error


def challenge_for(*, address: str, now: datetime) -> Challenge | None:
    """The challenge that the next attempt from this network has to solve; ``None`` while it needs none."""
    limit = _unasked(address)
    hits = RateLog.objects.filter(pk=limit.key).values_list("hits", flat=True).first() or []
    if not limit.wait_seconds(hits, now):
        return None
    text = Signer(salt=_SALT, sep=".").sign(f"{secrets.token_hex(12)}.{int(now.timestamp())}")
    return Challenge(text, limits.CHALLENGE_BITS.value())


def _unasked(address: str) -> Limit:
    return Limit("unchallenged", address, (Window(limits.ATTEMPTS_BEFORE_CHALLENGE.value(), 3600),))


def _is_proved(proof: str, *, now: datetime) -> bool:
    text, _colon, number = proof.rpartition(":")
    if not text or len(proof) > LONGEST_PROOF or not number.isdecimal():
        return False
    try:
        nonce, _dot, made = Signer(salt=_SALT, sep=".").unsign(text).partition(".")
    except BadSignature:
        return False
    if not timedelta() <= now - datetime.fromtimestamp(int(made), tz=now.tzinfo) <= LIFE:
        return False
    digest = int.from_bytes(hashlib.sha256(proof.encode()).digest())
    if digest >> (256 - limits.CHALLENGE_BITS.value()):
        return False
    try:
        hits_take([Limit("challenge", nonce, (Window(1, int(LIFE.total_seconds())),))], now=now)
    except TooMany:  # it has let somebody pass already
        return False
    return True
