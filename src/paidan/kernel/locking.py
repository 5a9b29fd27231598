"""Row locks in one order, once per transaction, with a timeout.

Order everywhere: plan days → technicians → offers and visits, each sorted by key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connection
from psycopg import errors as postgres

from paidan.kernel.errors import Busy

log = structlog.get_logger(__name__)

RETRYABLE = (
    postgres.DeadlockDetected,
    postgres.LockNotAvailable,
    postgres.SerializationFailure,
    postgres.ExclusionViolation,
)
"""What comes of others being first; the same call is judged anew when it is made again."""


@contextmanager
def busy_on_lock_timeout() -> Iterator[None]:
    """Turn a lock that was not free in time, a deadlock or time just taken into a refusal people can act on.

    Raises:
        Busy: PostgreSQL gave up waiting (55P03), broke a deadlock (40P01), refused to serialise, or refused an
            overlap (23P01).
    """
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        if isinstance(cause, RETRYABLE):
            log.info("busy", sqlstate=cause.sqlstate, detail=cause.diag.message_detail)
            raise Busy from error
        raise


def is_exclusion_violation(error: DatabaseError) -> bool:
    """Whether the database refused an overlap (23P01)."""
    return isinstance(error.__cause__, postgres.ExclusionViolation)


def is_unique_violation(error: DatabaseError) -> bool:
    return isinstance(error.__cause__, postgres.UniqueViolation)


def advisory_lock_try(key: int) -> bool:
    """Take a session-level advisory lock if it is free; held until released or the connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        return bool(cursor.fetchone()[0])


def advisory_lock_release(key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
