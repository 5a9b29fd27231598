"""Status written back: an order says what its booking and visit say."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from paidan.booking.models import BookingVisit
from paidan.partners.models import PartnerOrder


@transaction.atomic
def order_follow(*, booking_ref: str, now: datetime) -> None:
    """Bring the order of a booking up to date, if the booking came from a partner; once or many times."""
    order = PartnerOrder.objects.select_for_update(of=("self",), no_key=True).filter(booking__ref=booking_ref).first()
    if order is not None:
        order_state_write(order, now=now)


def order_state_write(order: PartnerOrder, *, now: datetime) -> None:
    """Write what the booking says now; an order that says so already stays as it is."""
    booking = order.booking
    if booking is None:
        return
    last = BookingVisit.objects.filter(booking=booking).order_by("-position", "-pk")
    state = (
        booking.status,
        last.values_list("visit__status", flat=True).first() or "",
        booking.window_start_at,
        booking.window_end_at,
    )
    if state == (order.status, order.visit_status, order.window_start_at, order.window_end_at):
        return
    order.status, order.visit_status, order.window_start_at, order.window_end_at = state
    order.updated_at = now
    order.save(update_fields=["booking", "status", "visit_status", "window_start_at", "window_end_at", "updated_at"])
