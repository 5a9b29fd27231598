"""Every write of dispatch: holds and promises, offers and claims, automatic and manual assignment."""

from __future__ import annotations

from paidan.dispatch.services.assigning import assignment_accept, assignment_decline, visit_assign, visit_release
from paidan.dispatch.services.grabbing import offer_grab
from paidan.dispatch.services.holding import hold_create, hold_release, nearest_named
from paidan.dispatch.services.progress import own_plan_lock, plan_follow
from paidan.dispatch.services.promises import (
    promise_drop,
    promise_make,
    promise_move,
)
from paidan.dispatch.services.replanning import availability_follow

__all__ = [
    "assignment_accept",
    "assignment_decline",
    "availability_follow",
    "hold_create",
    "hold_release",
    "nearest_named",
    "offer_grab",
    "own_plan_lock",
    "plan_follow",
    "promise_drop",
    "promise_make",
    "promise_move",
    "visit_assign",
    "visit_release",
]
