"""What notifications hear; each handler calls one service."""

from __future__ import annotations

from typing import Any

from paidan.booking.events import NAME_OF_ACTION as BOOKING_EVENTS
from paidan.kernel import clock
from paidan.notifications.routes import UNDONE
from paidan.notifications.services import (
    deliveries_withdraw,
    notify_of_booking,
    notify_of_plan,
    notify_of_reminder,
    notify_of_review,
    notify_of_visit,
    notify_of_work,
)
from paidan.visits.events import NAME_OF_ACTION as VISIT_EVENTS


def visit_moved(payload: dict[str, Any]) -> None:
    """A visit took a step."""
    notify_of_visit(
        event_id=payload["event_id"],
        event_name=VISIT_EVENTS[payload["action"]],
        visit_id=payload["visit_id"],
        technician_id=payload["technician_id"],
        source=payload["source"],
        now=clock.now(),
    )


def visit_undone(payload: dict[str, Any]) -> None:
    """A visit took a step back."""
    template = UNDONE.get(payload["action"])
    if template is not None:
        deliveries_withdraw(subject_ref=payload["visit_ref"], template=template, before_event_id=payload["event_id"])


def visit_rescheduled(payload: dict[str, Any]) -> None:
    """A visit's promised window moved."""
    notify_of_visit(
        event_id=payload["event_id"],
        event_name="visit.rescheduled",
        visit_id=payload["visit_id"],
        technician_id=payload["technician_id"],
        now=clock.now(),
    )


def booking_moved(payload: dict[str, Any]) -> None:
    """A booking took a step."""
    notify_of_booking(
        event_id=payload["event_id"],
        event_name=BOOKING_EVENTS[payload["action"]],
        booking_id=payload["booking_id"],
        technician_id=payload["technician_id"],
        now=clock.now(),
    )


def booking_reminded(payload: dict[str, Any]) -> None:
    """A promised window draws near."""
    notify_of_reminder(
        event_id=payload["event_id"],
        booking_id=payload["booking_id"],
        step=payload["step"],
        technician_id=payload["technician_id"],
        until=payload["until"],
        now=clock.now(),
    )


def plan_day_open(payload: dict[str, Any]) -> None:
    """A day of a recurring plan found no free window."""
    notify_of_plan(
        event_id=payload["event_id"],
        plan_id=payload["plan_id"],
        window_start=payload["window_start_at"],
        window_end=payload["window_end_at"],
        now=clock.now(),
    )


def message_answered(payload: dict[str, Any]) -> None:
    """The desk wrote to a customer."""
    notify_of_booking(
        event_id=payload["event_id"],
        event_name="booking.message_answered",
        booking_id=payload["booking_id"],
        technician_id=None,
        now=clock.now(),
    )


def review_invited(payload: dict[str, Any]) -> None:
    """A visit is signed off and may be reviewed."""
    notify_of_review(
        event_id=payload["event_id"],
        visit_id=payload["visit_id"],
        technician_id=payload["technician_id"],
        now=clock.now(),
    )


def work_opened(payload: dict[str, Any]) -> None:
    """Something needs a person."""
    notify_of_work(event_id=payload["event_id"], work_ref=payload["work_ref"], now=clock.now())
