"""The customer's choice about what they get because of us, and the desk's word that it was paid out (B8)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from paidan.accounts.constants import Permission
from paidan.billing.selectors import CompensationView, compensations_of
from paidan.billing.services import compensation_choose, refund_paid
from paidan.booking.access import booking_for, booking_for_desk
from paidan.booking.models import Booking
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound


@transaction.atomic
def booking_compensation_choose(
    *, ref: str, compensation_ref: str, as_credit: bool, actor: Actor, now: datetime
) -> CompensationView:
    """Take a compensation as credit for the next visit, or as money.

    Raises:
        NotFound, Forbidden: it is not theirs.
        AlreadyChosen: it was chosen before.
    """
    booking = booking_for(actor, ref, Permission.CHANGE_BOOKINGS)
    return compensation_choose(ref=_of(booking, compensation_ref), as_credit=as_credit, now=now)


@transaction.atomic
def booking_refund_paid(*, ref: str, compensation_ref: str, actor: Actor, now: datetime) -> CompensationView:
    """The desk has paid the refund out.

    Raises:
        NotFound, Forbidden: it is not the actor's to settle.
        AlreadyChosen: no refund waits (any more).
    """
    booking = booking_for_desk(actor, ref)
    return refund_paid(ref=_of(booking, compensation_ref), actor=actor, now=now)


def _of(booking: Booking, compensation_ref: str) -> str:
    if all(one.ref != compensation_ref for one in compensations_of(booking.ref)):
        raise NotFound
    return compensation_ref
