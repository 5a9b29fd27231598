"""A booking follows its visits: begun with the first arrival, completed when all are over, closed when signed off."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.booking.services.moving import booking_move
from paidan.kernel.actors import SYSTEM
from paidan.visits.constants import OPEN_STATES, VisitStatus
from paidan.visits.models import Visit


@transaction.atomic
def booking_follow(*, booking_ref: str, now: datetime) -> None:
    """Bring a booking up to where its visits are.

    It looks at the visits, not at what was heard, so events may come late, twice, or in another order. A
    visit that could not be done leaves the booking completed: the desk decides what becomes of it. An arrival
    that was taken back leaves it confirmed, to be changed or cancelled as before.
    """
    booking = Booking.objects.select_for_update(of=("self",)).select_related("customer").filter(ref=booking_ref).first()
    if booking is None:
        return
    visits = list(Visit.objects.filter(booking_ref=booking_ref).only("status", "arrived_at", "signed_off_at"))
    arrived = [visit for visit in visits if visit.arrived_at is not None]
    if booking.status == BookingStatus.CONFIRMED and arrived:
        booking_move(booking, "begin", actor=SYSTEM, now=now)
    elif booking.status == BookingStatus.IN_SERVICE and not arrived:
        booking_move(booking, "unbegin", actor=SYSTEM, now=now)
    if booking.status == BookingStatus.IN_SERVICE and all(visit.status not in OPEN_STATES for visit in visits):
        booking_move(booking, "complete", actor=SYSTEM, now=now)
    if booking.status == BookingStatus.COMPLETED and _is_settled(visits):
        booking_move(booking, "close", actor=SYSTEM, now=now)


def _is_settled(visits: list[Visit]) -> bool:
    return all(visit.status in {VisitStatus.SIGNED_OFF, VisitStatus.CANCELLED} for visit in visits)
