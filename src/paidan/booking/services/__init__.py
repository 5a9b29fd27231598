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
from paidan.booking.services.plan_booking import plans_tick
from paidan.booking.services.planning import (
    PlanAsked,
    PlanDay,
    PlanOffer,
    plan_change_from,
    plan_create,
    plan_day_place,
    plan_day_skip,
    plan_end,
    plan_offer,
    plan_pause,
    plan_price_agree,
    plan_resume,
)
from paidan.booking.services.reminding import booking_call_record, reminders_tick
from paidan.booking.services.reviewing import ReviewVerdict, booking_answer, booking_close, booking_review_decide
from paidan.booking.services.rule_sets import rule_set_draft, rule_set_publish, rule_set_write
from paidan.booking.services.submitting import booking_check, booking_hold, booking_submit
from paidan.booking.services.unmasking import booking_unmask, visit_unmask
from paidan.booking.services.viewing import BookingView

__all__ = [
    "BookingView",
    "CancelView",
    "MoveCost",
    "PlanAsked",
    "PlanDay",
    "PlanOffer",
    "ReviewVerdict",
    "Terms",
    "booking_answer",
    "booking_call_record",
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
    "plan_change_from",
    "plan_create",
    "plan_day_place",
    "plan_day_skip",
    "plan_end",
    "plan_offer",
    "plan_pause",
    "plan_price_agree",
    "plan_resume",
    "plans_tick",
    "reminders_tick",
    "rule_set_draft",
    "rule_set_publish",
    "rule_set_write",
    "visit_unmask",
]
