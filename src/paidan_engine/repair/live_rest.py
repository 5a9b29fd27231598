"""The rest of a day that has begun: what cannot be changed any more, and the smaller problem that is left."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solution import DayRoute, RoutePlan
from paidan_engine.routing.technicians import Shift
from paidan_engine.routing.visits import Visit

ShiftKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Turn:
    """What has become of a day at a moment.

    Attributes:
        now: nobody sets out before.
        horizon: stops that start within so much time from now stay as they are.
        absent: technicians who do nothing more after the work they have begun.
        cancelled: visits that are not wanted any more.
    """

    now: int
    horizon: int = 0
    absent: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RestOfDay:
    """The part of a day that is still open.

    Attributes:
        problem: the open visits and what is left of the shifts.
        plan: the open stops as planned; stops of the absent and the cancelled are not among them.
        done: the routes as far as they are fixed, with the breaks taken.
        shifts: number of each shift of ``problem`` in the whole day, by technician.
    """

    problem: RouteProblem
    plan: RoutePlan
    done: RoutePlan
    shifts: Mapping[str, tuple[int, ...]]

    def whole(self, rest: RoutePlan) -> RoutePlan:
        """The plan of the whole day from one of the rest."""
        done = {(route.technician, route.shift): route for route in self.done}
        for route in rest:
            number = self.shifts[route.technician][route.shift]
            begun = done.get((route.technician, number), DayRoute(route.technician, (), number))
            done[route.technician, number] = replace(
                begun, stops=begun.stops + route.stops, breaks=begun.breaks + route.breaks
            )
        return RoutePlan(tuple(route for route in done.values() if route.stops))


def rest_of_day(problem: RouteProblem, plan: RoutePlan, turn: Turn) -> RestOfDay:
    """Cut a day in two.

    A stop is fixed when its work starts within the horizon, together with all before it, with the other seat of its
    crew and with what is locked behind it. Begun work is fixed, also that of the absent and the cancelled.
    """
    standing = _standing(problem, plan, turn)
    fixed = _fixed(problem, standing, turn)
    gone = fixed | turn.cancelled
    routes = {(route.technician, route.shift): route for route in standing}
    visits = {visit.key: visit for visit in problem.visits}
    people, shifts, done, still_open = [], {}, [], []
    for technician in problem.technicians:
        numbers: list[int] = []
        cuts: list[Shift] = []
        for number, shift in enumerate(technician.shifts):
            route = routes.get((technician.key, number), DayRoute(technician.key, (), number))
            begun, cut = _cut(shift, _begun(route, shift, fixed), visits, turn)
            done.append(begun)
            if cut is not None:
                rest = tuple(stop for stop in route.stops if stop.visit not in fixed)
                still_open.append(DayRoute(technician.key, rest, len(cuts)))
                numbers.append(number)
                cuts.append(cut)
        people.append(replace(technician, shifts=tuple(cuts)))
        shifts[technician.key] = tuple(numbers)
    left = tuple(
        replace(visit, after=None) if visit.after in gone else visit
        for visit in problem.visits
        if visit.key not in gone
    )
    rest_problem = replace(problem, visits=left, technicians=tuple(people))
    return RestOfDay(rest_problem, RoutePlan(tuple(still_open)), RoutePlan(tuple(done)), shifts)


def _standing(problem: RouteProblem, plan: RoutePlan, turn: Turn) -> RoutePlan:
    """The plan without what is cancelled or left behind by the absent, as far as it has not begun.

    Whom and what the problem does not know is gone as well.
    """
    present = {technician.key for technician in problem.technicians}
    wanted = {visit.key for visit in problem.visits}
    routes = [route for route in plan if route.technician in present]
    begun = {stop.visit for route in routes for stop in route.stops if stop.start <= turn.now} & wanted
    kept = (
        wanted
        - turn.cancelled
        - {
            stop.visit
            for route in plan
            for stop in route.stops
            if route.technician in turn.absent or route.technician not in present
        }
    )
    kept |= begun
    return RoutePlan(
        tuple(replace(route, stops=tuple(stop for stop in route.stops if stop.visit in kept)) for route in routes)
    )


def _fixed(problem: RouteProblem, plan: RoutePlan, turn: Turn) -> frozenset[str]:
    """Keys of the visits that stay as they are."""
    follower = {visit.after: visit.key for visit in problem.visits if visit.after is not None}
    served = plan.served()
    until = turn.now + turn.horizon
    fixed = {stop.visit for route in plan for stop in route.stops if stop.start <= until}
    before: set[str] = set()
    while before != fixed:
        before = set(fixed)
        for route in plan:
            last = max((row for row, stop in enumerate(route.stops) if stop.visit in fixed), default=-1)
            fixed.update(stop.visit for stop in route.stops[: last + 1])
        fixed.update(follower[key] for key in before if follower.get(key) in served)
    return frozenset(fixed)


def _begun(route: DayRoute, shift: Shift, fixed: frozenset[str]) -> DayRoute:
    """The fixed part of a route, with a start for every break of the shift, the latest where none was planned."""
    breaks = route.breaks or tuple(rest.latest for rest in shift.breaks)
    return replace(route, stops=tuple(stop for stop in route.stops if stop.visit in fixed), breaks=breaks)


def _cut(shift: Shift, begun: DayRoute, visits: Mapping[str, Visit], turn: Turn) -> tuple[DayRoute, Shift | None]:
    """The fixed part with the breaks taken by then, and what is left of the shift; None when nothing is."""
    here, free, load = shift.origin, max(shift.start, turn.now), 0
    for stop in begun.stops:
        visit = visits[stop.visit]
        here, load = visit.location, load + visit.load
        free = max(free, stop.start + visit.seats[stop.seat].work(begun.technician))
    taken = 0
    for start, rest in zip(begun.breaks, shift.breaks, strict=True):
        if start < free:
            taken, free = taken + 1, max(free, start + rest.duration)
    closes = shift.end + shift.overtime
    if free > closes or begun.technician in turn.absent:
        return begun, None
    rests = tuple(replace(rest, earliest=max(rest.earliest, free)) for rest in shift.breaks[taken:])
    end = max(shift.end, free)
    left = replace(
        shift,
        start=free,
        end=end,
        origin=here,
        breaks=rests,
        load_cap=max(0, shift.load_cap - load),
        overtime=closes - end,
    )
    return replace(begun, breaks=begun.breaks[:taken]), left
