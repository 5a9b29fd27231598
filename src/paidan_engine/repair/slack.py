"""How much room each gap of a route has, so that one insertion is judged in constant time.

Earliest ends run forward and latest departures run backward over the route once; a task fits in a gap when its own
earliest end there is not after the last instant to leave for the next stop (Savelsbergh 1992, push forward).
"""

from dataclasses import dataclass

from paidan_engine.errors import certain
from paidan_engine.problem import Place, Shift, Task
from paidan_engine.solution import Route, Stop
from paidan_engine.timing import caught_up, earliest_start, latest_departure, leg_seconds, retime, route_head
from paidan_engine.travel import Travel


@dataclass(frozen=True, slots=True)
class Gap:
    """The room before the stop at ``position`` (or after the last one).

    Attributes:
        ready: when the technician is free there at the earliest.
        origin: where that is.
        follower: the task after the gap, None at the end.
        due: latest end of the follower's work that keeps all later stops feasible.
        leg: travel seconds from origin to follower now.
    """

    position: int
    ready: int
    origin: Place
    follower: Task | None
    due: int
    leg: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A feasible place of a task in a route: gap, earliest start there and added travel seconds."""

    position: int
    start: int
    added_travel: int


@dataclass(frozen=True, slots=True)
class RouteSlack:
    """A feasible route at its earliest times, with its gaps."""

    route: Route
    gaps: tuple[Gap, ...]

    @classmethod
    def of(cls, route: Route, travel: Travel, now: int) -> "RouteSlack | None":
        """The slack of a route, or None when the route is not feasible as it stands."""
        timed = retime(route, travel, now)
        return None if timed is None else cls(timed, _gaps(timed, travel, now))

    @classmethod
    def standing(cls, route: Route, travel: Travel, now: int) -> "RouteSlack | None":
        """The slack of a route as it stands: what is late already gets no later. None when it overruns the shift."""
        slack = cls.of(route, travel, now)
        late = caught_up(route, travel, now) if slack is None else None
        return slack if late is None else cls.of(late, travel, now)

    @property
    def shift(self) -> Shift:
        """The shift of the route."""
        return self.route.shift

    @property
    def movable(self) -> tuple[Stop, ...]:
        """The stops that are not under way, in order."""
        return self.route.stops[self.gaps[0].position :]

    @property
    def full(self) -> bool:
        """The load cap is reached."""
        return len(self.route.stops) >= self.shift.load_cap

    def openings(self, task: Task, travel: Travel) -> list[Opening]:
        """Every gap in which the task fits, by the time rules alone, in the order of the route."""
        found = []
        for gap in self.gaps:
            if gap.ready > task.latest:
                break
            opening = self._opening(gap, task, travel)
            if opening is not None:
                found.append(opening)
        return found

    def _opening(self, gap: Gap, task: Task, travel: Travel) -> Opening | None:
        if gap.follower is not None and task.earliest + task.duration > gap.due:
            return None
        leg_in = leg_seconds(travel, gap.origin, task.place)
        start = earliest_start(task, self.route.shift, gap.ready, leg_in)
        if start is None:
            return None
        if gap.follower is None:
            return Opening(gap.position, start, leg_in)
        leg_out = leg_seconds(travel, task.place, gap.follower.place)
        departure = latest_departure(gap.follower, self.route.shift, gap.due, leg_out)
        if departure is None or start + task.duration > departure:
            return None
        return Opening(gap.position, start, leg_in + leg_out - gap.leg)


def _gaps(timed: Route, travel: Travel, now: int) -> tuple[Gap, ...]:
    """The gaps after the head, from the last to the first, returned in route order."""
    head = route_head(timed, now)
    first = len(head.stops)
    stops = timed.stops
    due = timed.shift.end
    last = len(stops)
    gaps = [Gap(last, *_free(timed, last, head.ready, head.place, first), None, due, 0)]
    for position in range(last - 1, first - 1, -1):
        ready, origin = _free(timed, position, head.ready, head.place, first)
        task = stops[position].task
        leg = leg_seconds(travel, origin, task.place)
        gaps.append(Gap(position, ready, origin, task, due, leg))
        due = certain(latest_departure(task, timed.shift, due, leg), "a timed route leaves each stop a departure")
    return tuple(reversed(gaps))


def _free(timed: Route, position: int, ready: int, place: Place, first: int) -> tuple[int, Place]:
    """When and where the technician is free before the stop at ``position``."""
    if position == first:
        return ready, place
    stop = timed.stops[position - 1]
    return max(ready, stop.end), stop.task.place


def insert_at(route: Route, stop: Stop, position: int) -> Route:
    """The route with the stop put in a gap, not yet re-timed."""
    return Route(route.shift, (*route.stops[:position], stop, *route.stops[position:]))
