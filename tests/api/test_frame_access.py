"""Who gets through the frame, and how the others are answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import ApiKey, User
from paidan.accounts.services import api_key_create, link_create, user_create
from paidan.kernel.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]
PROBLEM = "application/problem+json"


@pytest.fixture
def manager() -> User:
    return user_create(role=RoleCode.MANAGER, name="经理", phone="+8613900000001")


@pytest.fixture
def key(manager: User) -> str:
    return api_key_create(user_id=manager.pk, label="test", scopes=[], expires_at=None)


def bearer(key: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {key}"}}


def test_nobody_is_answered_401_with_a_problem(client: Client) -> None:
    response = client.get("/api/probe/own")

    assert response.status_code == 401
    assert response["Content-Type"] == PROBLEM
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthenticated"
    assert response.json()["reference"] == response["X-Reference-Id"]


def test_a_key_names_its_user(client: Client, key: str, manager: User) -> None:
    response = client.get("/api/probe/own", **bearer(key))

    assert response.json() == {"actor": f"user:{manager.pk}", "kind": "api_key"}


def test_a_call_by_key_costs_one_statement_and_no_session(client: Client, key: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "somebody-elses-session"

    with CaptureQueriesContext(
        connection,
    ) as statements:
        response = client.get("/api/probe/own", **bearer(key))

    assert response.status_code == 200
    assert len(statements) == 1
    assert settings.SESSION_COOKIE_NAME not in response.cookies


@pytest.mark.parametrize("shown", ["Bearer pd_wrong", "Bearer ", "Basic abc", "Bearer a\0b"])
def test_a_wrong_key_is_never_taken_for_none(client: Client, shown: str) -> None:
    response = client.get("/api/probe/public", headers={"Authorization": shown})

    assert response.status_code == 401


@pytest.mark.parametrize("spoil", ["expired", "revoked", "disabled"])
def test_a_spent_key_opens_nothing(client: Client, key: str, manager: User, spoil: str) -> None:
    if spoil == "expired":
        ApiKey.objects.update(expires_at=now() - timedelta(seconds=1))
    elif spoil == "revoked":
        ApiKey.objects.update(revoked_at=now())
    else:
        User.objects.update(is_active=False)

    assert client.get("/api/probe/own", **bearer(key)).status_code == 401


def test_scopes_narrow_the_role(client: Client, manager: User) -> None:
    narrow = api_key_create(user_id=manager.pk, label="", scopes=["visit.view"], expires_at=None)

    assert client.get("/api/probe/visits/V1", **bearer(narrow)).status_code == 200
    assert client.get("/api/probe/reports/1", **bearer(narrow)).status_code == 403


def test_scopes_narrow_what_goes_by_role_alone(client: Client) -> None:
    customer = user_create(role=RoleCode.CUSTOMER, name="", phone="+8613900000002")
    narrow, whole = (
        api_key_create(user_id=customer.pk, label="", scopes=scopes, expires_at=None)
        for scopes in (["booking.view"], [])
    )

    assert client.get("/api/probe/visits/V1", **bearer(narrow)).status_code == 403
    assert client.get("/api/probe/visits/V1", **bearer(whole)).status_code == 200


def test_a_role_without_the_permission_is_answered_403(client: Client) -> None:
    customer = user_create(role=RoleCode.CUSTOMER, name="", phone="+8613900000002")
    key = api_key_create(user_id=customer.pk, label="", scopes=[], expires_at=None)

    response = client.get("/api/probe/reports/1", **bearer(key))

    assert response.status_code == 403
    assert response.json()["code"] == "forbidden"
    assert client.get("/api/probe/visits/V1", **bearer(key)).status_code == 200


@pytest.mark.parametrize("where", ["header", "query"])
def test_a_link_opens_only_what_it_is_for(client: Client, where: str) -> None:
    booking = link_create(purpose=LinkPurpose.BOOKING, subject="B0000000000AB", now=now())
    review = link_create(purpose=LinkPurpose.REVIEW, subject="V0000000000AB", now=now())

    def ask(token: str, path: str = "/api/probe/visits/V1") -> Any:
        if where == "header":
            return client.get(path, headers={"X-Paidan-Link": token})
        return client.get(path, {"link": token})

    assert ask(booking).json() == {"actor": "B0000000000AB", "kind": "link"}
    assert ask(review).status_code == 404
    assert ask("unknown").status_code == 404
    assert ask("nul\0").status_code == 404
    assert ask(booking, "/api/probe/own").status_code == 401


def test_an_expired_link_answers_like_an_unknown_one(client: Client) -> None:
    token = link_create(purpose=LinkPurpose.BOOKING, subject="B0000000000AB", now=now() - timedelta(days=31))

    assert client.get("/api/probe/visits/V1", {"link": token}).status_code == 404


def test_the_session_needs_its_token_on_unsafe_calls(manager: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager)
    token = "a" * 32
    browser.cookies[settings.CSRF_COOKIE_NAME] = token

    without = browser.post("/api/probe/notes", {"name": "a"}, content_type="application/json")
    with_it = browser.post(
        "/api/probe/notes", {"name": "a"}, content_type="application/json", headers={"X-CSRFToken": token}
    )

    assert browser.get("/api/probe/own").json()["kind"] == "user"
    assert (without.status_code, without.json()["code"]) == (403, "csrf_failed")
    assert with_it.status_code == 201


def test_a_key_needs_no_token(key: str) -> None:
    program = Client(enforce_csrf_checks=True)

    response = program.post("/api/probe/notes", {"name": "a"}, content_type="application/json", **bearer(key))

    assert response.status_code == 201
