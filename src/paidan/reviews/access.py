"""The only door to reviewing a visit: its own customer, or the holder of a link to it."""

from __future__ import annotations

from paidan.accounts.constants import Permission, RoleCode
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import Forbidden
from paidan.visits.access import visit_for
from paidan.visits.models import Visit


def visit_to_review(actor: Actor, visit_ref: str) -> Visit:
    """The visit, for whoever may review it. A booking link opens it as well as a review link.

    Raises:
        NotFound: it is not theirs to see.
        Forbidden: staff and technicians do not review.
    """
    visit = visit_for(actor, visit_ref, Permission.VIEW_VISITS)
    if actor.kind is not ActorKind.LINK and actor.role != RoleCode.CUSTOMER:
        raise Forbidden
    return visit
