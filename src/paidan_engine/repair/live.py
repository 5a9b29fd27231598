"""Live repair: the day has begun, and a technician falls ill, a customer cancels, another calls.

First every open visit gets a place by insertion, at once, or by a short search where there is none. Then the rest of
the day is searched with a price on every promise of a person that is broken, so that little moves; and what the search
found is only taken when it saves more than the promises it breaks are worth, and breaks no more than may be broken.
"""

import time
from dataclasses import dataclass

from paidan_engine.errors import InvalidProblem
from paidan_engine.repair.live_rest import Turn, rest_of_day
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate import Parameters, Search
from paidan_engine.routing.ruin_recreate.compiling import REQUIRED, Owners, compile_day
from paidan_engine.routing.ruin_recreate.plans import decode, encode
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.stop import Stop

CALM = Parameters(hot=0.3, cold=0.005)
"""A search that stays near the plan it starts from."""

RESCUE_STEPS = 3_000
"""Steps to find a place for what insertion left over: about a tenth of a second for 300 visits."""

RESCUE_LEGS = 10
"""So many mean legs a promise is worth at least while somebody has no place."""


@dataclass(frozen=True, slots=True)
class LiveRepair:
    """What a repair found.

    Attributes:
        first: the plan of the whole day by insertion, and a short search where that leaves a visit out.
        plan: the plan to follow: ``first``, or a better one where that is worth the promises it breaks.
        moved: open visits that change hands although who had them is still there.
        complete: every visit that must be served is served.
        first_cpu_seconds: processor time until the first plan.
    """

    first: RoutePlan
    plan: RoutePlan
    moved: frozenset[str]
    complete: bool
    first_cpu_seconds: float
    cpu_seconds: float


def repair_live(
    problem: RouteProblem,
    plan: RoutePlan,
    turn: Turn,
    stop: Stop | None,
    seed: int = 0,
    *,
    promise_price: int,
    most_moved: int | None = None,
    parameters: Parameters = CALM,
) -> LiveRepair:
    """Mend the plan of a day that has begun.

    Args:
        problem: the whole day, with the new visits; those cancelled may still be in it.
        plan: the plan so far.
        stop: when to end the search; None keeps the first plan.
        promise_price: what it costs to give an open visit to somebody else, in the unit of the plan's cost.
        most_moved: how many seats of open visits the search may give to somebody else; None for any number. Where
            nobody could be served otherwise the first plan may need more, and then the search keeps to those.

    Raises:
        InvalidProblem: the price or the number is negative.
    """
    if promise_price < 0:
        raise InvalidProblem(f"The price of a promise is {promise_price}; it must be 0 or more.")
    if most_moved is not None and most_moved < 0:
        raise InvalidProblem(f"The most that may move is {most_moved}; it must be 0 or more.")
    began = time.process_time()
    rest = rest_of_day(problem, plan, turn)
    owners = owners_of(rest.plan)
    day = compile_day(rest.problem, owners=owners)
    search = Search(day, seed, parameters)
    search.begin(encode(rest.problem, day, search.desk, rest.plan))
    search.price_promises(max(promise_price, search.leg * RESCUE_LEGS))
    search.run(UntilServed())
    first = decode(rest.problem, day, search.best, idle=True)
    first_seconds = time.process_time() - began
    search.price_promises(promise_price, most_moved)
    if stop is not None:
        search.run(stop)
    found = decode(rest.problem, day, search.best, idle=True)
    return LiveRepair(
        first=rest.whole(first),
        plan=rest.whole(found),
        moved=moved_visits(owners, found),
        complete=search.cost < REQUIRED,
        first_cpu_seconds=first_seconds,
        cpu_seconds=time.process_time() - began,
    )


class UntilServed:
    """Ends when every visit that must be served is, which mostly is at once, or after ``RESCUE_STEPS``."""

    def left(self, steps: int, best: int) -> float:
        """See ``Stop``."""
        return 0.0 if best < REQUIRED else max(0.0, 1 - steps / RESCUE_STEPS)


def owners_of(plan: RoutePlan) -> Owners:
    """Who is to serve what."""
    owners: dict[str, set[str]] = {}
    for route in plan:
        for stop in route.stops:
            owners.setdefault(stop.visit, set()).add(route.technician)
    return {visit: frozenset(people) for visit, people in owners.items()}


def moved_visits(owners: Owners, plan: RoutePlan) -> frozenset[str]:
    """Visits that somebody else has now, or nobody."""
    found = owners_of(plan)
    return frozenset(
        visit for visit, mine in owners.items() if found.get(visit, frozenset()) - mine or visit not in found
    )
