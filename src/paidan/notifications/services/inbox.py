"""What a reader does with the inbox."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from paidan.kernel.actors import Actor
from paidan.kernel.outbox import publish
from paidan.notifications.access import inbox_of, message_for
from paidan.notifications.events import InboxChanged
from paidan.notifications.selectors import InboxRow, inbox_row


@transaction.atomic
def inbox_read(*, message_id: int, actor: Actor, language: str, now: datetime) -> InboxRow:
    """Mark one message as read; again changes nothing.

    Raises:
        NotFound: absent, or somebody else's.
    """
    message = message_for(actor, message_id)
    if inbox_of(actor).filter(pk=message.pk, read_at__isnull=True).update(read_at=now):
        message.read_at = now
        publish(InboxChanged(topics=(f"user:{actor.user_id}",)))
    return inbox_row(message, language=language)


@transaction.atomic
def inbox_read_all(*, actor: Actor, now: datetime) -> int:
    """Mark everything as read; returns how many were not."""
    count = inbox_of(actor).filter(read_at__isnull=True).update(read_at=now)
    if count:
        publish(InboxChanged(topics=(f"user:{actor.user_id}",)))
    return count
