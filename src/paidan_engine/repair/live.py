"""Live repair: the day has begun, and a technician falls ill, a customer cancels, another calls.

First every open visit gets a place by insertion, at once, or by a short search where there is none. Then the rest of
the day is searched with a price on every promise of a person that is broken, so that little moves; and what the search
found is only taken when it saves more than the promises it breaks are worth.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from paidan_engine.errors import InvalidProblem
from paidan_engine.repair.live_rest import Turn, rest_of_day
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate import Parameters, Search
from paidan_engine.routing.ruin_recreate.compiling import REQUIRED, Fees, compile_day
from paidan_engine.routing.ruin_recreate.plans import decode, encode
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.stop import Stop

CALM = Parameters(hot=0.3, cold=0.005)
"""A search that stays near the plan it starts from."""

RESCUE_STEPS = 3_000
"""Steps to find a place for what insertion left over: about a tenth of a second for 300 visits."""

Owners = Mapping[str, frozenset[str]]
"""The technicians of each open visit that has some, by visit."""


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
    parameters: Parameters = CALM,
) -> LiveRepair:
    """Mend the plan of a day that has begun.

    Args:
        problem: the whole day, with the new visits; those cancelled may still be in it.
        plan: the plan so far.
        stop: when to end the search; None keeps the first plan.
        promise_price: what it costs to give an open visit to somebody else, in the unit of the plan's cost.

    Raises:
        InvalidProblem: the price is negative.
    """
    if promise_price < 0:
        raise InvalidProblem(f"The price of a promise is {promise_price}; it must be 0 or more.")
    began = time.process_time()
    rest = rest_of_day(problem, plan, turn)
    owners = owners_of(rest.plan)
    day = compile_day(rest.problem, promise_fees(rest.problem, owners, promise_price))
    search = Search(day, seed, parameters)
    search.begin(encode(rest.problem, day, search.desk, rest.plan))
    search.run(UntilServed())
    first = decode(rest.problem, day, search.best, idle=True)
    first_seconds = time.process_time() - began
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


def promise_fees(problem: RouteProblem, owners: Owners, price: int) -> Fees:
    """The price of everybody but its owners at each visit that has some: the search weighs each promise by itself.

    A plan that costs less with these prices saves more than the promises it breaks.
    """
    people = [technician.key for technician in problem.technicians]
    return {(visit, person): price for visit, mine in owners.items() for person in people if person not in mine}


def moved_visits(owners: Owners, plan: RoutePlan) -> frozenset[str]:
    """Visits that somebody else has now, or nobody."""
    found = owners_of(plan)
    return frozenset(
        visit for visit, mine in owners.items() if found.get(visit, frozenset()) - mine or visit not in found
    )
