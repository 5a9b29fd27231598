"""Changing a promise: cancel, reschedule, and the customer's own confirmation (B6, B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import floor

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from paidan.accounts.constants import Permission
from paidan.billing.services import fee_post
from paidan.booking.access import booking_for, is_own_face
from paidan.booking.actions import MOVABLE_VISIT, is_cancellable
from paidan.booking.constants import REASON_LONGEST, BookingStatus, CancelReason
from paidan.booking.errors import FeeChanged, TooLateToCancel, TooLateToReschedule
from paidan.booking.models import Booking
from paidan.booking.services.confirming import release_time
from paidan.booking.services.moving import booking_move
from paidan.booking.services.submitting import BookingView, booking_view
from paidan.catalog.constants import Party
from paidan.catalog.selectors import cancellation_fee
from paidan.dispatch.models import SlotHold
from paidan.dispatch.services import hold_create, hold_release, promise_drop, promise_move
from paidan.dispatch.services.assigning import work_settle
from paidan.dispatch.services.holding import HoldView, hold_for
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.geo import Point
from paidan.kernel.plain_text import text_fault
from paidan.kernel.refs import read_ref
from paidan.kernel.texts import texts_of
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit
from paidan.visits.services import visit_move
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_close

FEE_NAME = gettext_noop("Cancellation fee")


@dataclass(frozen=True, slots=True)
class CancelView:
    """What cancelling costs, or cost.

    Attributes:
        fee_minor: in minor units; 0 is free.
        sentence: why, in the reader's language.
        notice_minutes: time left before the promised window opens; negative once it is open.
        departed: the technician has set out.
        is_done: the booking is cancelled now; ``False`` for a preview.
    """

    ref: str
    fee_minor: int
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
        reason: one of ``CancelReason``; ``company`` is for staff only and never costs the customer anything.
        agreed_fee_minor: the fee the preview showed; a higher one is refused.
        preview: change nothing.

    Raises:
        NotFound, Forbidden: it is not the actor's to cancel.
        Invalid: the reason is missing or unknown.
        TooLateToCancel: the technician has arrived, or the work is done.
        FeeChanged: it costs more than was agreed.
        BookingChanged, VisitTaken: another change was first.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    visit = _visit_of(booking)
    if preview:
        _cancellable(booking, visit)
        return _cost(booking, visit, reason, now, done=False)
    _reason_check(reason, text, actor)

    technician_id = _plan_free(booking, visit, now)
    _cancellable(booking, visit)
    cost = _cost(booking, visit, reason, now, done=True)
    if agreed_fee_minor is not None and cost.fee_minor > agreed_fee_minor:
        raise FeeChanged(facts={"fee_minor": cost.fee_minor})

    data = {"reason": reason, "text": text.strip()}
    if visit is not None and visit.status != VisitStatus.CANCELLED:
        visit_move(visit, "cancel", actor=actor, now=now, data=data)
        work_settle(visit, now=now)
    if cost.fee_minor:
        fee_post(subject_ref=booking.ref, name=texts_of(FEE_NAME), amount_minor=cost.fee_minor, now=now)
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
    return cost


def _visit_of(booking: Booking) -> Visit | None:
    """The visit that counts now: the latest."""
    return (
        Visit.objects.select_related("territory", "customer", "item_version")
        .filter(booking_ref=booking.ref)
        .order_by("-pk")
        .first()
    )


def _reason_check(reason: str, text: str, actor: Actor) -> None:
    if reason not in CancelReason.values or (reason == CancelReason.COMPANY and is_own_face(actor)):
        raise Invalid(fields={"reason": _("Please choose a reason.")})
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


def _cost(booking: Booking, visit: Visit | None, reason: str, now: datetime, *, done: bool) -> CancelView:
    """The fee by the table the booking was sold under: who, how late, and whether somebody is on the way."""
    notice = floor((booking.window_start_at - now).total_seconds() / 60)
    departed = visit is not None and visit.status == VisitStatus.EN_ROUTE
    if visit is None:
        return CancelView(booking.ref, 0, _("Cancelling is free of charge now."), notice, departed, done)
    if reason == CancelReason.COMPANY:
        sentence = _("We cancel: this costs the customer nothing.")
        return CancelView(booking.ref, 0, sentence, notice, departed, done)
    quote = cancellation_fee(
        booking.item_version.fee_table_id, booking.price_minor, notice, departed=departed, party=Party.CUSTOMER
    )
    return CancelView(booking.ref, quote.amount_minor, quote.sentence, notice, departed, done)


def booking_hold_again(*, ref: str, window: TimeSpan, holder_key: str, actor: Actor, now: datetime) -> HoldView:
    """Keep another window for a booking that is to be moved.

    Raises:
        NotFound, Forbidden: it is not the actor's to change.
        TooLateToReschedule: the technician has set out.
        Invalid, SlotTaken, TooManyHolds: as for a first booking.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    _movable(booking, _visit_of(booking))
    place = Point(booking.address.lat, booking.address.lng)
    return hold_create(item_version=booking.item_version, place=place, window=window, holder_key=holder_key, now=now)


