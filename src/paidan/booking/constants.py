"""States of a booking and the steps between them."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from paidan.accounts.constants import RoleCode
from paidan.kernel.constants import Tone
from paidan.kernel.transitions import Edge, TransitionTable


class BookingStatus(models.TextChoices):
    SUBMITTED = "submitted", _("Submitted")
    NEEDS_INFO = "needs_info", _("Please complete")
    IN_REVIEW = "in_review", _("Being checked")
    CONFIRMED = "confirmed", _("Confirmed")
    REJECTED = "rejected", _("Not accepted")
    IN_SERVICE = "in_service", _("In service")
    COMPLETED = "completed", _("Completed")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


TONES: dict[BookingStatus, Tone] = {
    BookingStatus.SUBMITTED: Tone.NEUTRAL,
    BookingStatus.NEEDS_INFO: Tone.WARNING,
    BookingStatus.IN_REVIEW: Tone.INFO,
    BookingStatus.CONFIRMED: Tone.PROGRESS,
    BookingStatus.REJECTED: Tone.DANGER,
    BookingStatus.IN_SERVICE: Tone.PROGRESS,
    BookingStatus.COMPLETED: Tone.SUCCESS,
    BookingStatus.CLOSED: Tone.SUCCESS,
    BookingStatus.CANCELLED: Tone.NEUTRAL,
}


CUSTOMER_LABELS: dict[BookingStatus, object] = {
    BookingStatus.SUBMITTED: _("We have your booking"),
    BookingStatus.NEEDS_INFO: _("We need one more thing from you"),
    BookingStatus.IN_REVIEW: _("We are checking your booking"),
    BookingStatus.CONFIRMED: _("Confirmed"),
    BookingStatus.REJECTED: _("We cannot accept this booking"),
    BookingStatus.IN_SERVICE: _("The work is being done"),
    BookingStatus.COMPLETED: _("Completed"),
    BookingStatus.CLOSED: _("Completed"),
    BookingStatus.CANCELLED: _("Cancelled"),
}


class BookingGroup(models.TextChoices):
    """How lists sort bookings for people (B7)."""

    PENDING = "pending", pgettext_lazy("bookings", "Pending")
    CONFIRMED = "confirmed", _("Confirmed")
    DONE = "done", pgettext_lazy("bookings", "Done")
    CANCELLED = "cancelled", _("Cancelled")


GROUP_STATES: dict[BookingGroup, tuple[BookingStatus, ...]] = {
    BookingGroup.PENDING: (BookingStatus.SUBMITTED, BookingStatus.NEEDS_INFO, BookingStatus.IN_REVIEW),
    BookingGroup.CONFIRMED: (BookingStatus.CONFIRMED, BookingStatus.IN_SERVICE),
    BookingGroup.DONE: (BookingStatus.COMPLETED, BookingStatus.CLOSED),
    BookingGroup.CANCELLED: (BookingStatus.CANCELLED, BookingStatus.REJECTED),
}
LIVE_STATES = tuple(
    str(state) for group in (BookingGroup.PENDING, BookingGroup.CONFIRMED) for state in GROUP_STATES[group]
)
"""Bookings that still lead to a visit."""

DESCRIPTION_LONGEST = 2_000
REQUIREMENTS_LONGEST = 500
REASON_LONGEST = 500


class Channel(models.TextChoices):
    WEB = "web", _("Website")
    PHONE = "phone", _("Phone")
    API = "api", _("API")
    PLAN = "plan", _("Recurring plan")
    PARTNER = "partner", _("Partner")


class PlanStatus(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("plan", "Running")
    PAUSED = "paused", pgettext_lazy("plan", "Paused")
    ENDED = "ended", pgettext_lazy("plan", "Ended")


class PlanVisitStatus(models.TextChoices):
    BOOKED = "booked", _("Booked")
    OPEN = "open", _("No free time found")
    SKIPPED = "skipped", pgettext_lazy("plan", "Skipped")


class Side(models.TextChoices):
    """Who speaks in a booking's conversation."""

    CUSTOMER = "customer", _("Customer")
    DESK = "desk", _("Desk")


