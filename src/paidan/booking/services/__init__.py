"""Every write on bookings."""

from __future__ import annotations

from paidan.booking.services.changing import (
    CancelView,
    booking_cancel,
    booking_confirm_by_customer,
    booking_hold_again,
    booking_reschedule,
)
from paidan.booking.services.following import booking_follow
from paidan.booking.services.reviewing import ReviewVerdict, booking_answer, booking_close, booking_review_decide
from paidan.booking.services.submitting import BookingView, booking_check, booking_hold, booking_submit

__all__ = [
    "BookingView",
    "CancelView",
    "ReviewVerdict",
    "booking_answer",
    "booking_cancel",
    "booking_check",
    "booking_close",
    "booking_confirm_by_customer",
    "booking_follow",
    "booking_hold",
    "booking_hold_again",
    "booking_reschedule",
    "booking_review_decide",
    "booking_submit",
]
