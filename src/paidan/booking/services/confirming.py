"""Turning a booking into a promise: its visit, and the plan that backs it."""

from __future__ import annotations

from datetime import datetime, timedelta

from paidan.booking.models import Booking, BookingVisit
from paidan.booking.pricing import extra_minutes_of
from paidan.booking.services.moving import booking_move
from paidan.dispatch.services import promise_make
from paidan.kernel.actors import SYSTEM, Actor
from paidan.kernel.settings import RELEASE_LEAD_SECONDS
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.visits.services import NewVisit, visit_create


def release_time(window: TimeSpan, now: datetime) -> datetime:
    """When dispatch may begin: at once, but not longer than the lead before the window."""
    return max(now, window.start - timedelta(seconds=RELEASE_LEAD_SECONDS.value()))


def booking_promise(booking: Booking, *, actor: Actor = SYSTEM, now: datetime) -> Visit:
    """Confirm a booking: create its visit and back the window by the plan.

    Runs in the caller's transaction; nothing of it stays when the window is lost.

    Raises:
        SlotTaken: no plan holds the window any more; ``facts["nearest"]`` names free ones.
        BookingChanged, TransitionRefused: the booking moved on meanwhile.
    """
    visit = visit_create(_visit_of(booking, now), now=now)
    BookingVisit.objects.create(booking=booking, visit=visit)
    promise_make(visit=visit, hold=booking.hold, now=now)
    booking_move(booking, "confirm", actor=actor, now=now)
    return visit


def _visit_of(booking: Booking, now: datetime) -> NewVisit:
    address = booking.address
    version = booking.item_version
    window = TimeSpan(booking.window_start_at, booking.window_end_at)
    if booking.territory_id is None:
        raise ValueError("Only a booking in a served territory can be confirmed.")
    return NewVisit(
        booking_ref=booking.ref,
        customer_id=booking.customer_id,
        item_version_id=booking.item_version_id,
        territory_id=booking.territory_id,
        urgency=booking.urgency,
        description="\n".join(part for part in (booking.description, booking.special_requirements) if part),
        contact_name=booking.contact_name,
        contact_phone=booking.contact_phone,
        district=address.district,
        address_text=address.text,
        door=address.door,
        lat=address.lat,
        lng=address.lng,
        window=window,
        duration_minutes=version.duration_minutes + extra_minutes_of(booking.price_lines),
        pay_minor=version.pay_minor,
        release_at=release_time(window, now),
    )
