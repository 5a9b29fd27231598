"""The conversation about a booking: both sides write, the customer may urge 催单, nothing is ever changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from paidan.accounts.constants import Permission
from paidan.accounts.services.limits import Limit, Window, hits_take
from paidan.booking.access import booking_for, is_own_face
from paidan.booking.constants import LIVE_STATES, MESSAGE_LONGEST, MessageKind, Side
from paidan.booking.errors import NothingToUrge
from paidan.booking.events import ConversationRead, MessageAnswered, MessageSent
from paidan.booking.models import Booking, BookingMessage
from paidan.booking.selectors.conversation import Conversation, conversation_about
from paidan.booking.services.moving import booking_topics
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.outbox import publish
from paidan.kernel.plain_text import text_fault
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open, works_close

MESSAGE_DUE = timedelta(minutes=30)
URGE_DUE = timedelta(minutes=10)
MESSAGES_EACH = (Window(20, 600), Window(100, 86_400))
URGES_EACH = (Window(1, 600), Window(5, 86_400))
_READ = """
    INSERT INTO booking_conversationmark (booking_id, side, read_up_to)
    SELECT %s, %s, max(id) FROM booking_bookingmessage WHERE booking_id = %s AND side <> %s HAVING max(id) IS NOT NULL
    ON CONFLICT (booking_id, side) DO UPDATE SET read_up_to = excluded.read_up_to
    WHERE booking_conversationmark.read_up_to < excluded.read_up_to
"""


@transaction.atomic
def message_send(*, ref: str, text: str, actor: Actor, now: datetime) -> Conversation:
    """Write to the other side. A customer's message waits on the desk's worklist until the desk answers.

    Raises:
        NotFound, Forbidden: the booking is not the actor's.
        Invalid: the text cannot be kept; the field is ``text``.
        TooMany: the customer's side wrote too much in too short a time.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    fault = text_fault(text, longest=MESSAGE_LONGEST, required=True)
    if fault:
        raise Invalid(fields={"text": fault})
    if not is_own_face(actor):
        return _answered(booking, text.strip(), actor, now)
    hits_take([Limit("booking.message", booking.ref, MESSAGES_EACH)], now=now)
    message = _write(booking, Side.CUSTOMER, MessageKind.TEXT, text.strip(), actor, now)
    _work(booking, WorkKind.MESSAGE, due_at=now + MESSAGE_DUE, now=now)
    _publish_sent(booking, message)
    return conversation_about(actor, booking, now=now)


@transaction.atomic
def booking_urge(*, ref: str, actor: Actor, now: datetime) -> Conversation:
    """The customer asks to hurry: one item on the worklist, however often, and no more than once in ten minutes.

    Raises:
        NotFound, Forbidden: the booking is not the actor's, or the actor is no customer.
        NothingToUrge: nobody is expected any more.
        TooMany: it was urged a moment ago.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    if not is_own_face(actor):
        raise Forbidden
    if booking.status not in LIVE_STATES:
        raise NothingToUrge
    hits_take([Limit("booking.urge", booking.ref, URGES_EACH)], now=now)
    message = _write(booking, Side.CUSTOMER, MessageKind.URGE, "", actor, now)
    _work(booking, WorkKind.URGED, due_at=now + URGE_DUE, now=now)
    _publish_sent(booking, message)
    return conversation_about(actor, booking, now=now)


@transaction.atomic
def conversation_read(*, ref: str, actor: Actor, now: datetime) -> None:
    """The actor's side has read everything that was written so far; reading again changes nothing.

    Raises:
        NotFound, Forbidden: the booking is not the actor's to see.
    """
    booking = booking_for(actor, ref, Permission.VIEW_BOOKINGS)
    side = Side.CUSTOMER if is_own_face(actor) else Side.DESK
    with connection.cursor() as cursor:
        cursor.execute(_READ, [booking.pk, str(side), booking.pk, str(side)])
        is_new = cursor.rowcount > 0
    if is_new:
        publish(
            ConversationRead(
                booking_id=booking.pk,
                booking_ref=booking.ref,
                side=str(side),
                topics=booking_topics(booking),
                refs=(booking.ref,),
            )
        )


def _answered(booking: Booking, text: str, actor: Actor, now: datetime) -> Conversation:
    """The desk writes: what waited for an answer is settled."""
    message = _write(booking, Side.DESK, MessageKind.TEXT, text, actor, now)
    works_close(kinds=(WorkKind.MESSAGE, WorkKind.URGED), subject_ref=booking.ref, actor=actor, now=now)
    conversation_read(ref=booking.ref, actor=actor, now=now)
    publish(
        MessageAnswered(
            booking_id=booking.pk,
            booking_ref=booking.ref,
            message_id=message.pk,
            topics=booking_topics(booking),
            refs=(booking.ref,),
        )
    )
    return conversation_about(actor, booking, now=now)


def _write(booking: Booking, side: Side, kind: MessageKind, text: str, actor: Actor, now: datetime) -> BookingMessage:
    return BookingMessage.objects.create(
        booking=booking, side=side, kind=kind, text=text, author_id=actor.user_id, at=now
    )


def _work(booking: Booking, kind: WorkKind, *, due_at: datetime, now: datetime) -> None:
    work_open(
        kind=kind,
        subject_ref=booking.ref,
        territory_id=booking.territory_id,
        facts={"window_start": booking.window_start_at.isoformat()},
        due_at=due_at,
        now=now,
    )


def _publish_sent(booking: Booking, message: BookingMessage) -> None:
    publish(
        MessageSent(
            booking_id=booking.pk,
            booking_ref=booking.ref,
            message_id=message.pk,
            kind=message.kind,
            topics=booking_topics(booking),
            refs=(booking.ref,),
        )
    )
