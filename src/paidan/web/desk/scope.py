"""Which territories somebody at the desk watches over."""

from __future__ import annotations

from paidan.accounts.constants import RoleCode
from paidan.kernel import clock
from paidan.kernel.actors import Actor
from paidan.workforce import selectors as workforce


def territories_watched(actor: Actor) -> frozenset[int] | None:
    """Ids of a dispatcher's territories; ``None``, meaning all, for everybody else at the desk."""
    if actor.role != RoleCode.DISPATCHER or actor.user_id is None:
        return None
    return workforce.territories_of_user(actor.user_id, now=clock.now())


def territories_shown(actor: Actor) -> tuple[workforce.TerritoryRow, ...]:
    """The territories a filter offers."""
    watched = territories_watched(actor)
    return tuple(row for row in workforce.territories() if watched is None or row.id in watched)


def live_topics(actor: Actor) -> str:
    """What a desk page listens to: the topics of the territories it shows."""
    return " ".join(f"desk:{row.id}" for row in territories_shown(actor))
