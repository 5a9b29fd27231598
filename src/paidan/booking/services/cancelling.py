"""Calling a booking off under the fee table it was sold under (B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for, is_own_face
from paidan.booking.actions import is_cancellable
from paidan.booking.constants import REASON_LONGEST, BookingStatus, CancelReason
from paidan.booking.errors import TooLateToCancel
from paidan.booking.models import Booking
from paidan.booking.services.costing import ChangeCost, agreed_check, change_cost, cost_post
from paidan.booking.services.moving import booking_move, latest_visit
from paidan.catalog.constants import FeeOccasion, Reached
from paidan.dispatch.services import hold_release, promise_drop
from paidan.dispatch.services.assigning import work_settle
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Invalid
from paidan.kernel.plain_text import text_fault
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit
from paidan.visits.services import visit_move
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_close


@dataclass(frozen=True, slots=True)
class CancelView:
    """What cancelling costs, or cost.

    Attributes:
        fee_minor: in minor units; 0 is free.
        compensation_minor: what the customer gets because of us.
        sentence: why, in the reader's language.
        notice_minutes: time left before the promised window opens; negative once it is open.
        departed: the technician has set out.
        is_done: the booking is cancelled now; ``False`` for a preview.
    """

    ref: str
    fee_minor: int
    compensation_minor: int
    sentence: str
    notice_minutes: int
    departed: bool
    is_done: bool


@transaction.atomic
def booking_cancel(
    *,
    ref: str,
    reason: str,
    actor: Actor,
    now: datetime,
    text: str = "",
    agreed_fee_minor: int | None = None,
    preview: bool = False,
) -> CancelView:
    """Call a booking off, or say what that would cost.

    Args:
        reason: one of ``CancelReason``; ``company`` is for staff only and never costs the customer anything;
            ``nobody_came`` only once the promised window is over.
        agreed_fee_minor: the fee the preview showed; another one is refused.
        preview: change nothing.

    Raises:
        NotFound, Forbidden: it is not the actor's to cancel.
        Invalid: the reason is missing or unknown.
        TooLateToCancel: the technician has arrived, or the work is done.
        FeeChanged: it costs another amount than was agreed.
        BookingChanged, VisitTaken: another change was first.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    visit = latest_visit(booking)
    if preview:
        _cancellable(booking, visit)
        return _view(booking, _cost(booking, visit, reason, now), done=False)
    _reason_check(booking, reason, text, actor, now)

    technician_id = _plan_free(booking, visit, now)
    _cancellable(booking, visit)
    cost = _cost(booking, visit, reason, now)
    agreed_check(cost, agreed_fee_minor)

    data = {"reason": reason, "text": text.strip()}
    if visit is not None and visit.status != VisitStatus.CANCELLED:
        visit_move(visit, "cancel", actor=actor, now=now, data=data)
        work_settle(visit, now=now)
    cost_post(booking, cost, occasion="", now=now)
    booking_move(
        booking,
        "cancel",
        actor=actor,
        now=now,
        data=data,
        changes={"cancel_reason": reason, "cancel_fee_minor": cost.fee_minor},
        technician_id=technician_id,
    )
    work_close(kind=WorkKind.BOOKING_REVIEW, subject_ref=booking.ref, actor=actor, now=now)
    return _view(booking, cost, done=True)


def _cost(booking: Booking, visit: Visit | None, reason: str, now: datetime) -> ChangeCost:
    is_early = reason == CancelReason.NOBODY_CAME and now < booking.window_end_at
    judged = "" if is_early else reason
    return change_cost(booking, visit, occasion=FeeOccasion.CANCEL, reason=judged, now=now)


def _reason_check(booking: Booking, reason: str, text: str, actor: Actor, now: datetime) -> None:
    if reason not in CancelReason.values or (reason == CancelReason.COMPANY and is_own_face(actor)):
        raise Invalid(fields={"reason": _("Please choose a reason.")})
    if reason == CancelReason.NOBODY_CAME and now < booking.window_end_at:
        raise Invalid(fields={"reason": _("The time you booked is not over yet. Please choose another reason.")})
    fault = text_fault(text, longest=REASON_LONGEST)
    if fault:
        raise Invalid(fields={"text": fault})


def _plan_free(booking: Booking, visit: Visit | None, now: datetime) -> int | None:
    """Take the promise out of the plan, whose lock keeps assignments away from now on; who had it is returned."""
    if visit is None:
        if booking.hold is not None:
            hold_release(ref=booking.hold.ref, holder_key=booking.hold.holder_key, now=now)
        return None
    if visit.closed_at is not None:
        return None
    crew = promise_drop(visit=visit, now=now)
    visit.refresh_from_db(fields=("status", "departed_at", "arrived_at"))
    booking.refresh_from_db(fields=("status", "window_start_at"))
    return crew.technician_id if crew is not None else None


def _cancellable(booking: Booking, visit: Visit | None) -> None:
    if not is_cancellable(booking, visit):
        if BookingStatus(booking.status) is BookingStatus.CANCELLED:
            raise TooLateToCancel(_("This booking has already been cancelled."), code="already_cancelled")
        raise TooLateToCancel


def _view(booking: Booking, cost: ChangeCost, *, done: bool) -> CancelView:
    return CancelView(
        ref=booking.ref,
        fee_minor=cost.fee_minor,
        compensation_minor=cost.compensation_minor,
        sentence=cost.sentence,
        notice_minutes=cost.case.notice_minutes,
        departed=cost.case.reached is Reached.DEPARTED,
        is_done=done,
    )
