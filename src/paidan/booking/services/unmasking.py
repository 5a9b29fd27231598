"""Looking at a full contact: with a reason, which is kept."""

from __future__ import annotations

from datetime import datetime

from paidan.accounts.constants import Permission
from paidan.booking.access import booking_for, is_own_face
from paidan.customers.services import contact_unmask
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden
from paidan.visits.access import visit_for


def booking_unmask(*, ref: str, reason: str, actor: Actor, now: datetime) -> None:
    """Show the booking's contact in full to the actor, and only to them, for a while.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: the role may not see full contacts.
        Invalid: no reason was given.
    """
    booking = booking_for(actor, ref, Permission.VIEW_BOOKINGS)
    if is_own_face(actor):
        raise Forbidden
    contact_unmask(subject_ref=booking.ref, reason=reason, actor=actor, now=now)


def visit_unmask(*, ref: str, reason: str, actor: Actor, now: datetime) -> None:
    """The same from a visit: the contact is that of its booking.

    Raises:
        NotFound, Forbidden, Invalid: as for a booking.
    """
    visit = visit_for(actor, ref, Permission.VIEW_VISITS)
    if is_own_face(actor):
        raise Forbidden
    contact_unmask(subject_ref=visit.booking_ref, reason=reason, actor=actor, now=now)
