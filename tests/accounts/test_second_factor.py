"""A second factor: offered to all, asked of whoever has one, owed by administrators (U2)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client

from paidan.accounts import totp
from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import SecondFactorWrong
from paidan.accounts.models import ApiKey, AuthenticatorApp, Passkey, RecoveryCode, User
from paidan.accounts.policy import ADMINISTRATORS_NEED_SECOND_FACTOR
from paidan.accounts.services import (
    api_key_create,
    app_confirm,
    recovery_codes_make,
    second_factor_by_code,
    second_factors_forget,
    user_create,
)
from paidan.api.live.admission import Credential, CredentialKind, actors_of
from paidan.kernel.clock import now
from tests.accounts.conftest import KeptCodes
from tests.accounts.devices import Device

pytestmark = pytest.mark.django_db
PASSWORD = "Sturdy-Lamp-42"
SECRET = b"12345678901234567890"
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def browser() -> Client:
    """Browsers keep passkeys for https and for this name."""
    return Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_HOST="localhost")


def person(role: RoleCode = RoleCode.MANAGER, number: int = 1) -> User:
    return user_create(role=role, name="某人", phone=f"+861390000{number:04d}", password=PASSWORD)


def log_in(browser: Client, number: int = 1, **more: str) -> Any:
    return browser.post("/login/password/", {"login": f"1390000{number:04d}", "password": PASSWORD, **more})


def digits(secret: bytes = SECRET, *, steps: int = 0) -> str:
    return totp.code_of(secret, totp.counter_at(now()) + steps)


def with_app(user: User, *, secret: bytes = SECRET) -> User:
    """The app was set up two minutes ago."""
    before = now() - timedelta(minutes=2)
    app_confirm(user_id=user.pk, secret=secret, code=totp.code_of(secret, totp.counter_at(before)), now=before)
    return user


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_digits_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_of(SECRET, totp.counter_at(instant)) == code
    assert totp.counter_of_code(SECRET, code, now=instant) == seconds // 30
    assert totp.counter_of_code(SECRET, code, now=instant + timedelta(seconds=30)) == seconds // 30
    assert totp.counter_of_code(SECRET, code, now=instant + timedelta(seconds=61)) is None


def test_an_app_is_set_up_with_its_first_digits_and_gives_recovery_codes(browser: Client) -> None:
    user = person()
    log_in(browser)
    page = browser.get("/account/security/app/").content.decode()
    secret = bytes.fromhex(browser.session["app_secret"])

    wrong = browser.post("/account/security/app/", {"code": "000000"})
    right = browser.post("/account/security/app/", {"code": digits(secret)})

    assert totp.secret_text(secret) in page.replace(" ", "")
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.content.decode()
    codes = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", right.content.decode())
    assert len(set(codes)) == 10
    assert right["Cache-Control"] == "no-store"
    app = AuthenticatorApp.objects.get(user=user)
    assert secret not in bytes(app.secret)
    assert "app_secret" not in browser.session


def test_whoever_has_an_app_is_asked_for_its_digits(browser: Client) -> None:
    with_app(person())

    first = log_in(browser, next="/account/security/")
    assert first["Location"] == "/login/second/?next=%2Faccount%2Fsecurity%2F"
    assert not is_in(browser)
    wrong = browser.post("/login/second/", {"code": "000000"})
    assert wrong.status_code == 422
    assert not is_in(browser)
    right = browser.post("/login/second/", {"code": digits(), "next": "/account/security/"})

    assert right["Location"] == "/account/security/"
    assert is_in(browser)


def test_a_code_from_the_phone_is_only_the_first_factor(browser: Client, codes: KeptCodes) -> None:
    with_app(person())
    browser.post("/login/", {"phone": "13900000001"})

    entered = browser.post("/login/code/", {"code": codes.last})

    assert entered["Location"] == "/login/second/"
    assert not is_in(browser)


def test_the_same_digits_open_nothing_twice(browser: Client) -> None:
    user = with_app(person())
    with time_machine.travel(NOON + timedelta(days=3650), tick=False):
        code = digits()
        second_factor_by_code(user_id=user.pk, code=code, now=now())

        with pytest.raises(SecondFactorWrong):
            second_factor_by_code(user_id=user.pk, code=code, now=now())
        with pytest.raises(SecondFactorWrong):
            second_factor_by_code(user_id=user.pk, code=digits(steps=-1), now=now())


def test_a_recovery_code_works_once(browser: Client) -> None:
    user = with_app(person())
    code = recovery_codes_make(user_id=user.pk)[0]
    log_in(browser)

    first = browser.post("/login/second/", {"code": f" {code.upper()} "})
    other = Client(HTTP_ACCEPT_LANGUAGE="en")
    log_in(other)
    second = other.post("/login/second/", {"code": code})

    assert (first.status_code, second.status_code) == (302, 422)
    assert RecoveryCode.objects.filter(user=user, used_at__isnull=True).count() == 9
    assert not is_in(other)


def test_somebody_elses_codes_open_nothing(browser: Client) -> None:
    with_app(person(number=1))
    other = with_app(person(number=2), secret=b"another secret of 20")
    foreign = recovery_codes_make(user_id=other.pk)[0]
    log_in(browser, 1)

    answers = [browser.post("/login/second/", {"code": code}) for code in (foreign, digits(b"another secret of 20"))]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert RecoveryCode.objects.filter(used_at__isnull=True).count() == 10


def test_the_sixth_guess_must_wait(browser: Client) -> None:
    user = with_app(person())
    log_in(browser)

    guesses = [browser.post("/login/second/", {"code": "000000"}).status_code for _ in range(6)]

    assert guesses == [422] * 5 + [429]
    assert browser.post("/login/second/", {"code": digits()}).status_code == 429
    assert AuthenticatorApp.objects.get(user=user).last_used_at is None


@pytest.mark.parametrize("code", ["", " ", "\0", "１２３４５６", "x" * 41, "😀"])
def test_strange_codes_are_refused_in_a_sentence(browser: Client, code: str) -> None:
    with_app(person())
    log_in(browser)

    assert browser.post("/login/second/", {"code": code}).status_code == 422


def test_the_first_proof_waits_ten_minutes_in_its_own_browser(browser: Client) -> None:
    with_app(person())
    log_in(browser)

    assert Client().post("/login/second/", {"code": digits()})["Location"] == "/login/"
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert browser.post("/login/second/", {"code": digits()})["Location"] == "/login/"


def test_a_disabled_user_does_not_get_past_the_second_step(browser: Client) -> None:
    user = with_app(person())
    log_in(browser)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert browser.post("/login/second/", {"code": digits()})["Location"] == "/login/"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_uses_a_recovery_code() -> None:
    user = with_app(person())
    code = recovery_codes_make(user_id=user.pk)[0]
    at = now()

    def use(_number: int) -> bool:
        try:
            second_factor_by_code(user_id=user.pk, code=code, now=at)
        except SecondFactorWrong:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(use, range(4)))

    assert won.count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_uses_the_digits() -> None:
    user = with_app(person())
    at = now()
    code = totp.code_of(SECRET, totp.counter_at(at))

    def use(_number: int) -> bool:
        try:
            second_factor_by_code(user_id=user.pk, code=code, now=at)
        except SecondFactorWrong:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(use, range(4)))

    assert won.count(True) == 1


def passkey_made(browser: Client, device: Device, name: str = "my phone") -> Any:
    options = browser.get("/account/security/passkeys/").context["options"]
    return browser.post("/account/security/passkeys/", {"name": name, "answer": device.made(options)})


def test_a_passkey_is_made_and_asked_for(browser: Client) -> None:
    user, device = person(), Device()
    log_in(browser)

    made = passkey_made(browser, device)
    browser.post("/logout/")
    asked = log_in(browser)
    options = browser.get("/login/second/").context["options"]
    shown = browser.post("/login/second/", {"answer": device.shown(options)})

    assert made.status_code == 200
    assert len(made.context["codes"]) == 10
    assert Passkey.objects.get(user=user).name == "my phone"
    assert asked["Location"] == "/login/second/"
    assert shown["Location"] == "/start/"
    assert is_in(browser)


def test_a_passkey_alone_logs_in_when_the_device_knows_its_owner(browser: Client) -> None:
    device = Device()
    person()
    log_in(browser)
    passkey_made(browser, device)
    browser.post("/logout/")

    options = browser.get("/login/passkey/").context["options"]
    entered = browser.post("/login/passkey/", {"answer": device.shown(options)})

    assert entered["Location"] == "/start/"
    assert is_in(browser)


@pytest.mark.parametrize(
    "spoil", ["other challenge", "used challenge", "other place", "no owner", "copied", "foreign", "closed"]
)
def test_what_a_device_must_not_open(browser: Client, spoil: str) -> None:
    device = Device()
    user = person()
    log_in(browser)
    passkey_made(browser, device)
    browser.post("/logout/")
    options = browser.get("/login/passkey/").context["options"]
    if spoil == "other challenge":
        options = {**options, "challenge": "AAAA"}
    elif spoil == "used challenge":
        used = options
        browser.post("/login/passkey/", {"answer": "{}"})
        browser.get("/login/passkey/")
        options = used
    elif spoil == "other place":
        device.origin = "http://localhost.example"
    elif spoil == "no owner":
        device.knows_owner = False
    elif spoil == "copied":
        Passkey.objects.update(sign_count=7)
    elif spoil == "foreign":
        device.credential_id = b"somebody else"
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)

    refused = browser.post("/login/passkey/", {"answer": device.shown(options)})

    assert refused.status_code == 409
    assert "The passkey could not be checked" in refused.content.decode()
    assert not is_in(browser)


@pytest.mark.parametrize("answer", ["", "{", "[]", "{}", '{"id": 1}', '{"id":"AA","rawId":"AA","response":{}}'])
def test_nonsense_from_a_device_is_refused_in_a_sentence(browser: Client, answer: str) -> None:
    person()
    log_in(browser)
    browser.get("/account/security/passkeys/")

    refused = browser.post("/account/security/passkeys/", {"name": "my phone", "answer": answer})

    assert refused.status_code == 422
    assert "The passkey could not be checked" in refused.content.decode()
    assert "my phone" in refused.content.decode()
    assert not Passkey.objects.exists()


def test_the_same_device_is_not_kept_twice_nor_by_two(browser: Client) -> None:
    device = Device()
    person(number=1)
    person(number=2)
    log_in(browser, 1)
    passkey_made(browser, device)
    other = Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_HOST="localhost")
    log_in(other, 2)

    refused = passkey_made(other, device)

    assert refused.status_code == 422
    assert Passkey.objects.count() == 1


def test_an_administrator_without_one_is_led_to_set_it_up(browser: Client) -> None:
    person(RoleCode.ADMINISTRATOR)
    log_in(browser)

    doors = [browser.get(path) for path in ("/office/", "/desk/", "/admin/", "/admin/accounts/user/")]
    api = browser.get("/api/v1/visits")

    assert [door.status_code for door in doors] == [302] * 4
    followed = browser.get("/office/", follow=True)
    assert "Administrators need a second factor" in followed.content.decode()
    assert browser.get("/admin/", follow=True).request["PATH_INFO"] == "/account/security/"
    assert api.status_code == 403


def test_after_setting_it_up_every_door_opens(browser: Client) -> None:
    person(RoleCode.ADMINISTRATOR)
    log_in(browser)
    browser.get("/account/security/app/")
    secret = bytes.fromhex(browser.session["app_secret"])

    done = browser.post("/account/security/app/", {"code": digits(secret), "next": "/office/"})

    assert 'href="/office/"' in done.content.decode()
    assert browser.get("/office/").status_code == 200
    assert browser.get("/admin/").status_code == 200


def test_the_rule_can_be_switched_off_and_holds_for_nobody_else(browser: Client) -> None:
    person(RoleCode.ADMINISTRATOR, 1)
    person(RoleCode.MANAGER, 2)
    manager = Client()
    log_in(manager, 2)
    log_in(browser, 1)

    assert manager.get("/office/").status_code == 200
    assert browser.get("/office/").status_code == 302
    ADMINISTRATORS_NEED_SECOND_FACTOR.set(0)
    assert browser.get("/office/").status_code == 200


def test_a_key_of_an_administrator_is_not_asked(browser: Client) -> None:
    user = person(RoleCode.ADMINISTRATOR)
    key = api_key_create(user_id=user.pk, label="erp", scopes=[], expires_at=None)

    assert ApiKey.objects.count() == 1
    assert browser.get("/api/v1/visits", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_an_administrator_keeps_the_last_factor(browser: Client) -> None:
    with_app(person(RoleCode.ADMINISTRATOR))
    log_in(browser)
    browser.post("/login/second/", {"code": digits()})

    browser.post("/account/security/app/remove/")

    assert AuthenticatorApp.objects.count() == 1


def test_others_may_remove_it_and_are_asked_no_more(browser: Client) -> None:
    user = with_app(person())
    recovery_codes_make(user_id=user.pk)
    log_in(browser)
    browser.post("/login/second/", {"code": digits()})

    browser.post("/account/security/app/remove/")

    assert not AuthenticatorApp.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert log_in(Client())["Location"] == "/start/"


def test_nobody_removes_what_is_not_theirs(browser: Client) -> None:
    person(number=1)
    other = person(number=2)
    key = Passkey.objects.create(user=other, name="x", credential_id=b"1", credential=b"1", created_at=now())
    log_in(browser, 1)

    assert browser.post(f"/account/security/passkeys/{key.pk}/remove/").status_code == 404
    assert Passkey.objects.count() == 1


def test_protection_is_changed_only_soon_after_a_log_in(browser: Client) -> None:
    user = with_app(person())
    log_in(browser)
    browser.post("/login/second/", {"code": digits()})

    with time_machine.travel(now() + timedelta(minutes=16)):
        for path in ("app/remove/", "codes/", "app/"):
            assert browser.post(f"/account/security/{path}").status_code == 303
        page = browser.get("/account/security/").content.decode()

    assert "please log in again first" in page
    assert AuthenticatorApp.objects.filter(user=user).exists()
    assert not RecoveryCode.objects.exists()


def test_logging_in_again_leads_back_to_security(browser: Client) -> None:
    person()
    log_in(browser)

    assert browser.post("/account/security/again/")["Location"] == "/login/?next=%2Faccount%2Fsecurity%2F"
    assert not is_in(browser)


def test_a_reset_lets_somebody_in_who_lost_the_phone(browser: Client) -> None:
    user = with_app(person())

    second_factors_forget(user_id=user.pk)

    assert log_in(browser)["Location"] == "/start/"


def test_the_live_stream_opens_no_door_to_an_administrator_without_one(browser: Client) -> None:
    ADMINISTRATORS_NEED_SECOND_FACTOR.set(1)
    person(RoleCode.ADMINISTRATOR)
    log_in(browser)
    shown = Credential(CredentialKind.SESSION, browser.session.session_key or "")

    owing = actors_of([shown], now=now())[shown]
    session = browser.session
    session["login_proof"] = {**session["login_proof"], "second": "app"}
    session.save()

    assert owing.permissions == frozenset()
    assert actors_of([shown], now=now())[shown].permissions
