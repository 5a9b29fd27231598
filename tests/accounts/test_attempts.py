"""Attempts are limited for all processes together, stay counted when refused, and tell nothing of accounts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher, get_hasher
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from paidan.accounts import limits
from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import RateLog, User
from paidan.accounts.services import BOOKINGS, GRABS, SIGN_UPS, Rate, api_key_create, attempt_count, attempt_take
from paidan.accounts.services.attempts import _alone
from paidan.booking.models import Booking
from paidan.kernel.clock import now
from paidan.kernel.errors import TooMany
from paidan.kernel.settings import IntegerSetting
from tests import city
from tests.accounts.conftest import KeptCodes
from tests.web.clients import client_of

THREE = IntegerSetting("accounts.test_three", 3, 1, 10)
THREE_A_MINUTE = Rate("test", THREE, 60)


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    _alone._seen.clear()


@pytest.mark.django_db
def test_the_limit_lets_through_so_many_within_any_window() -> None:
    start = now()
    for second in (0, 1, 2):
        attempt_count(THREE_A_MINUTE, subject="a", now=start + timedelta(seconds=second))

    with pytest.raises(TooMany) as refused:
        attempt_count(THREE_A_MINUTE, subject="a", now=start + timedelta(seconds=20))
    attempt_count(THREE_A_MINUTE, subject="b", now=start + timedelta(seconds=20))
    attempt_count(THREE_A_MINUTE, subject="a", now=start + timedelta(seconds=61))

    assert refused.value.facts == {"retry_after_seconds": 40}
    assert RateLog.objects.count() == 2


@pytest.mark.django_db
def test_an_attempt_costs_one_statement_beside_its_limit() -> None:
    attempt_count(THREE_A_MINUTE, subject="a", now=now())

    with CaptureQueriesContext(connection) as queries:
        attempt_count(THREE_A_MINUTE, subject="a", now=now())

    assert len(queries) == 2


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_at_once_three_pass() -> None:
    barrier, at = threading.Barrier(16), now()

    def race(_: int) -> str:
        barrier.wait(timeout=20)
        try:
            attempt_count(THREE_A_MINUTE, subject="a", now=at)
        except TooMany as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "in"

    with ThreadPoolExecutor(16) as pool:
        outcomes = sorted(pool.map(race, range(16)))

    assert outcomes == ["in"] * 3 + ["too_many_requests"] * 13


@pytest.mark.django_db
def test_counting_without_the_condition_would_let_all_pass() -> None:
    """The control: the statement without its limit counts, but refuses nobody."""
    with patch("paidan.accounts.services.attempts._TAKE", _without_condition()):
        for _ in range(10):
            attempt_count(THREE_A_MINUTE, subject="a", now=now())


def _without_condition() -> str:
    from paidan.accounts.services.attempts import _TAKE

    return _TAKE[: _TAKE.index("        WHERE (SELECT")] + _TAKE[_TAKE.index("    RETURNING") :]


@pytest.mark.django_db
def test_grabs_cost_nothing_until_there_are_many_and_are_limited_then() -> None:
    technician = actor_of_user(city.make_user(RoleCode.TECHNICIAN))
    at = now()

    with CaptureQueriesContext(connection) as queries:
        for _ in range(GRABS.unshared):
            attempt_take(GRABS, actor=technician, now=at)
    for _ in range(limits.GRABS_PER_TECHNICIAN_PER_MINUTE.default):
        attempt_take(GRABS, actor=technician, now=at)

    assert len(queries) == 0
    with pytest.raises(TooMany):
        attempt_take(GRABS, actor=technician, now=at)


@pytest.mark.django_db
def test_booking_attempts_through_the_api_are_limited_and_refused_ones_count() -> None:
    user = city.make_user(RoleCode.CUSTOMER)
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    limits.BOOKINGS_PER_CUSTOMER_PER_HOUR.set(2)
    browser = client_of()

    answers = [
        browser.post(
            "/api/v1/bookings", {}, content_type="application/json", headers={"authorization": f"Bearer {key}"}
        )
        for _ in range(3)
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert int(answers[2]["Retry-After"]) > 3500
    assert answers[2].json()["code"] == "too_many_requests"
    assert Booking.objects.count() == 0


@pytest.mark.django_db
def test_the_desk_is_not_limited_in_what_it_books() -> None:
    limits.BOOKINGS_PER_CUSTOMER_PER_HOUR.set(1)
    service = actor_of_user(city.make_user(RoleCode.CUSTOMER_SERVICE))

    for _ in range(5):
        attempt_take(BOOKINGS, actor=service, now=now())

    assert RateLog.objects.count() == 0


@pytest.mark.django_db
def test_new_accounts_from_one_address_are_limited_but_old_ones_get_in(codes: KeptCodes) -> None:
    limits.SIGN_UPS_PER_ADDRESS_PER_DAY.set(1)
    known = city.make_user(RoleCode.CUSTOMER)

    assert [log_in(codes, phone) for phone in ("13800138201", "13800138202", (known.phone or "")[3:])] == [
        302,
        429,
        302,
    ]
    assert not User.objects.filter(phone="+8613800138202").exists()
    assert SIGN_UPS.limit.value() == 1


def log_in(codes: KeptCodes, phone: str) -> int:
    browser = client_of()
    browser.post(reverse("portal:login"), {"phone": phone})
    return browser.post(reverse("portal:login-code"), {"code": codes.last}).status_code


@pytest.mark.django_db
def test_a_known_and_an_unknown_name_cost_the_same_work() -> None:
    """Not by the clock: as many hash computations and as many statements, and the same words."""
    known = city.make_user(RoleCode.MANAGER)
    known.set_password("Sturdy-Lamp-42")
    known.save()
    disabled = city.make_user(RoleCode.MANAGER)
    disabled.set_password("Sturdy-Lamp-42")
    disabled.is_active = False
    disabled.save()
    without = city.make_user(RoleCode.CUSTOMER)

    tried = {
        "wrong password": password_work(known.phone or ""),
        "nobody": password_work("+8613800138299"),
        "nobody's e-mail": password_work("nobody@example.com"),
        "disabled": password_work(disabled.phone or "", "Sturdy-Lamp-42"),
        "without a password": password_work(without.phone or ""),
    }

    assert len(set(tried.values())) == 1, tried


def password_work(login: str, password: str = "Wrong-Lamp-42") -> tuple[int, int, int, str]:
    """Status, hash computations, statements and the words of one try in a fresh browser."""
    hasher = type(get_hasher())
    assert issubclass(hasher, (Argon2PasswordHasher, PBKDF2PasswordHasher)) or hasher.__name__
    computed: list[int] = []
    browser = client_of()

    def counting(method: Any) -> Any:
        def count(self: Any, *args: Any, **named: Any) -> Any:
            computed.append(1)
            return method(self, *args, **named)

        return count

    with (
        patch.object(hasher, "encode", counting(hasher.encode)),
        patch.object(hasher, "verify", counting(hasher.verify)),
        CaptureQueriesContext(connection) as queries,
    ):
        answer = browser.post(reverse("portal:login-password"), {"login": login, "password": password})
    words = "".join(str(error) for error in answer.context["form"].non_field_errors())
    return answer.status_code, len(computed), len(queries), words


@pytest.mark.django_db
def test_asking_for_a_code_costs_the_same_for_a_known_and_an_unknown_phone(codes: KeptCodes) -> None:
    known = city.make_user(RoleCode.MANAGER)
    disabled = city.make_user(RoleCode.MANAGER)
    User.objects.filter(pk=disabled.pk).update(is_active=False)

    costs = {code_work(phone) for phone in (known.phone or "", disabled.phone or "", "+8613800138298")}

    assert len(costs) == 1


def code_work(phone: str) -> tuple[int, str, int]:
    browser = client_of()
    with CaptureQueriesContext(connection) as queries:
        answer = browser.post(reverse("portal:login"), {"phone": phone})
    return answer.status_code, answer["Location"], len(queries)
