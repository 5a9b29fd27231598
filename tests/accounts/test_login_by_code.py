"""Log-in and sign-up by a code: six digits, ten minutes, five tries, one use, one browser (U1, U3, U5)."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.accounts.errors import CodeSpent
from paidan.accounts.models import LoginCode, RateLog, User
from paidan.accounts.services import login_by_code, login_code_send, user_create
from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError, Invalid, TooMany
from tests.accounts.conftest import KeptCodes

pytestmark = pytest.mark.django_db
PHONE = "138 0013 8000"
E164 = "+8613800138000"
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


def ask(browser: Client, phone: str = PHONE, **more: str) -> Any:
    return browser.post("/login/", {"phone": phone, **more})


def answer(browser: Client, code: str, **more: str) -> Any:
    return browser.post("/login/code/", {"code": code, **more})


def is_in(browser: Client) -> bool:
    return bool(browser.get("/start/").status_code == 302 and "/login/" not in browser.get("/start/")["Location"])


def test_a_new_phone_signs_up_by_the_same_step(browser: Client, codes: KeptCodes) -> None:
    asked = ask(browser)
    entered = answer(browser, codes.last, name="李雷")

    assert asked["Location"] == "/login/code/"
    assert entered["Location"] == "/start/"
    assert codes.sent == [(E164, codes.last)]
    assert re.fullmatch(r"\d{6}", codes.last)
    user = User.objects.get(phone=E164)
    assert (user.name, user.role.code, user.phone_verified) == ("李雷", RoleCode.CUSTOMER, True)
    assert not user.has_usable_password()


def test_sign_up_asks_for_at_most_three_fields(browser: Client, codes: KeptCodes) -> None:
    pages = [browser.get("/login/").content.decode()]
    ask(browser)
    pages.append(browser.get("/login/code/").content.decode())

    main = [page.split("<main", 1)[1].split("</main>", 1)[0] for page in pages]
    names = {name for part in main for name in re.findall(r'<input type="(?!hidden)[a-z]+" name="(\w+)"', part)}
    assert names == {"phone", "code", "name"}


def test_a_known_phone_keeps_its_account(browser: Client, codes: KeptCodes) -> None:
    user = user_create(role=RoleCode.TECHNICIAN, name="张师傅", phone=E164)
    ask(browser)

    answer(browser, codes.last, name="Somebody else")

    assert User.objects.get().name == "张师傅"
    assert browser.get("/start/")["Location"] == "/crew/"
    assert browser.session["_auth_user_id"] == str(user.pk)


def test_known_and_unknown_phones_are_answered_alike(codes: KeptCodes) -> None:
    user_create(role=RoleCode.CUSTOMER, name="", phone=E164)

    def steps(phone: str) -> list[tuple[int, str]]:
        browser = Client(HTTP_ACCEPT_LANGUAGE="en", REMOTE_ADDR="192.0.2.7")
        answers = [ask(browser, phone), browser.get("/login/code/"), answer(browser, "000000"), answer(browser, "")]
        return [(each.status_code, _neutral(each.content.decode(), phone)) for each in answers]

    assert steps("138 0013 8000") == steps("138 0013 8001")


def _neutral(page: str, phone: str) -> str:
    """A page without what differs for everybody: tokens, the number typed, the seconds gone by."""
    page = re.sub(r'"[A-Za-z0-9]{64}"|20\d\d-\d\d-\d\dT[^"]+|\b0?[01]:\d\d\b|138\*{4}\d{4}', "", page)
    return page.replace("+86" + phone.replace(" ", ""), "")


def test_a_wrong_code_is_refused_and_counted(browser: Client, codes: KeptCodes) -> None:
    ask(browser)
    wrong = f"{(int(codes.last) + 1) % 10**6:06d}"

    refused = answer(browser, wrong)

    assert refused.status_code == 422
    assert "This is not the code we sent" in refused.content.decode()
    assert LoginCode.objects.get().tries == 1
    assert answer(browser, codes.last).status_code == 302


def test_the_sixth_try_is_refused_though_right(browser: Client, codes: KeptCodes) -> None:
    ask(browser)
    wrong = f"{(int(codes.last) + 1) % 10**6:06d}"

    tries = [answer(browser, wrong).status_code for _ in range(5)]

    assert tries == [422, 422, 422, 422, 409]
    assert answer(browser, codes.last).status_code == 409
    assert not is_in(browser)


def test_a_code_lives_ten_minutes(browser: Client, codes: KeptCodes) -> None:
    with time_machine.travel(NOON, tick=False):
        ask(browser)
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        late = answer(browser, codes.last)

    assert late.status_code == 409
    assert "ask for a new one" in late.content.decode()


def test_a_code_works_once(codes: KeptCodes) -> None:
    ticket = login_code_send(phone=PHONE, address="192.0.2.1", language="en", now=now())
    login_by_code(ticket=ticket, code=codes.last, name="", language="en", address="192.0.2.1", now=now())

    with pytest.raises(CodeSpent):
        login_by_code(ticket=ticket, code=codes.last, name="", language="en", address="192.0.2.1", now=now())


def test_a_code_is_bound_to_the_browser_that_asked(browser: Client, codes: KeptCodes) -> None:
    ask(browser)
    victim_code = codes.last
    other = Client(REMOTE_ADDR="192.0.2.9")
    ask(other, "138 0013 8001")

    assert answer(other, victim_code).status_code == 422
    assert answer(Client(), victim_code)["Location"] == "/login/"
    assert not is_in(other)


def test_neither_the_table_nor_the_session_tells_the_code(browser: Client, codes: KeptCodes) -> None:
    ask(browser)

    row = LoginCode.objects.values().get()

    assert codes.last.encode() not in bytes(row["code_hash"])
    assert codes.last not in str(dict(browser.session))
    assert "phone" not in row


def test_a_new_code_replaces_the_old_one(browser: Client, codes: KeptCodes) -> None:
    with time_machine.travel(NOON, tick=False):
        ask(browser)
    first = codes.last
    with time_machine.travel(NOON + timedelta(seconds=61), tick=False):
        ask(browser)
        old = answer(browser, first)
        new = answer(browser, codes.last)

    assert first == codes.last or old.status_code == 422
    assert new.status_code == 302


@pytest.mark.parametrize(
    ("pauses", "sent"),
    [([0, 59], 1), ([0, 60], 2), ([0, *[61] * 5], 5), ([0, *[1800] * 12], 10)],
    ids=["one a minute", "two after a minute", "five an hour", "ten a day"],
)
def test_codes_per_phone_are_limited(codes: KeptCodes, pauses: list[int], sent: int) -> None:
    at = NOON
    for pause in pauses:
        at += timedelta(seconds=pause)
        with suppress(TooMany):
            login_code_send(phone=PHONE, address="192.0.2.1", language="en", now=at)

    assert len(codes.sent) == sent


def test_the_refusal_names_the_waiting_time(browser: Client, codes: KeptCodes) -> None:
    with time_machine.travel(NOON, tick=False):
        ask(browser)
    with time_machine.travel(NOON + timedelta(seconds=18), tick=False):
        refused = ask(browser)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "42"
    assert "try again in 42 seconds" in refused.content.decode()
    assert len(codes.sent) == 1


def test_codes_per_address_are_limited(codes: KeptCodes) -> None:
    refused = 0
    for number in range(62):
        try:
            login_code_send(phone=f"1390000{number:04d}", address="192.0.2.1", language="en", now=NOON)
        except TooMany:
            refused += 1
    login_code_send(phone="13900009999", address="192.0.2.2", language="en", now=NOON)

    assert (refused, len(codes.sent)) == (2, 61)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_askers_get_one_code(codes: KeptCodes) -> None:
    barrier = threading.Barrier(8)

    def race(_: int) -> str:
        barrier.wait(timeout=20)
        try:
            login_code_send(phone=PHONE, address="192.0.2.1", language="en", now=NOON)
        except DomainError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "sent"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(race, range(8)))

    assert outcomes == ["sent"] + ["too_many_requests"] * 7
    assert len(codes.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_simultaneous_guesses_get_five_tries(codes: KeptCodes) -> None:
    ticket = login_code_send(phone=PHONE, address="192.0.2.1", language="en", now=now())
    wrong = f"{(int(codes.last) + 1) % 10**6:06d}"
    barrier = threading.Barrier(8)

    def race(_: int) -> str:
        barrier.wait(timeout=20)
        try:
            login_by_code(ticket=ticket, code=wrong, name="", language="en", address="192.0.2.1", now=now())
        except DomainError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "in"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(race, range(8)))

    assert "in" not in outcomes
    assert LoginCode.objects.get().tries == 5


@pytest.mark.parametrize("text", ["", "12345", "110", "23800138000", "+86 110", "a" * 31, "abc", "138\x000013", "😀"])
def test_what_is_no_mobile_number_is_said_at_the_field(browser: Client, codes: KeptCodes, text: str) -> None:
    refused = ask(browser, text)

    assert refused.status_code == 422
    assert "id_phone_error" in refused.content.decode()
    assert not codes.sent


@pytest.mark.parametrize("text", ["13800138000", "138-0013-8000", "+86 138 0013 8000", "008613800138000", E164])
def test_a_number_is_understood_however_typed(codes: KeptCodes, text: str) -> None:
    login_code_send(phone=text, address="192.0.2.1", language="en", now=now())

    assert codes.sent[0][0] == E164


def test_a_foreign_number_is_taken(codes: KeptCodes) -> None:
    login_code_send(phone="+44 7700 900123", address="192.0.2.1", language="en", now=now())

    assert codes.sent[0][0] == "+447700900123"


def test_log_in_rotates_the_session_and_keeps_what_was_in_it(browser: Client, codes: KeptCodes) -> None:
    ask(browser)
    session = browser.session
    session["basket"] = "kept"
    session.save()
    before = browser.cookies[settings.SESSION_COOKIE_NAME].value

    answer(browser, codes.last)

    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert browser.session["basket"] == "kept"


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/booking/?item=3", "/booking/?item=3"),
        ("https://elsewhere.example/", "/start/"),
        ("//elsewhere.example/", "/start/"),
        ("javascript:alert(1)", "/start/"),
        ("/\\elsewhere.example", "/start/"),
        ("", "/start/"),
    ],
)
def test_next_leads_only_to_our_own_pages(browser: Client, codes: KeptCodes, wanted: str, reached: str) -> None:
    ask(browser, next=wanted)

    assert answer(browser, codes.last, next=wanted)["Location"] == reached


def test_a_closed_account_is_told_only_to_its_owner(browser: Client, codes: KeptCodes) -> None:
    user = user_create(role=RoleCode.CUSTOMER, name="", phone=E164)
    User.objects.filter(pk=user.pk).update(is_active=False)
    ask(browser)
    wrong = f"{(int(codes.last) + 1) % 10**6:06d}"

    guessed, proved = answer(browser, wrong), answer(browser, codes.last)

    assert "closed" not in guessed.content.decode()
    assert proved.status_code == 403
    assert "This account has been closed" in proved.content.decode()
    assert not is_in(browser)


def test_counts_name_nobody(codes: KeptCodes) -> None:
    login_code_send(phone=PHONE, address="192.0.2.1", language="en", now=now())

    kept = str(list(RateLog.objects.values()))

    assert "13800138000" not in kept
    assert "192.0.2.1" not in kept


def test_an_unreadable_phone_is_not_counted(codes: KeptCodes) -> None:
    with pytest.raises(Invalid):
        login_code_send(phone="110", address="192.0.2.1", language="en", now=now())

    assert not RateLog.objects.exists()
