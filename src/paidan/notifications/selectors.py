"""Reads on messages: the inbox, and what was sent about a subject."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from paidan.kernel.actors import Actor
from paidan.notifications.access import inbox_of
from paidan.notifications.constants import ChannelKind, DeliveryStatus, Template
from paidan.notifications.models import Delivery
from paidan.notifications.rendering import words_of


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A message in the reader's language; the refs say what it is about."""

    id: int
    template: Template
    title: str
    body: str
    subject_ref: str
    booking_ref: str
    visit_ref: str
    created_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Some messages, newest first; ``next_before`` continues the list, ``None`` at its end."""

    rows: tuple[InboxRow, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """How a message went; to whom only as kind and id."""

    id: int
    template: Template
    channel: ChannelKind
    status: DeliveryStatus
    user_id: int | None
    customer_id: int | None
    subject_ref: str
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None
    read_at: datetime | None


def inbox_unread(actor: Actor) -> int:
    """How many messages the actor has not read."""
    return inbox_of(actor).filter(read_at__isnull=True).count()


def inbox_page(actor: Actor, *, language: str, before: int | None = None, size: int = 20) -> InboxPage:
    """The actor's messages, newest first, in one query.

    Args:
        before: continue below this message.
    """
    messages = inbox_of(actor)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    found = list(messages.order_by("-pk")[: size + 1])
    rows = tuple(inbox_row(message, language=language) for message in found[:size])
    return InboxPage(rows=rows, next_before=rows[-1].id if len(found) > size else None)


def inbox_row(message: Delivery, *, language: str) -> InboxRow:
    """The frozen row of a message."""
    template = Template(message.template)
    words = words_of(template, message.params, language=language)
    return InboxRow(
        id=message.pk,
        template=template,
        title=words.title,
        body=words.body,
        subject_ref=message.subject_ref,
        booking_ref=message.params.get("booking_ref", ""),
        visit_ref=message.params.get("visit_ref", ""),
        created_at=message.created_at,
        is_unread=message.read_at is None,
    )


def deliveries_about(subject_refs: Collection[str]) -> tuple[DeliveryView, ...]:
    """Every delivery about some subjects, oldest first; for callers already through their doors."""
    rows = Delivery.objects.filter(subject_ref__in=subject_refs).order_by("pk")
    return tuple(
        DeliveryView(
            id=row.pk,
            template=Template(row.template),
            channel=ChannelKind(row.channel),
            status=DeliveryStatus(row.status),
            user_id=row.user_id,
            customer_id=row.customer_id,
            subject_ref=row.subject_ref,
            attempts=row.attempts,
            error=row.error,
            created_at=row.created_at,
            sent_at=row.sent_at,
            read_at=row.read_at,
        )
        for row in rows
    )
