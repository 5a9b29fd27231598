"""What may be done with an order now, by whoever looks at it."""

from __future__ import annotations

from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit

MOVABLE_VISIT = frozenset({VisitStatus.PENDING, VisitStatus.OFFERED, VisitStatus.ASSIGNED, VisitStatus.ACCEPTED})
"""Nobody has set out yet: the promised time may still change."""
CANCELLABLE_VISIT = MOVABLE_VISIT | {VisitStatus.EN_ROUTE}
"""Nobody has arrived yet: the booking may still be cancelled, perhaps for a fee."""


def booking_actions(booking: Booking, visit: Visit | None, *, for_customer: bool) -> tuple[str, ...]:
    """What a reader may do with a booking, the most likely first."""
    status = BookingStatus(booking.status)
    state = VisitStatus(visit.status) if visit is not None else None
    actions: list[str] = []
    if state is VisitStatus.FINISHED:
        actions.append("sign_off")
    if state is VisitStatus.SIGNED_OFF and for_customer:
        actions.append("review")
    if for_customer and status is BookingStatus.NEEDS_INFO:
        actions.append("answer")
    if not for_customer:
        actions.extend(_desk_actions(status))
    if status is BookingStatus.CONFIRMED and state in MOVABLE_VISIT:
        actions.extend(["reschedule"] if booking.confirmed_by_customer_at else ["acknowledge", "reschedule"])
    if is_cancellable(booking, visit):
        actions.append("cancel")
    return tuple(actions)


def is_cancellable(booking: Booking, visit: Visit | None) -> bool:
    """Whether the booking as a whole can still be called off."""
    status = BookingStatus(booking.status)
    if status in {BookingStatus.SUBMITTED, BookingStatus.NEEDS_INFO, BookingStatus.IN_REVIEW}:
        return True
    return status is BookingStatus.CONFIRMED and (visit is None or VisitStatus(visit.status) in CANCELLABLE_VISIT)


def _desk_actions(status: BookingStatus) -> tuple[str, ...]:
    if status is BookingStatus.IN_REVIEW:
        return ("approve", "ask", "reject")
    return ("close",) if status is BookingStatus.COMPLETED else ()
