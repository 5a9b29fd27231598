"""The door to files about a visit: the visit's own."""

from __future__ import annotations

from paidan.accounts.constants import Permission
from paidan.kernel.actors import Actor
from paidan.visits.access import visit_for


def visit_door(actor: Actor, ref: str) -> None:
    """Let through whoever may see the visit.

    Raises:
        NotFound, Forbidden: it is not theirs to see.
    """
    visit_for(actor, ref, Permission.VIEW_VISITS)
