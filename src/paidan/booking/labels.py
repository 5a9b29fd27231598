"""What a state is called and feels like, for each face: the one label table of bookings and their visits."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.booking.constants import CUSTOMER_LABELS, TONES, BookingStatus, CallOutcome, CancelReason, ReminderStep
from paidan.kernel.constants import Tone
from paidan.visits.constants import CUSTOMER_LABELS as VISIT_CUSTOMER_LABELS
from paidan.visits.constants import TONES as VISIT_TONES
from paidan.visits.constants import DeclineReason, HoldReason, NotDoneReason, VisitStatus

_TOLD_BY_VISIT = frozenset(
    {BookingStatus.CONFIRMED, BookingStatus.IN_SERVICE, BookingStatus.COMPLETED, BookingStatus.CLOSED}
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A state in the reader's words."""

    label: str
    tone: Tone


def booking_shown(status: str, *, for_customer: bool) -> Shown:
    """A booking's own state."""
    state = BookingStatus(status)
    label = CUSTOMER_LABELS[state] if for_customer else state.label
    return Shown(str(label), TONES[state])


def visit_shown(status: str, *, for_customer: bool) -> Shown:
    """A visit's state."""
    state = VisitStatus(status)
    label = VISIT_CUSTOMER_LABELS[state] if for_customer else state.label
    return Shown(str(label), VISIT_TONES[state])


def order_shown(booking_status: str, visit_status: str | None, *, for_customer: bool) -> Shown:
    """Where an order stands: once confirmed, its visit tells."""
    if visit_status is not None and BookingStatus(booking_status) in _TOLD_BY_VISIT:
        return visit_shown(visit_status, for_customer=for_customer)
    return booking_shown(booking_status, for_customer=for_customer)


_CUSTOMER_STEPS: dict[str, StrOrPromise] = {
    "submit": _("You sent your booking"),
    "ask": _("We asked you for details"),
    "resubmit": _("You sent more details"),
    "review": _("We are checking your booking"),
    "confirm": _("Your booking is confirmed"),
    "reject": _("We could not accept the booking"),
    "reschedule": _("The time was changed"),
    "acknowledge": _("You confirmed the time"),
    "remind": _("We reminded you"),
    "cancel": _("The booking was cancelled"),
    "grab": _("A technician took your booking"),
    "accept": _("Your technician confirmed"),
    "depart": _("Your technician set out"),
    "arrive": _("Your technician arrived"),
    "start": _("The work began"),
    "hold": _("The work was paused"),
    "resume": _("The work went on"),
    "finish": _("The work was finished"),
    "fail": _("The work could not be done"),
    "sign_off": _("Signed off"),
}
_STAFF_STEPS: dict[str, StrOrPromise] = {
    "submit": _("Booked"),
    "ask": _("Asked the customer for details"),
    "resubmit": _("The customer sent more details"),
    "review": _("Sent to the desk for checking"),
    "confirm": _("Confirmed"),
    "reject": _("Rejected"),
    "reschedule": _("Time changed"),
    "acknowledge": _("The customer confirmed the time"),
    "remind": _("Reminded"),
    "call": _("Called the customer"),
    "begin": _("Service began"),
    "unbegin": _("The arrival was taken back"),
    "complete": _("All visits done"),
    "close": _("Closed"),
    "cancel": _("Cancelled"),
    "offer": _("Shown in the grab hall"),
    "withdraw": _("Taken from the grab hall"),
    "grab": _("Grabbed"),
    "assign": _("Assigned"),
    "accept": _("Accepted"),
    "decline": _("Declined"),
    "lapse": _("Not answered in time"),
    "release": _("Taken back"),
    "depart": _("Set out"),
    "arrive": _("Arrived"),
    "start": _("Work began"),
    "hold": _("Put on hold"),
    "resume": _("Resumed"),
    "finish": _("Finished"),
    "fail": _("Not done"),
    "sign_off": _("Signed off"),
    "undo_depart": _("Took back: set out"),
    "undo_arrive": _("Took back: arrived"),
    "undo_start": _("Took back: work began"),
    "undo_hold": _("Took back: put on hold"),
    "undo_resume": _("Took back: resumed"),
    "undo_finish": _("Took back: finished"),
}
_STEP_TONES = {
    "cancel": Tone.NEUTRAL,
    "confirm": Tone.SUCCESS,
    "decline": Tone.WARNING,
    "fail": Tone.DANGER,
    "finish": Tone.SUCCESS,
    "hold": Tone.WARNING,
    "lapse": Tone.WARNING,
    "reject": Tone.DANGER,
    "release": Tone.WARNING,
    "sign_off": Tone.SUCCESS,
}
_REASONS: dict[str, type[TextChoices]] = {
    "acknowledge": CallOutcome,
    "call": CallOutcome,
    "cancel": CancelReason,
    "decline": DeclineReason,
    "fail": NotDoneReason,
    "hold": HoldReason,
    "remind": ReminderStep,
}


def step_shown(action: str, *, for_customer: bool) -> Shown | None:
    """A step in words; ``None`` for what a customer need not see."""
    label = (_CUSTOMER_STEPS if for_customer else _STAFF_STEPS).get(action)
    return None if label is None else Shown(str(label), _STEP_TONES.get(action, Tone.PROGRESS))


def reason_label(action: str, code: object) -> str:
    """A reason from its list, in words; ``""`` for what is on no list."""
    choices = _REASONS.get(action)
    if choices is None or code not in choices.values:
        return ""
    return str(choices(code).label)
