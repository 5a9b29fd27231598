"""What a step of a booking means for its reminders: begun with a promise, settled with an answer."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from paidan.booking.constants import ReminderStep
from paidan.booking.models import Booking, Reminder
from paidan.booking.reminders import Promise, wakes_at
from paidan.kernel.actors import Actor
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_close

PROMISES = frozenset({"confirm", "reschedule"})
ANSWERS = frozenset({"acknowledge", "call", "reschedule", "cancel", "begin"})
"""After these nobody need call the customer any more."""


def reminder_follow(booking: Booking, action: str, *, actor: Actor, now: datetime) -> None:
    """Begin a promise's reminders, and take a customer who answered off the desk's list."""
    if action in PROMISES:
        _begin(booking, now)
    if action in ANSWERS:
        work_close(kind=WorkKind.UNCONFIRMED, subject_ref=booking.ref, actor=actor, now=now)


def promise_of(booking: Booking, promised_at: datetime) -> Promise:
    """A booking's window, on its territory's clock."""
    zone = booking.territory.time_zone if booking.territory is not None else settings.TIME_ZONE
    return Promise(booking.window_start_at, promised_at, ZoneInfo(zone))


def _begin(booking: Booking, now: datetime) -> None:
    Reminder.objects.update_or_create(
        booking_id=booking.pk,
        defaults={
            "promised_at": now,
            "step": ReminderStep.DAY_BEFORE,
            "due_at": max(now, wakes_at(promise_of(booking, now))),
        },
    )
