"""Whether a process lives, whether it can serve, and its measurements."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from paidan.accounts.middleware import actor_of_request
from paidan.accounts.rules import ANY_METHOD, PUBLIC, STAFF, rules_declare
from paidan.api.problems import problem_response
from paidan.kernel import clock
from paidan.kernel.errors import DomainError

WORKER_LATE_SECONDS = 30
"""A worker beats every ten seconds; three missed beats mean that it is gone."""


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nobody else."""
    return _answer({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has every migration; also how long ago a worker last beat.

    A missing worker does not make a web process unready: pages and grabs still work.
    """
    try:
        missing = _migrations_missing()
        beat = _last_beat() if not missing else None
    except (DatabaseError, InterfaceError):
        return _answer({"status": "no_database"}, status=503)
    if missing:
        return _answer({"status": "not_migrated", "missing_migrations": len(missing)}, status=503)
    age = None if beat is None else max(0.0, round((clock.now() - beat).total_seconds(), 1))
    return _answer(
        {
            "status": "ready",
            "worker": "alive" if age is not None and age <= WORKER_LATE_SECONDS else "missing",
            "worker_heartbeat_age_seconds": age,
        }
    )


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' measurements, for this machine or for staff."""
    if not _is_local(request):
        try:
            STAFF.check(actor_of_request(request))
        except DomainError as refusal:
            return problem_response(request, refusal)
    response: HttpResponse = ExportToDjangoView(request)
    return response


for _view in (livez, readyz, metrics):
    # Metrics ask for more by themselves: a program on this machine has no account.
    rules_declare(_view, {ANY_METHOD: PUBLIC})


def _answer(content: dict[str, Any], *, status: int = 200) -> HttpResponse:
    response = JsonResponse(content, status=status)
    response["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=1)
def _migrations_known() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None)
    return frozenset(loader.graph.leaf_nodes())


def _migrations_missing() -> frozenset[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return _migrations_known()
        cursor.execute("SELECT app, name FROM django_migrations")
        return _migrations_known() - {(app, name) for app, name in cursor.fetchall()}


def _last_beat() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        row = cursor.fetchone()
    beat: datetime | None = row[0]
    return beat


def _is_local(request: HttpRequest) -> bool:
    """Asked from this machine, and not on behalf of somebody behind a proxy on it."""
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
