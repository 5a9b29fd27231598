"""The conversation about a booking, as one side reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for, is_own_face
from paidan.booking.constants import LIVE_STATES, MessageKind, Side
from paidan.booking.models import Booking, BookingMessage, ConversationMark
from paidan.kernel.actors import Actor

MESSAGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message; ``author`` names a colleague to the desk, and nobody to the customer."""

    id: int
    side: str
    kind: str
    text: str
    author: str
    at: datetime
    is_own: bool
    is_unread: bool

    @property
    def is_urge(self) -> bool:
        return self.kind == MessageKind.URGE


@dataclass(frozen=True, slots=True)
class Conversation:
    """The last hundred messages in order, and how many the reader's side has not read."""

    messages: tuple[MessageView, ...]
    unread: int
    may_urge: bool


def conversation_of(actor: Actor, ref: str, *, now: datetime) -> Conversation:
    """A booking's conversation; three queries behind the door.

    Raises:
        NotFound, Forbidden: the booking is not the reader's to see.
    """
    return conversation_about(actor, booking_for(actor, ref, Permission.VIEW_BOOKINGS), now=now)


def conversation_about(actor: Actor, booking: Booking, *, now: datetime) -> Conversation:
    """The same for a booking that the reader was let in to."""
    own_face = is_own_face(actor)
    side = Side.CUSTOMER if own_face else Side.DESK
    marks = ConversationMark.objects.filter(booking=booking, side=side)
    read = marks.values_list("read_up_to", flat=True).first() or 0
    written = BookingMessage.objects.filter(booking=booking)
    latest = list(written.select_related("author").order_by("-pk")[:MESSAGES_SHOWN])
    return Conversation(
        messages=tuple(_view(message, side, read) for message in reversed(latest)),
        unread=written.filter(pk__gt=read).exclude(side=side).count(),
        may_urge=own_face and booking.status in LIVE_STATES,
    )


def _view(message: BookingMessage, side: Side, read: int) -> MessageView:
    is_own = message.side == side
    author = message.author.name if message.author is not None and side is Side.DESK else ""
    return MessageView(
        id=message.pk,
        side=message.side,
        kind=message.kind,
        text=message.text,
        author=author,
        at=message.at,
        is_own=is_own,
        is_unread=not is_own and message.pk > read,
    )
