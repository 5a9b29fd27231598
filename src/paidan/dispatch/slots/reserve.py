"""The emergency reserve: working time that only urgent bookings may use (B4).

Of the working time that is left of a day, a share set for the territory stays free of ordinary bookings; as the day
passes, so does the reserve.
"""

from __future__ import annotations

from paidan.dispatch.slots.need import Need
from paidan.dispatch.standing_plan import Book, PlanScope
from paidan.workforce.models import Territory
from paidan_engine.repair import Spare, spare_of


def reserve_allows(need: Need, territory: Territory, spare: Spare) -> bool:
    """Whether a need leaves the reserve of a day alone, or may use it.

    Args:
        spare: of all shifts of the territory on the window's own service date.
    """
    if need.is_urgent or not territory.reserve_percent:
        return True
    return 100 * (spare.free - need.duration_minutes * 60) >= territory.reserve_percent * spare.on_duty


def spare_of_scope(book: Book, scope: PlanScope) -> Spare:
    """What is left of the day a scope's windows lie in."""
    day = scope.dates[-1]
    routes = (route for route in book.plan if book.dates[route.shift.id] == day)
    return spare_of(routes, book.travel, book.now)
