"""Changing a promise: another time, and the customer's own confirmation (B6, B8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for, is_own_face
from paidan.booking.actions import MOVABLE_VISIT
from paidan.booking.constants import BookingStatus, CancelReason
from paidan.booking.errors import TooLateToReschedule
from paidan.booking.models import Booking
from paidan.booking.pricing import extra_minutes_of
from paidan.booking.services.confirming import release_time
from paidan.booking.services.costing import ChangeCost, agreed_check, change_cost, cost_post
from paidan.booking.services.moving import booking_move, latest_visit
from paidan.booking.services.viewing import BookingView, booking_view
from paidan.catalog.constants import FeeOccasion
from paidan.dispatch.models import SlotHold
from paidan.dispatch.services import hold_create, promise_move
from paidan.dispatch.services.assigning import work_settle
from paidan.dispatch.services.holding import HoldView, hold_for
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.errors import Forbidden, Invalid
from paidan.kernel.geo import Point
from paidan.kernel.refs import read_ref
from paidan.kernel.timespan import TimeSpan
from paidan.visits.constants import VisitStatus, is_urgent
from paidan.visits.models import Visit
from paidan.visits.services import visit_move


def booking_hold_again(*, ref: str, window: TimeSpan, holder_key: str, actor: Actor, now: datetime) -> HoldView:
    """Keep another window for a booking that is to be moved.

    Raises:
        NotFound, Forbidden: it is not the actor's to change.
        TooLateToReschedule: the technician has set out.
        Invalid, SlotTaken, TooManyHolds: as for a first booking.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    _movable(booking, latest_visit(booking))
    place = Point(booking.address.lat, booking.address.lng)
    return hold_create(
        item_version=booking.item_version,
        place=place,
        window=window,
        holder_key=holder_key,
        now=now,
        extra_minutes=extra_minutes_of(booking.price_lines),
        is_urgent=is_urgent(booking.urgency),
    )


@dataclass(frozen=True, slots=True)
class MoveCost:
    """What another time costs the customer, or what they get for it, and why."""

    fee_minor: int
    compensation_minor: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a booking is moved.

    Attributes:
        agreed_fee_minor: the fee that was shown; another one is refused. ``None`` is whatever it is.
        by_company: it is moved because of us; staff only.
    """

    agreed_fee_minor: int | None = None
    by_company: bool = False


WHATEVER = Terms()


def booking_reschedule_cost(*, ref: str, actor: Actor, now: datetime, by_company: bool = False) -> MoveCost:
    """What another time costs now; nothing is changed.

    Raises:
        NotFound, Forbidden: it is not the actor's to change.
        TooLateToReschedule: the technician has set out.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    cost = _move_cost(booking, _movable(booking, latest_visit(booking)), Terms(by_company=by_company), actor, now)
    return MoveCost(cost.fee_minor, cost.compensation_minor, cost.sentence)


@transaction.atomic
def booking_reschedule(
    *, ref: str, hold_ref: str, holder_key: str, actor: Actor, now: datetime, terms: Terms = WHATEVER
) -> BookingView:
    """Move a booking to the window of a hold; whoever had the visit is released and told.

    Raises:
        NotFound, Forbidden: booking or hold are not the actor's.
        Invalid: the hold is for something else; the field is ``window``.
        TooLateToReschedule: the technician has set out.
        HoldLapsed: the window was kept, but the time to decide is over.
        FeeChanged: it costs another amount than was agreed.
        BookingChanged, VisitTaken: another change was first.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    visit = _movable(booking, latest_visit(booking))
    hold = hold_for(ref=read_ref(hold_ref), holder_key=holder_key, now=now)
    _same_service(booking, hold)

    window = TimeSpan(hold.window_start_at, hold.window_end_at)
    crew = promise_move(visit=visit, hold=hold, release_at=release_time(window, now), now=now)
    cost = _move_cost(booking, visit, terms, actor, now)
    agreed_check(cost, terms.agreed_fee_minor)
    if visit.status == VisitStatus.OFFERED:
        visit_move(visit, "withdraw", actor=SYSTEM, now=now)
    elif visit.status != VisitStatus.PENDING:
        visit_move(visit, "release", actor=SYSTEM, now=now, crew=crew, data={"reason": "rescheduled"})
    work_settle(visit, now=now)
    # The step's own number keeps the fees of several changes apart.
    number = booking.steps.filter(action="reschedule").count() + 1
    cost_post(booking, cost, occasion=f"reschedule:{number}", now=now)

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


def _move_cost(booking: Booking, visit: Visit, terms: Terms, actor: Actor, now: datetime) -> ChangeCost:
    if terms.by_company and is_own_face(actor):
        raise Forbidden
    reason = str(CancelReason.COMPANY) if terms.by_company else ""
    return change_cost(booking, visit, occasion=FeeOccasion.RESCHEDULE, reason=reason, now=now)


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
