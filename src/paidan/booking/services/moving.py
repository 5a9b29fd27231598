"""Every status change of a booking: one conditional update, one step, one event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from paidan.booking.constants import BOOKING_TABLE
from paidan.booking.errors import BookingChanged
from paidan.booking.events import BookingMoved
from paidan.booking.models import Booking, BookingStep, BookingVisit
from paidan.booking.services.reminder_rows import reminder_follow
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.outbox import publish
from paidan.visits.models import Visit

STAMPS = {
    "confirm": ("confirmed_at",),
    "acknowledge": ("confirmed_by_customer_at",),
    "complete": ("completed_at",),
    "cancel": ("cancelled_at",),
}
CLEARED = {"reschedule": ("confirmed_by_customer_at",)}


def booking_move(
    booking: Booking,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    data: Mapping[str, object] | None = None,
    changes: Mapping[str, object] | None = None,
    technician_id: int | None = None,
) -> Booking:
    """Take one step of the booking's table.

    Args:
        booking: as the caller read it; its status is the state the step leaves from.
        data: kept with the step (reason, text).
        changes: further columns to write with the step.
        technician_id: whom the change takes a visit from, so that they can be told.

    Raises:
        TransitionRefused: no such step from this state.
        Forbidden: the actor's role does not take this step.
        Invalid: data the step requires is missing.
        BookingChanged: another change was first.
    """
    edge = BOOKING_TABLE.edge(action, booking.status)
    role = "link" if actor.kind is ActorKind.LINK else actor.role
    if role not in edge.roles:
        raise Forbidden(facts={"action": action})
    facts = dict(data or {})
    missing = {name: _("Please fill in this field.") for name in edge.requires if not facts.get(name)}
    if missing:
        raise Invalid(fields=missing)

    columns: dict[str, Any] = {"status": edge.target, **(changes or {})}
    columns.update(dict.fromkeys(STAMPS.get(action, ()), now))
    columns.update(dict.fromkeys(CLEARED.get(action, ())))
    if Booking.objects.filter(pk=booking.pk, status=booking.status).update(**columns) != 1:
        raise BookingChanged(facts={"booking": booking.ref})
    source = booking.status
    for name, value in columns.items():
        setattr(booking, name, value)
    step_write(booking, action, source=source, actor=actor, data=facts, now=now)
    reminder_follow(booking, action, actor=actor, now=now)
    publish(_moved(booking, action, source=source, actor=actor, role=role, technician_id=technician_id))
    return booking


def step_write(
    booking: Booking, action: str, *, source: str, actor: Actor, data: Mapping[str, object], now: datetime
) -> None:
    """Keep that a step was taken."""
    BookingStep.objects.create(
        booking=booking,
        action=action,
        source=source,
        target=booking.status,
        actor_key=actor.key,
        actor_role="link" if actor.kind is ActorKind.LINK else actor.role,
        data=dict(data),
        at=now,
    )


def latest_visit(booking: Booking) -> Visit | None:
    """The visit that counts now: the latest."""
    return (
        Visit.objects.select_related("territory", "customer", "item_version")
        .filter(booking_ref=booking.ref)
        .order_by("-pk")
        .first()
    )


def booking_topics(booking: Booking) -> tuple[str, ...]:
    """Whose screens show this booking."""
    topics = ["office", f"booking:{booking.ref}"]
    if booking.territory_id is not None:
        topics.append(f"desk:{booking.territory_id}")
    if booking.customer.user_id is not None:
        topics.append(f"user:{booking.customer.user_id}")
    visits = BookingVisit.objects.filter(booking=booking).values_list("visit_id", flat=True)
    return (*topics, *(f"visit:{visit_id}" for visit_id in visits))


def _moved(
    booking: Booking, action: str, *, source: str, actor: Actor, role: str, technician_id: int | None
) -> BookingMoved:
    return BookingMoved(
        booking_id=booking.pk,
        booking_ref=booking.ref,
        customer_id=booking.customer_id,
        territory_id=booking.territory_id or 0,
        action=action,
        source=source,
        target=booking.status,
        actor_key=actor.key,
        actor_role=role,
        fee_minor=booking.cancel_fee_minor if action == "cancel" else 0,
        technician_id=technician_id,
        topics=booking_topics(booking),
        refs=(booking.ref,),
    )
