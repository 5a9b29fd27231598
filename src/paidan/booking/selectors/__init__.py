"""Every read on bookings and, for the desk, on the visits behind them."""

from __future__ import annotations

from paidan.booking.finding_words import FindingView
from paidan.booking.selectors.bookings import BookingFilter, booking_detail, bookings_count, bookings_list
from paidan.booking.selectors.calendar import booking_calendar
from paidan.booking.selectors.callers import PastOrder, last_orders
from paidan.booking.selectors.conversation import Conversation, MessageView, conversation_of
from paidan.booking.selectors.crew import CrewCard
from paidan.booking.selectors.debts import debts_of_customer, own_credit, own_debts
from paidan.booking.selectors.desk import VISIT_GROUPS, VisitDetail, VisitFilter, VisitRow, visit_detail, visits_list
from paidan.booking.selectors.exporting import BookingTotal, bookings_sheet, bookings_totals
from paidan.booking.selectors.judging import Trial, rules_trial
from paidan.booking.selectors.plans import PlanRow, PlanView, plan_view, plans_list
from paidan.booking.selectors.rule_sets import RuleSetView, rule_set_view, rule_sets
from paidan.booking.selectors.slots import (
    NoSlotReason,
    RelaxationView,
    SlotPage,
    TerritoryView,
    slots_for,
    slots_for_booking,
)
from paidan.booking.selectors.views import (
    Arrival,
    BookingDetail,
    BookingRow,
    Contact,
    Debt,
    TimelineEntry,
    VisitCard,
)

__all__ = [
    "VISIT_GROUPS",
    "Arrival",
    "BookingDetail",
    "BookingFilter",
    "BookingRow",
    "BookingTotal",
    "Contact",
    "Conversation",
    "CrewCard",
    "Debt",
    "FindingView",
    "MessageView",
    "NoSlotReason",
    "PastOrder",
    "PlanRow",
    "PlanView",
    "RelaxationView",
    "RuleSetView",
    "SlotPage",
    "TerritoryView",
    "TimelineEntry",
    "Trial",
    "VisitCard",
    "VisitDetail",
    "VisitFilter",
    "VisitRow",
    "booking_calendar",
    "booking_detail",
    "bookings_count",
    "bookings_list",
    "bookings_sheet",
    "bookings_totals",
    "conversation_of",
    "debts_of_customer",
    "last_orders",
    "own_credit",
    "own_debts",
    "plan_view",
    "plans_list",
    "rule_set_view",
    "rule_sets",
    "rules_trial",
    "slots_for",
    "slots_for_booking",
    "visit_detail",
    "visits_list",
]
