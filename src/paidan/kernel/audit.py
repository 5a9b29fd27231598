"""Who did it: attach the actor to whatever the database's audit triggers write."""

from __future__ import annotations

import json
import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pghistory
from django.db import connection

from paidan.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class AuditContext:
    """What the audit triggers read from the transaction: an id and the facts, as JSON."""

    id: str
    metadata: str


def audit_context(actor: Actor, **facts: str) -> AuditContext:
    """A fresh context naming the actor (by id, never by name)."""
    metadata = json.dumps({"actor": actor.key, "role": actor.role, **facts}, ensure_ascii=False)
    return AuditContext(id=str(uuid.uuid4()), metadata=metadata)


def audit_set(context: AuditContext) -> None:
    """Name the actor for the rest of the open transaction: one statement, whatever follows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [context.id, context.metadata],
        )


def acting_as(actor: Actor, **facts: str) -> AbstractContextManager[object]:
    """While open, every audited row names the actor (by id, never by name)."""
    return pghistory.context(actor=actor.key, role=actor.role, **facts)
