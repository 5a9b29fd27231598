"""Alive, ready, measured."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client

from paidan.accounts.constants import RoleCode
from paidan.api import health
from paidan.kernel.clock import now
from tests import city


def test_a_process_lives_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    response = client.get("/livez")

    assert response.status_code == 200
    assert response.json() == {"status": "alive"}
    assert client.post("/livez").status_code == 405


@pytest.mark.django_db
def test_ready_says_how_the_worker_is(client: Client) -> None:
    none = client.get("/readyz").json()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [now() - timedelta(seconds=5)])
    alive = client.get("/readyz").json()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = %s", [now() - timedelta(seconds=60)])
    late = client.get("/readyz").json()

    assert none == {"status": "ready", "worker": "missing", "worker_heartbeat_age_seconds": None}
    assert (alive["status"], alive["worker"]) == ("ready", "alive")
    assert 5 <= alive["worker_heartbeat_age_seconds"] < 20
    assert (late["status"], late["worker"]) == ("ready", "missing")


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "not_migrated", "missing_migrations": 1}


@pytest.mark.django_db
def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError

    monkeypatch.setattr(health, "_migrations_missing", gone)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "no_database"}


@pytest.mark.django_db
def test_measurements_are_for_this_machine_and_for_staff(client: Client) -> None:
    here = client.get("/metrics")
    proxied = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    elsewhere = client.get("/metrics", REMOTE_ADDR="192.0.2.1")
    client.force_login(city.make_user(RoleCode.CUSTOMER))
    customer = client.get("/metrics", REMOTE_ADDR="192.0.2.1")
    client.force_login(city.make_user(RoleCode.MANAGER))
    manager = client.get("/metrics", REMOTE_ADDR="192.0.2.1")

    assert here.status_code == 200
    assert b"django_http_requests_total" in here.content
    assert [each.status_code for each in (proxied, elsewhere, customer, manager)] == [401, 401, 403, 200]
