"""A plan laid beside its problem: each route as the calls it makes. For rules and checks, never for the search."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solution import DayRoute, RoutePlan, RouteStop
from paidan_engine.routing.technicians import PERCENT, Shift, Technician
from paidan_engine.routing.visits import Visit


@dataclass(frozen=True, slots=True)
class Call:
    """One stop with what leads to it.

    Attributes:
        free: when the technician could leave for it: the end of the previous work, or the start of the shift.
        travel: time of the journey to it.
        rest: break time between ``free`` and the start of the work.
    """

    stop: RouteStop
    visit: Visit
    free: int
    distance: int
    travel: int
    rest: int
    end: int


@dataclass(frozen=True, slots=True)
class Tour:
    """A route with its calls and the way to the end of the shift.

    Attributes:
        end: when the technician is at the destination, or ends the last work where there is none.
        distance: all of it, in the matrix's unit.
        travel: all journeys, in time.
    """

    technician: Technician
    shift: Shift
    route: DayRoute
    calls: tuple[Call, ...]
    end: int
    distance: int
    travel: int

    @property
    def subject(self) -> str:
        """How a sentence names it."""
        return f"{self.technician.key}/{self.route.shift}"

    @property
    def work(self) -> int:
        """Time of work at the visits."""
        return sum(call.end - call.stop.start for call in self.calls)


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan whose routes name technicians, shifts, visits and seats that exist."""

    problem: RouteProblem
    plan: RoutePlan
    tours: tuple[Tour, ...]

    def calls(self) -> Mapping[str, list[tuple[Tour, Call]]]:
        """The calls at each visit."""
        found: dict[str, list[tuple[Tour, Call]]] = defaultdict(list)
        for tour in self.tours:
            for call in tour.calls:
                found[call.visit.key].append((tour, call))
        return found


def view_plan(problem: RouteProblem, plan: RoutePlan) -> PlanView:
    """The view.

    Raises:
        KeyError, IndexError: the plan names what is not in the problem; ``verify`` asks before.
    """
    visits = {visit.key: visit for visit in problem.visits}
    people = {technician.key: technician for technician in problem.technicians}
    tours = (_tour(problem, route, people[route.technician], visits) for route in plan.routes)
    return PlanView(problem, plan, tuple(tours))


def _tour(problem: RouteProblem, route: DayRoute, technician: Technician, visits: Mapping[str, Visit]) -> Tour:
    shift = technician.shifts[route.shift]
    free, here = shift.start, shift.origin
    calls = []
    for stop in route.stops:
        visit = visits[stop.visit]
        end = stop.start + visit.seats[stop.seat].work(technician.key)
        distance, travel = _leg(problem, technician, here, visit.location)
        calls.append(Call(stop, visit, free, distance, travel, _rest(route, shift, free, stop.start), end))
        free, here = end, visit.location
    distance, travel = (0, 0) if shift.destination is None else _leg(problem, technician, here, shift.destination)
    return Tour(
        technician,
        shift,
        route,
        tuple(calls),
        end=_arrival(route, shift, free, travel),
        distance=distance + sum(call.distance for call in calls),
        travel=travel + sum(call.travel for call in calls),
    )


def _leg(problem: RouteProblem, technician: Technician, here: int, there: int) -> tuple[int, int]:
    """Distance, and time at the technician's speed, rounded up."""
    time = int(problem.travel_times[here, there]) * technician.travel_percent
    return int(problem.distances[here, there]), -(-time // PERCENT)


def _rest(route: DayRoute, shift: Shift, begin: int, end: int) -> int:
    starts = zip(route.breaks, shift.breaks, strict=False)
    return sum(rest.duration for start, rest in starts if begin <= start < end)


def _arrival(route: DayRoute, shift: Shift, free: int, travel: int) -> int:
    """The end of the way home, later by each break that starts on it."""
    arrival = free + travel
    for start, rest in zip(route.breaks, shift.breaks, strict=False):
        if free <= start < arrival:
            arrival += rest.duration
    return arrival
