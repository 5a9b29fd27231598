"""Polling: the same authorisation and the same replay as the stream, in few statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.services import api_key_create, link_create
from tests.live.log import event_insert
from tests.live.people import person, session_of, technician_of, territory

pytestmark = pytest.mark.django_db
PATH = "/live/changes"


def browser_of(secret: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = secret
    return client


def told(answer: Any) -> list[tuple[str, int]]:
    assert answer.status_code == 200
    return [(frame["event"], frame["id"]) for frame in answer.json()]


def test_a_page_hears_what_it_missed_and_where_it_stands() -> None:
    here, there = territory("a"), territory("b")
    user = person(RoleCode.TECHNICIAN, 1)
    technician_of(user, here)
    client = browser_of(session_of(user))
    first = event_insert(connection, "office", age=timedelta(minutes=5))
    own = event_insert(connection, f"hall:{here.pk}", "office", name="offer.opened", refs=("O1",))
    newest = event_insert(connection, f"hall:{there.pk}")

    answer = client.get(PATH, {"after": first})

    assert told(answer) == [("change", own), ("hello", newest)]
    assert answer.json()[0]["data"] == {"name": "offer.opened", "refs": ["O1"], "topics": [f"hall:{here.pk}"]}
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"] == "application/json"


def test_a_new_page_starts_at_the_newest_event() -> None:
    client = browser_of(session_of(person(RoleCode.CUSTOMER, 1)))
    newest = event_insert(connection, "office")

    assert told(client.get(PATH)) == [("hello", newest)]


def test_a_new_page_hears_what_happened_while_it_was_loading() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    client = browser_of(session_of(user))
    event_insert(connection, f"user:{user.pk}", age=timedelta(seconds=30))
    meanwhile = event_insert(connection, f"user:{user.pk}", age=timedelta(seconds=6))

    assert told(client.get(PATH, {"age": "8"})) == [("change", meanwhile), ("hello", meanwhile)]


def test_a_place_the_log_does_not_know_asks_for_a_reset() -> None:
    client = browser_of(session_of(person(RoleCode.CUSTOMER, 1)))
    newest = event_insert(connection, "office")

    assert told(client.get(PATH, {"after": newest + 7})) == [("reset", newest), ("hello", newest)]


def test_a_key_and_a_link_may_poll() -> None:
    user = person(RoleCode.CUSTOMER, 1)
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    token = link_create(purpose=LinkPurpose.REVIEW, subject="V0", now=datetime.now(UTC))
    own = event_insert(connection, f"user:{user.pk}")
    notice = event_insert(connection, "everyone")

    by_key = Client().get(PATH, {"age": "9"}, headers={"Authorization": f"Bearer {key}"})
    by_link = Client().get(PATH, {"age": "9"}, headers={"X-Paidan-Link": token})
    by_address = Client().get(PATH, {"age": "9", "link": token})

    assert told(by_key) == [("change", own), ("change", notice), ("hello", notice)]
    assert told(by_link) == told(by_address) == [("change", notice), ("hello", notice)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_shows_nothing_valid_is_refused(language: str) -> None:
    for query, headers in (
        ({}, {}),
        ({"link": "unknown"}, {}),
        ({}, {"Authorization": "Bearer pd_unknown"}),
        ({}, {"Cookie": f"{settings.SESSION_COOKIE_NAME}=unknown"}),
    ):
        answer = Client(headers={**headers, "Accept-Language": language}).get(PATH, query)

        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Cache-Control"] == "no-store"
        assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(("name", "value"), [("after", "x"), ("after", "-1"), ("after", "9" * 30), ("age", "1e9")])
def test_a_number_that_is_none_is_refused_with_its_field(name: str, value: str) -> None:
    client = browser_of(session_of(person(RoleCode.CUSTOMER, 1)))

    answer = client.get(PATH, {name: value}, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert answer.json()["fields"] == {name: "Must be a whole number."}


def test_only_reading_is_allowed() -> None:
    assert browser_of(session_of(person(RoleCode.CUSTOMER, 1))).post(PATH).status_code == 405


def test_a_poll_costs_few_statements_however_much_happened(django_assert_max_num_queries: Any) -> None:
    user = person(RoleCode.TECHNICIAN, 1)
    technician_of(user, territory("a"))
    client = browser_of(session_of(user))
    first = event_insert(connection, "office", age=timedelta(minutes=5))
    for _ in range(60):
        event_insert(connection, f"user:{user.pk}")

    with django_assert_max_num_queries(5):
        answer = client.get(PATH, {"after": first})

    assert len(answer.json()) == 61
