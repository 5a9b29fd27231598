"""Many attempts from one network: the browser has to work for each, once, and nothing else changes."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from paidan.accounts.errors import ChallengeNeeded
from paidan.accounts.limits import ATTEMPTS_BEFORE_CHALLENGE, CHALLENGE_BITS
from paidan.accounts.services import challenge_for, challenge_pass
from tests import city
from tests.accounts.conftest import KeptCodes

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def after_two() -> None:
    ATTEMPTS_BEFORE_CHALLENGE.set(2)
    CHALLENGE_BITS.set(8)


def solved(text: str, bits: int = 8) -> str:
    """What the browser does."""
    number = 0
    while int.from_bytes(hashlib.sha256(f"{text}:{number}".encode()).digest()) >> (256 - bits):
        number += 1
    return f"{text}:{number}"


def unsolved(text: str) -> str:
    number = 0
    while not int.from_bytes(hashlib.sha256(f"{text}:{number}".encode()).digest()) >> 248:
        number += 1
    return f"{text}:{number}"


def asked(now: datetime = NOON) -> str:
    """Two attempts, and the challenge that comes then."""
    for _ in range(2):
        challenge_pass(address=HERE, proof="", now=now)
    challenge = challenge_for(address=HERE, now=now)
    assert challenge is not None
    return challenge.text


def test_a_quiet_network_is_asked_for_nothing() -> None:
    before = challenge_for(address=HERE, now=NOON)
    text = asked()

    assert before is None
    assert text
    assert challenge_for(address="192.0.2.2", now=NOON) is None
    assert challenge_for(address=HERE, now=NOON + timedelta(hours=1, seconds=1)) is None


def test_work_lets_pass_once() -> None:
    proof = solved(asked())

    challenge_pass(address=HERE, proof=proof, now=NOON)
    with city.refused(ChallengeNeeded):
        challenge_pass(address=HERE, proof=proof, now=NOON)


def test_what_is_no_work_of_ours_lets_nobody_pass() -> None:
    text = asked()
    foreign = solved("0123456789abcdef.1777608000.not-our-signature")
    for proof in ("", ":", "a:1", unsolved(text), foreign, solved(text) + "0" * 400, solved(text).replace(".", "x", 1)):
        with city.refused(ChallengeNeeded):
            challenge_pass(address=HERE, proof=proof, now=NOON)


def test_work_grows_old() -> None:
    proof = solved(asked())

    with city.refused(ChallengeNeeded):
        challenge_pass(address=HERE, proof=proof, now=NOON + timedelta(minutes=16))


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("/login/", {"phone": "13800138000"}),
        ("/login/password/", {"login": "13800138000", "password": "wrong"}),
        ("/login/forgotten/", {"login": "13800138000"}),
    ],
)
def test_pages_ask_for_it_keep_what_was_typed_and_go_on_after_it(
    page: str, typed: dict[str, str], codes: KeptCodes
) -> None:
    browser = Client(headers={"accept-language": "en"})
    ATTEMPTS_BEFORE_CHALLENGE.set(1)
    quiet = browser.get(page).content.decode()
    challenge_pass(address="127.0.0.1", proof="", now=datetime.now(UTC))

    refused = browser.post(page, typed)
    shown = unescape(refused.content.decode())
    found = re.search(r'data-challenge="([^"]+)"', shown)
    assert found is not None
    done = browser.post(page, {**typed, "proof": solved(found[1])})

    assert "data-challenge" not in quiet
    assert refused.status_code == 429
    assert "13800138000" in shown
    assert ("data-challenge-send" in shown) == ("password" not in typed), "a password is never sent back to the page"
    assert done.status_code in {302, 422}
    assert "data-challenge-send" not in done.content.decode()
