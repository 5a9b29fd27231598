"""From an event to its deliveries, in the transaction of the event's job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from paidan.kernel.outbox import publish
from paidan.kernel.settings import UNDO_SECONDS
from paidan.notifications.constants import ChannelKind, DeliveryStatus, Template
from paidan.notifications.events import InboxChanged
from paidan.notifications.facts import Subject, booking_subject, plan_subject, step_reason, visit_subject, work_subject
from paidan.notifications.models import Delivery
from paidan.notifications.recipients import Person, people_for
from paidan.notifications.routes import ROUTES, STAMPS, Route
from paidan.notifications.services.sending import sending_defer

RESCHEDULED = "rescheduled"
"""The reason ``booking`` gives when it releases a visit because its window moved."""


def notify_of_visit(
    *,
    event_id: int,
    event_name: str,
    visit_id: int,
    technician_id: int | None,
    now: datetime,
    source: str = "",
) -> int:
    """Tell whom a step of a visit concerns; returns how many deliveries that makes.

    Of a release because the booking moved nothing is said: the move itself is told to both sides.
    """
    if event_name == "visit.released" and step_reason(visit_id, "release") == RESCHEDULED:
        return 0
    subject = visit_subject(visit_id, technician_id)
    if event_name == "visit.failed":
        subject.params["reason"] = step_reason(visit_id, "fail")
    routes = [route for route in ROUTES[event_name] if route.takes(source) and _still_stands(route, subject)]
    return _deliver(event_id, routes, subject, now)


def notify_of_booking(
    *, event_id: int, event_name: str, booking_id: int, technician_id: int | None, now: datetime
) -> int:
    """Tell the customer what became of a booking, and the technician who had it; returns how many deliveries."""
    return _deliver(event_id, ROUTES[event_name], booking_subject(booking_id, technician_id), now)


def notify_of_reminder(
    *, event_id: int, booking_id: int, step: str, technician_id: int | None, until: str, now: datetime
) -> int:
    """Bring a window to mind; returns how many deliveries.

    Args:
        step: a ``ReminderStep``.
        until: ISO instant after which the message is not sent any more.
    """
    subject = booking_subject(booking_id, technician_id)
    subject.params["until"] = until
    routes = [route for route in ROUTES["booking.reminded"] if route.takes(step)]
    return _deliver(event_id, routes, subject, now)


def notify_of_plan(*, event_id: int, plan_id: int, window_start: str, window_end: str, now: datetime) -> int:
    """Ask the customer to choose another time for a day of a plan; ISO instants; returns how many deliveries."""
    subject = plan_subject(plan_id, window_start, window_end)
    return _deliver(event_id, ROUTES["plan.day_open"], subject, now)


def notify_of_review(*, event_id: int, visit_id: int, technician_id: int | None, now: datetime) -> int:
    """Invite the customer to review a visit; returns how many deliveries that makes."""
    return _deliver(event_id, ROUTES["review.invited"], visit_subject(visit_id, technician_id), now)


def notify_of_work(*, event_id: int, work_ref: str, now: datetime) -> int:
    """Tell the dispatchers of a territory that something needs a person; returns how many deliveries that makes."""
    return _deliver(event_id, ROUTES["work.opened"], work_subject(work_ref), now)


@transaction.atomic
def deliveries_withdraw(*, subject_ref: str, template: Template, before_event_id: int) -> int:
    """Take back what was said about a step that was undone: inbox rows vanish, what waits is not sent.

    A message already handed to a provider stays said.
    """
    said = Delivery.objects.filter(subject_ref=subject_ref, template=template, event_id__lt=before_event_id).exclude(
        status=DeliveryStatus.WITHDRAWN
    )
    shown = said.filter(channel=ChannelKind.INBOX)
    user_ids = list(shown.values_list("user_id", flat=True).distinct())
    count = shown.update(status=DeliveryStatus.WITHDRAWN)
    count += said.filter(status=DeliveryStatus.PENDING).update(status=DeliveryStatus.WITHDRAWN)
    _publish_inbox(user_ids)
    return count


def _still_stands(route: Route, subject: Subject) -> bool:
    """Whether the step was not undone before its event was handled."""
    stamp = STAMPS.get(route.template)
    return stamp is None or getattr(subject.visit, stamp) is not None


@transaction.atomic
def _deliver(event_id: int, routes: Sequence[Route], subject: Subject, now: datetime) -> int:
    """Write a row per recipient and channel, wake their screens, and start the sending of what is due."""
    undo = timedelta(seconds=UNDO_SECONDS.value()) if any(route.undoable for route in routes) else timedelta(0)
    rows = [
        row
        for route in routes
        for person in people_for(route.to, subject)
        for row in _rows(event_id, route, person, subject, now=now, wait=undo if route.undoable else timedelta(0))
    ]
    if not rows:
        return 0
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    _publish_inbox([row.user_id for row in rows if row.channel == ChannelKind.INBOX])
    if any(row.status == DeliveryStatus.PENDING and row.due_at <= now for row in rows):
        sending_defer()
    return len(rows)


def _rows(
    event_id: int, route: Route, person: Person, subject: Subject, *, now: datetime, wait: timedelta
) -> Iterator[Delivery]:
    for channel in route.channels_to(person.channels):
        is_inbox = channel is ChannelKind.INBOX
        yield Delivery(
            event_id=event_id,
            template=route.template,
            channel=channel,
            user_id=person.user_id if is_inbox or person.customer_id is None else None,
            customer_id=person.customer_id,
            subject_ref=subject.ref,
            params=subject.params,
            status=DeliveryStatus.SENT if is_inbox else DeliveryStatus.PENDING,
            created_at=now,
            due_at=now + wait,
            sent_at=now if is_inbox else None,
        )


def _publish_inbox(user_ids: Iterable[int | None]) -> None:
    topics = tuple(f"user:{user_id}" for user_id in dict.fromkeys(user_ids) if user_id is not None)
    if topics:
        publish(InboxChanged(topics=topics))
