"""The OpenAPI document is valid and complete, readable without scripts, and the API keeps what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from paidan.accounts.constants import RoleCode
from paidan.accounts.services import api_key_create
from paidan.api.v1.api import api
from paidan.config.wsgi import application
from tests import city

pytestmark = pytest.mark.django_db
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, op) for path, ops in document["paths"].items() for method, op in ops.items()]


def test_the_document_is_openapi_3_1(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []


def test_every_operation_says_who_may_call_it_and_how_it_refuses(client: Client) -> None:
    for path, method, operation in operations(client.get("/api/v1/openapi.json").json()):
        assert operation["x-access"], path
        assert operation["security"], path
        assert {"400", "401", "403", "404", "422"} <= set(operation["responses"]), path
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == (method != "get"), path
        assert any(status.startswith("2") for status in operation["responses"]), path


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in operations(api.document())]

    assert len(ids) == len(set(ids))


def test_the_page_for_people_lists_every_operation_and_fetches_nothing(client: Client) -> None:
    page = client.get("/api/v1/docs").content.decode()

    for path, _, _ in operations(api.document()):
        assert f"<code>{path}</code>" in page
    main = page.split("<main", 1)[1].split("</main>", 1)[0]
    assert "<script" not in main
    assert not re.findall(r"(?:src|href)=\"https?://", page)


ROLES = [*RoleCode, "nobody"]


@cache
def document() -> Any:
    """The document as the application serves it, to whoever asks: read once for all roles."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def served() -> Iterator[None]:
    """The application beside the test, on the test's own connection: a request's end must not close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("role", ROLES)
def test_the_api_keeps_what_the_document_says(role: str) -> None:
    headers = {"Accept-Language": "en"}
    if role != "nobody":
        user = city.make_user(RoleCode(role))
        key = api_key_create(user_id=user.pk, label="", scopes=[], expires_at=None)
        headers["Authorization"] = f"Bearer {key}"
    broken: list[str] = []

    for result in document().get_all_operations():
        _tried(result.ok(), headers, broken)

    assert not broken, "\n".join(broken)


def _tried(operation: Any, headers: dict[str, str], broken: list[str]) -> None:
    @settings(
        max_examples=5,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        response = case.call(headers=headers)
        try:
            case.validate_response(response, checks=CHECKS, headers=headers)
        except Exception as failure:  # every violation is collected, whatever its class
            broken.append(f"{operation.label}: {response.status_code} {failure}")

    given(case=operation.as_strategy())(run)()
