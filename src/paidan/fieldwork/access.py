"""The doors to files about visits and orders."""

from __future__ import annotations

from paidan.accounts.constants import Permission, RoleCode
from paidan.booking.access import booking_door
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.visits.access import visit_for, visits_visible_to


def visit_door(actor: Actor, ref: str) -> None:
    """Let through whoever may see the visit.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    visit_for(actor, ref, Permission.VIEW_VISITS)


def order_door(actor: Actor, ref: str) -> None:
    """Let through whoever may see the booking, and the technicians who see a visit of it.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    if actor.role != RoleCode.TECHNICIAN:
        booking_door(actor, ref)
    elif not visits_visible_to(actor).filter(booking_ref=ref).exists():
        raise NotFound
