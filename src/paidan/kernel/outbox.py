"""The outbox: an event, its live notice and its jobs commit with the change that caused them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from paidan.kernel.events import DomainEvent

EVENT_JOB = "kernel.event_handle"
CHANNEL = "paidan_event"

Handler = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Handlers:
    """Which handlers hear which event: filled once by ``config.wiring``."""

    by_event: dict[str, tuple[Handler, ...]]

    def hears(self, name: str) -> bool:
        return bool(self.by_event.get(name))


_handlers = Handlers(by_event={})


def handlers_register(by_event: dict[str, tuple[Handler, ...]]) -> None:
    """Set the event table; called once when the apps are ready."""
    _handlers.by_event.clear()
    _handlers.by_event.update(by_event)


def handlers_of(name: str) -> tuple[Handler, ...]:
    return _handlers.by_event.get(name, ())


_INSERT = """
    INSERT INTO kernel_event (name, payload, refs, topics, created_at)
    VALUES (%s, %s::jsonb, %s, %s, clock_timestamp())
    RETURNING id
"""
_INSERT_AND_DEFER = f"""
    WITH event AS ({_INSERT})
    SELECT event.id, procrastinate_defer_jobs_v1(ARRAY[ROW(
        'events', '{EVENT_JOB}', 0, NULL, NULL, jsonb_build_object('event_id', event.id), NULL
    )::procrastinate_job_to_defer_v1]) FROM event
"""


# An event whose job is not finished stays, however old.
_OLD_EVENTS = """
    SELECT e.id FROM kernel_event e
    WHERE e.created_at < %s AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs j
        WHERE j.task_name = %s AND j.status <> 'succeeded' AND (j.args->>'event_id')::bigint = e.id
    )
    ORDER BY e.id LIMIT %s
"""


def publish(event: DomainEvent) -> int:
    """Record that something happened; must run inside the transaction that did it.

    Live screens are notified at commit by the table's trigger. If a handler listens, one job for
    the event is deferred in the same transaction.

    Returns:
        The event's id.
    """
    payload = json.dumps(event.payload(), cls=DjangoJSONEncoder)
    statement = _INSERT_AND_DEFER if _handlers.hears(event.name) else _INSERT
    with connection.cursor() as cursor:
        cursor.execute(statement, [event.name, payload, list(event.refs), list(event.topics)])
        row = cursor.fetchone()
    return int(row[0])


def defer(
    job_name: str,
    *,
    queue: str = "default",
    lock: str | None = None,
    queueing_lock: str | None = None,
    **arguments: Any,
) -> None:
    """Defer a job by name in the caller's transaction (a test checks that each name is registered).

    Args:
        queueing_lock: while a job with this lock waits to start, another one is not added.
    """
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    job = app.configure_task(job_name, queue=queue, lock=lock, queueing_lock=queueing_lock, allow_unknown=True)
    if queueing_lock is None:
        job.defer(**arguments)
        return
    if _is_waiting(queueing_lock):
        return
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(**arguments)


def _is_waiting(queueing_lock: str) -> bool:
    """Whether such a job waits: asked first, for an insert that fails is noise in the server's log."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')",
            [queueing_lock],
        )
        return bool(cursor.fetchone()[0])


def events_forget(*, before: datetime, most: int) -> int:
    """Delete up to so many old events that every handler has heard; returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_OLD_EVENTS, [before, EVENT_JOB, most])
        old = [row[0] for row in cursor.fetchall()]
        cursor.execute("DELETE FROM kernel_eventhandled WHERE event_id = ANY(%s)", [old])
        cursor.execute("DELETE FROM kernel_event WHERE id = ANY(%s)", [old])
    return len(old)


def jobs_given_up() -> list[str]:
    """Jobs that failed as often as they may: what an operator has to look at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, task_name, attempts FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id")
        rows = cursor.fetchall()
    return [f"Job {id_} ({task_name}) was given up after {attempts} attempts." for id_, task_name, attempts in rows]
