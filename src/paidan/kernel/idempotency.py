"""One key, one effect: the answer to an unsafe call is kept in the transaction of its effect.

The row is inserted before the effect. A concurrent call with the same key waits on it, so that it
either finds the stored answer or, if the first was refused and rolled back, goes through itself.
Refusals are therefore never stored: the same key may be tried again and is judged anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from paidan.kernel.audit import AuditContext
from paidan.kernel.errors import DomainError, Refused

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


class KeyReused(DomainError):
    """The key was used for another call."""

    code = "idempotency_key_reused"
    message = _("This idempotency key was already used for a different request.")
    status = 422


class InProgress(Refused):
    """The first call with this key has not finished yet."""

    code = "in_progress"
    message = _("The same request is still being worked on. Please ask again in a moment.")


@dataclass(frozen=True, slots=True)
class Call:
    """An unsafe call as the key remembers it.

    Attributes:
        actor_key: whose key it is; the same text of two actors is two keys.
        path: method and path.
        body_hash: SHA-256 of what was sent.
    """

    actor_key: str
    key: str
    path: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, byte for byte."""

    status: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry the call out; its row waits for the answer."""

    row_id: int


# A row older than a day is taken over as if it were absent. The audit context travels with the
# insert, so that naming the actor costs no statement of its own.
_CLAIM = """
    INSERT INTO kernel_idempotencykey (actor_key, key, path, body_hash, created_at)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (actor_key, key) DO UPDATE
        SET path = excluded.path, body_hash = excluded.body_hash, created_at = excluded.created_at,
            status = NULL, response = NULL
        WHERE kernel_idempotencykey.created_at < %s
    RETURNING id,
        set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)
"""
_STORED = """
    SELECT path, body_hash, status, response FROM kernel_idempotencykey WHERE actor_key = %s AND key = %s
"""
_STORE = "UPDATE kernel_idempotencykey SET status = %s, response = %s WHERE id = %s"
_FORGET = "DELETE FROM kernel_idempotencykey WHERE created_at < %s"


def call_claim(call: Call, *, audit: AuditContext, now: datetime) -> Claim | Answer:
    """Claim the key for this call, or find the answer already given; inside the effect's transaction.

    Raises:
        KeyReused: the key stands for another path or body.
        InProgress: the first call is still open.
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                _CLAIM,
                [call.actor_key, call.key, call.path, call.body_hash, now, now - KEPT, audit.id, audit.metadata],
            )
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise InProgress from error
            raise
        row = cursor.fetchone()
        if row is not None:
            return Claim(row_id=int(row[0]))
        cursor.execute(_STORED, [call.actor_key, call.key])
        stored = cursor.fetchone()
    if stored is None:
        raise InProgress
    path, body_hash, status, content = stored
    if path != call.path or bytes(body_hash) != call.body_hash:
        raise KeyReused
    if status is None:
        raise InProgress
    return Answer(status=int(status), content=bytes(content))


def answer_store(claim: Claim, answer: Answer) -> None:
    """Keep the answer beside its effect."""
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [answer.status, answer.content, claim.row_id])


def answers_forget(*, now: datetime) -> int:
    """Delete what is older than a day; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - KEPT])
        return int(cursor.rowcount)


def answers_forget_of(actor_key: str) -> None:
    """Delete every answer kept for an actor."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_idempotencykey WHERE actor_key = %s", [actor_key])
