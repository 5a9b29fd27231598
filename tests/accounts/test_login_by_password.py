"""Log-in by e-mail or phone and password, and the policy of U2."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import user_create
from paidan.kernel.clock import now
from tests.accounts.conftest import KeptCodes

pytestmark = pytest.mark.django_db
PASSWORD = "Sturdy-Lamp-42"


@pytest.fixture
def manager() -> User:
    return user_create(
        role=RoleCode.MANAGER, name="经理", phone="+8613900000001", email="Boss@example.invalid", password=PASSWORD
    )


def log_in(browser: Client, login: str, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/login/password/", {"login": login, "password": password, **more})


@pytest.mark.parametrize("login", ["boss@example.invalid", "BOSS@EXAMPLE.INVALID ", "13900000001", "+86 139 0000 0001"])
def test_phone_and_e_mail_both_open(browser: Client, manager: User, login: str) -> None:
    response = log_in(browser, login)

    assert response["Location"] == "/start/"
    assert browser.get("/start/")["Location"] == "/office/"


def test_wrong_name_and_wrong_password_are_answered_alike(browser: Client, manager: User) -> None:
    unknown = log_in(browser, "nobody@example.invalid")
    wrong = log_in(browser, "boss@example.invalid", "Wrong-Lamp-42")

    assert unknown.status_code == wrong.status_code == 422
    sentence = "The phone or e-mail and the password do not match."
    assert sentence in unknown.content.decode()
    assert sentence in wrong.content.decode()


def test_wrong_name_and_wrong_password_take_the_same_time(browser: Client, manager: User) -> None:
    def seconds(login: str) -> float:
        started = time.perf_counter()
        log_in(browser, login, "Wrong-Lamp-42")
        return time.perf_counter() - started

    known = min(seconds("boss@example.invalid") for _ in range(4))
    unknown = min(seconds("nobody@example.invalid") for _ in range(4))

    assert 0.4 < unknown / known < 2.5


@pytest.mark.parametrize("spoil", ["disabled", "no password"])
def test_who_may_not_log_in_is_answered_like_a_wrong_password(browser: Client, manager: User, spoil: str) -> None:
    if spoil == "disabled":
        User.objects.update(is_active=False)
    else:
        manager.set_unusable_password()
        manager.save()

    response = log_in(browser, "boss@example.invalid")

    assert response.status_code == 422
    assert "do not match" in response.content.decode()


def test_the_sixth_guess_must_wait_and_the_right_password_resets_the_count(browser: Client, manager: User) -> None:
    for _ in range(4):
        log_in(browser, "boss@example.invalid", "Wrong-Lamp-42")
    assert log_in(browser, "boss@example.invalid").status_code == 302
    browser.post("/logout/")

    guesses = [log_in(browser, "boss@example.invalid", "Wrong-Lamp-42").status_code for _ in range(6)]

    assert guesses == [422] * 5 + [429]
    assert log_in(browser, "boss@example.invalid").status_code == 429
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert log_in(browser, "boss@example.invalid").status_code == 302


@pytest.mark.parametrize("password", ["", " ", "a" * 1_000_000, "a\x00b", "😀" * 300])
def test_strange_passwords_are_refused_quietly(browser: Client, manager: User, password: str) -> None:
    response = log_in(browser, "boss@example.invalid", password)

    assert response.status_code == 422
    assert "boss@example.invalid" in response.content.decode()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Ab1!", "at least 8"),
        ("abcdefgh", "one digit and one special"),
        ("abcdefg1", "one special character"),
        ("1234567!", "one letter"),
        ("with space 1", "one special character"),
        ("password1", "too common"),
        ("Aa1!" * 70, "at most 256"),
    ],
)
def test_the_policy_says_what_is_missing(browser: Client, codes: KeptCodes, password: str, sentence: str) -> None:
    browser.post("/login/", {"phone": "13800138000"})
    browser.post("/login/code/", {"code": codes.last})

    refused = browser.post("/account/password/", {"new": password, "again": password})

    assert refused.status_code == 422
    assert sentence in refused.content.decode()
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize("password", [PASSWORD, "长" * 62 + "a1!", "A1!" + "x" * 253])
def test_long_and_foreign_passwords_count_to_the_last_letter(browser: Client, codes: KeptCodes, password: str) -> None:
    browser.post("/login/", {"phone": "13800138000"})
    browser.post("/login/code/", {"code": codes.last})

    accepted = browser.post("/account/password/", {"new": password, "again": password})

    stored = User.objects.get()
    assert accepted.status_code == 302
    assert stored.password.startswith("argon2")
    assert stored.check_password(password)
    assert not stored.check_password(password[:-1])


def test_changing_asks_for_the_present_password_and_ends_other_sessions(browser: Client, manager: User) -> None:
    other = Client()
    other.force_login(manager)
    log_in(browser, "boss@example.invalid")
    new = {"new": "Another-Lamp-43", "again": "Another-Lamp-43"}

    without = browser.post("/account/password/", new)
    wrong = browser.post("/account/password/", {"present": "Wrong-Lamp-42", **new})
    other_before = other.get("/account/").status_code
    right = browser.post("/account/password/", {"present": PASSWORD, **new})

    assert (without.status_code, wrong.status_code, other_before, right.status_code) == (422, 422, 200, 302)
    assert browser.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_a_forgotten_password_is_replaced_after_a_code(browser: Client, manager: User, codes: KeptCodes) -> None:
    browser.post("/login/", {"phone": "13900000001"})
    browser.post("/login/code/", {"code": codes.last})

    accepted = browser.post("/account/password/", {"new": "Another-Lamp-43", "again": "Another-Lamp-43"})

    assert accepted.status_code == 302
    assert log_in(Client(), "boss@example.invalid", "Another-Lamp-43").status_code == 302


def test_the_freedom_of_a_code_ends_after_a_quarter_of_an_hour(
    browser: Client, manager: User, codes: KeptCodes
) -> None:
    browser.post("/login/", {"phone": "13900000001"})
    browser.post("/login/code/", {"code": codes.last})

    with time_machine.travel(now() + timedelta(minutes=16)):
        refused = browser.post("/account/password/", {"new": "Another-Lamp-43", "again": "Another-Lamp-43"})

    assert refused.status_code == 422
    assert manager.check_password(PASSWORD)


def test_the_two_must_match(browser: Client, manager: User) -> None:
    log_in(browser, "boss@example.invalid")

    refused = browser.post(
        "/account/password/", {"present": PASSWORD, "new": "Another-Lamp-43", "again": "Another-Lamp-44"}
    )

    assert "The two do not match" in refused.content.decode()
