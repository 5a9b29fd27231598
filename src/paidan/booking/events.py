"""What happens to bookings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from paidan.kernel.events import DomainEvent

NAME_OF_ACTION = {
    "ask": "booking.info_needed",
    "resubmit": "booking.resubmitted",
    "review": "booking.review_needed",
    "confirm": "booking.confirmed",
    "reject": "booking.rejected",
    "reschedule": "booking.rescheduled",
    "acknowledge": "booking.acknowledged",
    "call": "booking.called",
    "begin": "booking.begun",
    "unbegin": "booking.unbegun",
    "complete": "booking.completed",
    "close": "booking.closed",
    "cancel": "booking.cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSubmitted(DomainEvent):
    """A customer, or somebody for them, asked for a service."""

    NAME: ClassVar[str] = "booking.submitted"
    booking_id: int
    booking_ref: str
    customer_id: int
    territory_id: int
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoved(DomainEvent):
    """A booking took a step of its table; the event is named after the step.

    ``fee_minor`` is the fee of a cancellation, else 0; ``technician_id`` whom a change takes the visit from.
    """

    booking_id: int
    booking_ref: str
    customer_id: int
    territory_id: int
    action: str
    source: str
    target: str
    actor_key: str
    actor_role: str
    fee_minor: int = 0
    technician_id: int | None = None

    @property
    def name(self) -> str:
        return NAME_OF_ACTION[self.action]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingReminded(DomainEvent):
    """A promised window draws near: both sides are to be told.

    ``step`` is a ``ReminderStep``; ``technician_id`` who is to come, if that is settled; ``until`` the last
    instant at which the message is worth sending.
    """

    NAME: ClassVar[str] = "booking.reminded"
    booking_id: int
    booking_ref: str
    step: str
    technician_id: int | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(DomainEvent):
    """The customer wrote or urged."""

    NAME: ClassVar[str] = "booking.message_sent"
    booking_id: int
    booking_ref: str
    message_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswered(DomainEvent):
    """The desk wrote to the customer."""

    NAME: ClassVar[str] = "booking.message_answered"
    booking_id: int
    booking_ref: str
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(DomainEvent):
    """One side has read what the other wrote."""

    NAME: ClassVar[str] = "booking.conversation_read"
    booking_id: int
    booking_ref: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDayOpen(DomainEvent):
    """A day of a recurring plan found no free window: somebody has to choose another time."""

    NAME: ClassVar[str] = "plan.day_open"
    plan_id: int
    plan_ref: str
    window_start_at: datetime
    window_end_at: datetime
