"""What a write on a booking answers."""

from __future__ import annotations

from dataclasses import dataclass

from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.kernel.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class BookingView:
    """What became of a booking form."""

    ref: str
    status: str
    window: TimeSpan
    price_minor: int
    visit_ref: str = ""

    @property
    def is_confirmed(self) -> bool:
        return self.status == BookingStatus.CONFIRMED


def booking_view(booking: Booking, *, visit_ref: str = "") -> BookingView:
    """What a write answers about a booking."""
    return BookingView(
        ref=booking.ref,
        status=booking.status,
        window=TimeSpan(booking.window_start_at, booking.window_end_at),
        price_minor=booking.price_minor,
        visit_ref=visit_ref,
    )