@transaction.atomic
def booking_reschedule(*, ref: str, hold_ref: str, holder_key: str, actor: Actor, now: datetime) -> BookingView:
    """Move a booking to the window of a hold; whoever had the visit is released and told.

    Raises:
        NotFound, Forbidden: booking or hold are not the actor's.
        Invalid: the hold is for something else; the field is ``window``.
        TooLateToReschedule: the technician has set out.
        HoldLapsed: the window was kept, but the time to decide is over.
        BookingChanged, VisitTaken: another change was first.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    visit = _movable(booking, _visit_of(booking))
    hold = hold_for(ref=read_ref(hold_ref), holder_key=holder_key, now=now)
    _same_service(booking, hold)

    window = TimeSpan(hold.window_start_at, hold.window_end_at)
    crew = promise_move(visit=visit, hold=hold, release_at=release_time(window, now), now=now)
    if visit.status == VisitStatus.OFFERED:
        visit_move(visit, "withdraw", actor=SYSTEM, now=now)
    elif visit.status != VisitStatus.PENDING:
        visit_move(visit, "release", actor=SYSTEM, now=now, crew=crew, data={"reason": "rescheduled"})
    work_settle(visit, now=now)

    booking_move(
        booking,
        "reschedule",
        actor=actor,
        now=now,
        data={"from": booking.window_start_at.isoformat(), "to": window.start.isoformat()},
        changes={"window_start_at": window.start, "window_end_at": window.end, "hold_id": hold.pk},
        technician_id=crew.technician_id if crew is not None else None,
    )
    return booking_view(booking, visit_ref=visit.ref)


def _movable(booking: Booking, visit: Visit | None) -> Visit:
    if booking.status == BookingStatus.CONFIRMED and visit is not None and visit.status in MOVABLE_VISIT:
        return visit
    raise TooLateToReschedule


def _same_service(booking: Booking, hold: SlotHold) -> None:
    same_place = (hold.lat, hold.lng) == (booking.address.lat, booking.address.lng)
    if not same_place or hold.item_version_id != booking.item_version_id:
        raise Invalid(fields={"window": _("This time was kept for another booking. Please choose a time again.")})


@transaction.atomic
def booking_confirm_by_customer(*, ref: str, actor: Actor, now: datetime) -> BookingView:
    """The customer says that the time suits; doing it twice changes nothing.

    Raises:
        NotFound: it is not theirs.
        Forbidden: staff cannot say it for them.
        TransitionRefused, BookingChanged: it is not (or no longer) confirmed.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    if not is_own_face(actor):
        raise Forbidden
    if booking.confirmed_by_customer_at is None:
        booking_move(booking, "acknowledge", actor=actor, now=now)
    return booking_view(booking)
