"""Whatever goes wrong is a problem document, never a page and never a bare 500."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.accounts.services import api_key_create, user_create
from paidan.kernel.models import Setting
from paidan.kernel.settings import IntegerSetting

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


@pytest.fixture
def program(client: Client) -> Client:
    user = user_create(role=RoleCode.MANAGER, name="", phone="+8613900000001")
    key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.raise_request_exception = False
    return client


def post(program: Client, body: str, path: str = "/api/probe/notes") -> Any:
    return program.post(path, data=body, content_type="application/json")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ("", 422, "note"),
        ("{", 400, ""),
        ("[" * 100_000, 400, ""),
        ("[1]", 422, "name"),
        ('"text"', 422, "name"),
        ("null", 422, ""),
        ('{"name": ""}', 422, "name"),
        ('{"name": 5}', 422, "name"),
        ('{"name": "a\\u0000b"}', 422, "name"),
        ('{"name": "\\ud800"}', 422, "name"),
        ('{"na\\u0000me": "a"}', 422, ""),
        ('{"name": "' + "x" * 21 + '"}', 422, "name"),
        ('{"name": "' + "x" * 1_000_000 + '"}', 413, ""),
        ('{"name": "a", "lat": NaN}', 400, ""),
        ('{"name": "a", "lat": 1e400}', 400, ""),
        ('{"name": "a", "lat": ' + "1" * 5000 + "}", 400, ""),
        ('{"name": "a", "at": "2026-05-01"}', 422, "at"),
        ('{"name": "a", "at": "2026-05-01T09:00:00"}', 422, "at"),
        ('{"name": "a", "at": "0000-05-01T09:00:00Z"}', 422, "at"),
    ],
)
def test_wrong_input_names_its_field_and_writes_nothing(program: Client, body: str, status: int, field: str) -> None:
    before = Setting.objects.count()

    response = post(program, body)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]
    if field:
        assert field in response.json()["fields"]
    assert Setting.objects.count() == before


@pytest.mark.parametrize("text", ["😀😀", "مرحبا", "\u202eabc", "张师傅", "a\tb\nc"])
def test_any_other_text_is_taken(program: Client, text: str) -> None:
    response = program.post("/api/probe/notes", {"name": text}, content_type="application/json")

    assert response.status_code == 201
    assert response.json()["name"] == text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/probe/reports/a%00b", 404),
        ("/api/probe/nothing", 404),
        ("/api/probe/", 404),
        ("/api/probe/notes?limit=0", 422),
        ("/api/probe/notes?limit=99999999999999999999999", 422),
        ("/api/probe/notes?limit=many", 422),
        ("/api/probe/notes?cursor=zz", 422),
        ("/api/probe/notes?cursor=%00", 422),
        ("/api/probe/notes?cursor=" + "x" * 600, 422),
        ("/api/probe/notes?q=%00", 422),
        ("/api/probe/notes?q=%ff%fe", 200),
        ("/api/v1/nothing/here", 404),
        ("/api/v2/", 404),
    ],
)
def test_wrong_addresses_are_problems(program: Client, path: str, status: int) -> None:
    response = program.get(path)

    assert response.status_code == status
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"


def test_an_undeclared_method_is_a_problem_that_names_the_declared(program: Client) -> None:
    response = program.patch("/api/probe/notes")

    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"
    assert response.json()["code"] == "method_not_allowed"


def test_a_refusal_carries_code_facts_and_the_readers_language(program: Client) -> None:
    english = post(program, '{"name": "a"}', "/api/probe/refused").json()
    program.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-hans"
    chinese = post(program, '{"name": "a"}', "/api/probe/refused").json()

    assert english["code"] == chinese["code"] == "note_taken"
    assert english["facts"] == {"name": "a"}
    assert english["detail"] == "This cannot be done right now."


def test_a_rate_limit_says_how_long_to_wait(program: Client) -> None:
    response = program.post("/api/probe/too-many")

    assert response.status_code == 429
    assert response["Retry-After"] == "42"


def test_what_nobody_foresaw_is_logged_but_not_told(program: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = program.post("/api/probe/broken")

    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert "secret detail" not in response.content.decode()
    assert any(
        "secret detail" in str(record.exc_info) or "secret detail" in record.getMessage() for record in caplog.records
    )
    assert not Setting.objects.filter(pk="broken").exists()


def test_a_database_that_is_gone_is_503(program: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object, **options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(Setting.objects, "filter", gone)

    response = program.get("/api/probe/notes")

    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response["Retry-After"] == "2"


def test_settings_keep_their_bounds() -> None:
    setting = IntegerSetting("test.number", 5, 1, 10)
    Setting.objects.create(pk="test.number", value=99)

    assert setting.value() == 10


def test_pages_by_cursor_show_each_row_once(program: Client) -> None:
    for name in "abcde":
        post(program, f'{{"name": "{name}"}}')

    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = program.get("/api/probe/notes", {"limit": 2, "cursor": cursor}).json()
        seen += [row["name"] for row in page["items"]]
        cursor = page["next_cursor"] or ""

    assert seen == list("abcde")
    assert cursor == ""