class MessageKind(models.TextChoices):
    TEXT = "text", _("Message")
    URGE = "urge", _("Urge")


MESSAGE_LONGEST = 1_000


class ReminderStep(models.TextChoices):
    """What is said, or asked of the desk, before a promised window, in this order."""

    DAY_BEFORE = "day_before", _("The day before")
    AGAIN = "again", _("Asked once more")
    CALL = "call", _("To be called")
    SOON = "soon", _("Shortly before")


class CallOutcome(models.TextChoices):
    """What came of calling a customer who had not confirmed the time; moving and cancelling tell themselves."""

    CONFIRMED = "confirmed", _("Confirmed by phone")
    NOT_REACHED = "not_reached", _("Not reached")


class CancelReason(models.TextChoices):
    CHANGED_MIND = "changed_mind", _("No longer needed")
    WRONG_TIME = "wrong_time", _("The time does not suit")
    WRONG_ITEM = "wrong_item", _("Wrong service chosen")
    FOUND_OTHER = "found_other", _("Found another provider")
    NOBODY_CAME = "nobody_came", _("Nobody came")
    COMPANY = "company", _("We cannot come")
    OTHER = "other", _("Another reason")


_S = BookingStatus
_CUSTOMER = frozenset({RoleCode.CUSTOMER, "link"})
_DESK = frozenset({RoleCode.DISPATCHER, RoleCode.MANAGER, RoleCode.ADMINISTRATOR, RoleCode.CUSTOMER_SERVICE})
_SYSTEM = frozenset({"system"})


def _edge(action: str, sources: set[str], target: str, roles: frozenset[str], *requires: str) -> Edge:
    return Edge(action, frozenset(map(str, sources)), str(target), frozenset(map(str, roles)), requires)


BOOKING_TABLE = TransitionTable(
    name="booking",
    initial=str(_S.SUBMITTED),
    edges=(
        _edge("ask", {_S.SUBMITTED, _S.IN_REVIEW}, _S.NEEDS_INFO, _DESK | _SYSTEM),
        _edge("resubmit", {_S.NEEDS_INFO}, _S.SUBMITTED, _CUSTOMER | _DESK),
        _edge("review", {_S.SUBMITTED}, _S.IN_REVIEW, _SYSTEM),
        _edge("confirm", {_S.SUBMITTED, _S.IN_REVIEW}, _S.CONFIRMED, _DESK | _SYSTEM),
        _edge("reject", {_S.IN_REVIEW, _S.SUBMITTED}, _S.REJECTED, _DESK | _SYSTEM, "reason"),
        _edge("reschedule", {_S.CONFIRMED}, _S.CONFIRMED, _CUSTOMER | _DESK),
        _edge("acknowledge", {_S.CONFIRMED}, _S.CONFIRMED, _CUSTOMER | _DESK),
        _edge("call", {_S.CONFIRMED}, _S.CONFIRMED, _DESK, "reason"),
        _edge("begin", {_S.CONFIRMED}, _S.IN_SERVICE, _SYSTEM),
        _edge("unbegin", {_S.IN_SERVICE}, _S.CONFIRMED, _SYSTEM),
        _edge("complete", {_S.IN_SERVICE}, _S.COMPLETED, _SYSTEM),
        _edge("close", {_S.COMPLETED}, _S.CLOSED, _SYSTEM | _DESK),
        _edge(
            "cancel",
            {_S.SUBMITTED, _S.NEEDS_INFO, _S.IN_REVIEW, _S.CONFIRMED},
            _S.CANCELLED,
            _CUSTOMER | _DESK | _SYSTEM,
            "reason",
        ),
    ),
)


class PriceLineKind(StrEnum):
    """What a line of a booking's price is for."""

    ITEM = "item"
    ADD_ON = "add_on"
    URGENCY = "urgency"


ANSWER_LONGEST = 200
