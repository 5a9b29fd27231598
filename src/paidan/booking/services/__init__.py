"""Every write on bookings."""

from __future__ import annotations

from paidan.booking.services.cancelling import CancelView, booking_cancel
from paidan.booking.services.changing import (
    MoveCost,
    Terms,
    booking_confirm_by_customer,
    booking_hold_again,
    booking_reschedule,
    booking_reschedule_cost,
)
from paidan.booking.services.compensating import booking_compensation_choose, booking_refund_paid
from paidan.booking.services.conversing import booking_urge, conversation_read, message_send
from paidan.booking.services.following import booking_follow
from paidan.booking.services.reviewing import ReviewVerdict, booking_answer, booking_close, booking_review_decide
from paidan.booking.services.submitting import BookingView, booking_check, booking_hold, booking_submit
from paidan.booking.services.unmasking import booking_unmask, visit_unmask

__all__ = [
    "BookingView",
    "CancelView",
    "MoveCost",
    "ReviewVerdict",
    "Terms",
    "booking_answer",
    "booking_cancel",
    "booking_check",
    "booking_close",
    "booking_compensation_choose",
    "booking_confirm_by_customer",
    "booking_follow",
    "booking_hold",
    "booking_hold_again",
    "booking_refund_paid",
    "booking_reschedule",
    "booking_reschedule_cost",
    "booking_review_decide",
    "booking_submit",
    "booking_unmask",
    "booking_urge",
    "conversation_read",
    "message_send",
    "visit_unmask",
]
