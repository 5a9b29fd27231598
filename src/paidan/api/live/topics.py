"""Who may hear of what: an actor's topics, worked out on the server and never asked of the client."""

from __future__ import annotations

from collections.abc import Iterable

from paidan.accounts.constants import LinkPurpose, Permission
from paidan.kernel import clock
from paidan.kernel.actors import Actor, ActorKind
from paidan.visits.access import EVERYWHERE, visits_visible_to
from paidan.workforce.selectors import territories, territories_of_user

EVERYONE = "everyone"
OFFICE = "office"


def topics_for(actor: Actor) -> frozenset[str]:
    """The topics an actor may read now; nothing for the anonymous.

    ``user:<id>`` is one's own; ``hall:<territory>`` are the open offers where one works;
    ``desk:<territory>`` are the territories one watches over; ``office`` are the figures of the house;
    ``visit:<id>`` and ``booking:<ref>`` are what a link opens.
    """
    if actor.kind is ActorKind.LINK:
        visits = _topics("visit", visits_visible_to(actor).values_list("pk", flat=True))
        booking = (f"booking:{actor.link_subject}",) if actor.link_purpose == LinkPurpose.BOOKING else ()
        return frozenset({EVERYONE, *visits, *booking})
    if actor.user_id is None:
        return frozenset()
    topics = {EVERYONE, f"user:{actor.user_id}"}
    if actor.may(Permission.VIEW_REPORTS):
        topics.add(OFFICE)
    if actor.may(Permission.VIEW_WORKLIST):
        topics.update(_topics("desk", _territories_watched(actor, actor.user_id)))
    if actor.may(Permission.GRAB_OFFERS):
        topics.update(_topics("hall", territories_of_user(actor.user_id, now=clock.now())))
    return frozenset(topics)


def _territories_watched(actor: Actor, user_id: int) -> Iterable[int]:
    if actor.role in EVERYWHERE:
        return (row.id for row in territories())
    return territories_of_user(user_id, now=clock.now())


def _topics(kind: str, ids: Iterable[int]) -> list[str]:
    return [f"{kind}:{number}" for number in ids]
