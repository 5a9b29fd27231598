"""Writing to the event log as different connections do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from django.db import connection

_INSERT = """
    INSERT INTO kernel_event (name, payload, refs, topics, created_at)
    VALUES (%s, '{}', %s, %s, clock_timestamp() - %s) RETURNING id
"""


def event_insert(
    database: Any,
    *topics: str,
    name: str = "visit.assigned",
    refs: tuple[str, ...] = ("V0000000000A1",),
    age: timedelta = timedelta(0),
) -> int:
    """Write one event, ``age`` ago by its clock, in the connection's transaction; returns its id."""
    with database.cursor() as cursor:
        cursor.execute(_INSERT, [name, list(refs), list(topics), age])
        row = cursor.fetchone()
    return int(row[0])


def address() -> dict[str, Any]:
    """Connection parameters of the database under test, for psycopg."""
    parameters = connection.get_connection_params()
    for name in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(name, None)
    return parameters


@contextmanager
def second_connection() -> Iterator[psycopg.Connection[Any]]:
    """Another connection to the database under test; what it did not commit is rolled back."""
    with psycopg.connect(**address()) as other:
        try:
            yield other
        finally:
            other.rollback()
