"""A forgotten password: a code by SMS or e-mail, single use, five tries, ten minutes, one browser (U3)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.accounts.models import LoginCode, User
from paidan.accounts.services import user_create
from paidan.kernel.clock import now
from tests.accounts.conftest import KeptCodes

pytestmark = pytest.mark.django_db
PASSWORD = "Sturdy-Lamp-42"
NEW = "Another-Lamp-43"
PHONE = "13900000001"
EMAIL = "boss@example.invalid"


@pytest.fixture
def manager() -> User:
    return user_create(role=RoleCode.MANAGER, name="经理", phone=f"+86{PHONE}", email=EMAIL, password=PASSWORD)


def ask(browser: Client, login: str = PHONE) -> Any:
    return browser.post("/login/forgotten/", {"login": login})


def answer(browser: Client, code: str, new: str = NEW, again: str | None = None) -> Any:
    return browser.post("/login/forgotten/code/", {"code": code, "new": new, "again": new if again is None else again})


def mailed() -> str:
    found = re.search(r"\b\d{6}\b", mail.outbox[-1].body)
    assert found is not None
    return found.group()


def logs_in(password: str) -> bool:
    response = Client().post("/login/password/", {"login": EMAIL, "password": password})
    return bool(response.status_code == 302)


def test_a_code_by_sms_sets_a_new_password_and_ends_every_session(
    browser: Client, manager: User, codes: KeptCodes
) -> None:
    other = Client()
    other.post("/login/password/", {"login": PHONE, "password": PASSWORD})
    ask(browser)

    done = answer(browser, codes.last)

    assert done["Location"] == "/login/password/"
    assert other.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 302
    assert (logs_in(NEW), logs_in(PASSWORD)) == (True, False)


def test_also_the_same_password_again_ends_every_session(browser: Client, manager: User, codes: KeptCodes) -> None:
    other = Client()
    other.post("/login/password/", {"login": PHONE, "password": PASSWORD})
    ask(browser)

    answer(browser, codes.last, PASSWORD)

    assert other.get("/account/").status_code == 302


def test_a_code_by_e_mail_does_the_same(browser: Client, manager: User) -> None:
    asked = ask(browser, " BOSS@example.invalid ")

    done = answer(browser, mailed())

    assert asked["Location"] == "/login/forgotten/code/"
    assert [message.to for message in mail.outbox] == [[EMAIL]]
    assert done.status_code == 302
    assert logs_in(NEW)


@pytest.mark.parametrize("unknown", ["13900000009", "nobody@example.invalid"])
def test_known_and_unknown_are_answered_alike_and_both_get_one_message(
    manager: User, codes: KeptCodes, unknown: str
) -> None:
    known = EMAIL if "@" in unknown else PHONE

    def steps(login: str) -> list[tuple[int, str]]:
        browser = Client(HTTP_ACCEPT_LANGUAGE="en", REMOTE_ADDR="192.0.2.7")
        answers = [ask(browser, login), browser.get("/login/forgotten/code/"), answer(browser, "000000")]
        return [(each.status_code, re.sub(r'"[A-Za-z0-9]{64}"', "", each.content.decode())) for each in answers]

    first, messages_before = steps(known), len(codes.sent) + len(mail.outbox)
    second = steps(unknown)

    assert first == second
    assert (messages_before, len(codes.sent) + len(mail.outbox)) == (1, 2)


def test_an_unknown_e_mail_is_told_so_where_only_its_owner_reads_it(browser: Client) -> None:
    ask(browser, "nobody@example.invalid")

    assert "there is no account" in mail.outbox[0].body
    assert not re.search(r"\b\d{6}\b", mail.outbox[0].body)


def test_a_phone_without_an_account_learns_it_after_the_code(browser: Client, codes: KeptCodes) -> None:
    ask(browser)

    told = answer(browser, codes.last)

    assert told.status_code == 409
    assert "Log in with a code" in told.content.decode()
    assert not User.objects.exists()


def test_the_sixth_try_is_refused_though_right(browser: Client, manager: User, codes: KeptCodes) -> None:
    ask(browser)
    wrong = f"{(int(codes.last) + 1) % 10**6:06d}"

    tries = [answer(browser, wrong).status_code for _ in range(5)]

    assert tries == [422, 422, 422, 422, 409]
    assert answer(browser, codes.last).status_code == 409
    assert logs_in(PASSWORD)


def test_a_code_works_once_for_ten_minutes_in_one_browser(browser: Client, manager: User, codes: KeptCodes) -> None:
    ask(browser)
    code, kept = codes.last, dict(browser.session)["reset_code"]

    assert answer(Client(), code)["Location"] == "/login/forgotten/"
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
        assert answer(browser, code).status_code == 409
    assert answer(browser, code).status_code == 302
    session = browser.session
    session["reset_code"] = kept
    session.save()
    assert answer(browser, code, "Third-Lamp-44").status_code == 409
    assert logs_in(NEW)


def test_a_code_for_a_log_in_resets_nothing_and_the_other_way_round(
    browser: Client, manager: User, codes: KeptCodes
) -> None:
    browser.post("/login/", {"phone": PHONE})
    session = browser.session
    session["reset_code"] = session["login_code"]
    session.save()

    assert answer(browser, codes.last).status_code == 422
    assert logs_in(PASSWORD)


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [("short1!", None, "at least 8"), ("password1!", None, "too common"), (NEW, "different", "do not match")],
)
def test_a_password_that_is_refused_costs_no_try(
    browser: Client, manager: User, codes: KeptCodes, new: str, again: str | None, sentence: str
) -> None:
    ask(browser)

    refused = answer(browser, codes.last, new, again)

    assert refused.status_code == 422
    assert sentence in refused.content.decode()
    assert LoginCode.objects.get().tries == 0
    assert answer(browser, codes.last).status_code == 302


@pytest.mark.parametrize("login", ["", "nonsense", "@", "a@b\nc@d.example", "\0", "12345", "a" * 300])
def test_what_is_neither_phone_nor_e_mail_is_said_so(browser: Client, codes: KeptCodes, login: str) -> None:
    assert ask(browser, login).status_code == 422
    assert not codes.sent
    assert not mail.outbox


def test_a_closed_account_stays_closed(browser: Client, manager: User, codes: KeptCodes) -> None:
    User.objects.update(is_active=False)
    ask(browser)

    assert answer(browser, codes.last).status_code == 403
    manager.refresh_from_db()
    assert manager.check_password(PASSWORD)


def test_asking_again_at_once_must_wait(browser: Client, manager: User, codes: KeptCodes) -> None:
    assert (ask(browser).status_code, ask(browser).status_code) == (302, 429)
    assert len(codes.sent) == 1
