"""A day plan: for each shift the stops in the order in which they are served."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Shift, Task


@dataclass(frozen=True, slots=True)
class Stop:
    """A task in a route, with the start of its work (epoch seconds).

    Attributes:
        pinned: it belongs to this technician and never moves to another; its time and order may change.
        en_route: the technician is under way to it; ``start`` is the expected start of work.
        started: ``start`` is a fact. A started or en-route stop keeps its place in the order.
        waived: codes of the hard rules a person has overridden for this stop.
    """

    task: Task
    start: int
    pinned: bool = False
    started: bool = False
    en_route: bool = False
    waived: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.started or self.en_route) and not self.pinned:
            raise InvalidProblem(f"The stop {self.task.key} is under way, so it must be pinned.")

    @property
    def end(self) -> int:
        """When the work ends."""
        return self.start + self.task.duration

    @property
    def under_way(self) -> bool:
        """Nothing can be put before it any more."""
        return self.started or self.en_route


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of one shift, in order."""

    shift: Shift
    stops: tuple[Stop, ...] = ()

    @property
    def under_way(self) -> int:
        """How many leading stops keep their place: up to the last one started or en route."""
        for index in range(len(self.stops) - 1, -1, -1):
            if self.stops[index].under_way:
                return index + 1
        return 0

    def promising(self, tasks: Mapping[str, Task]) -> "Route":
        """The same stops with these tasks' own windows."""
        stops = (replace(stop, task=tasks.get(stop.task.key, stop.task)) for stop in self.stops)
        return Route(self.shift, tuple(stops))


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The routes of a territory on a local day, one for each shift.

    Raises:
        InvalidProblem: a shift or a task stands in it twice.
    """

    routes: tuple[Route, ...]

    def __post_init__(self) -> None:
        shifts: set[int] = set()
        keys: set[str] = set()
        for route in self.routes:
            if route.shift.id in shifts:
                raise InvalidProblem(f"Shift {route.shift.id} has two routes.")
            shifts.add(route.shift.id)
            for stop in route.stops:
                if stop.task.key in keys:
                    raise InvalidProblem(f"Task {stop.task.key} is planned twice.")
                keys.add(stop.task.key)

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def find(self, key: str) -> tuple[Route, Stop] | None:
        """The route and stop of a task, or None when it is not planned."""
        for route in self.routes:
            for stop in route.stops:
                if stop.task.key == key:
                    return route, stop
        return None

    def tasks(self) -> dict[str, Task]:
        """Every planned task by key."""
        return {stop.task.key: stop.task for route in self.routes for stop in route.stops}

    def task_keys(self) -> frozenset[str]:
        """Every planned task."""
        return frozenset(stop.task.key for route in self.routes for stop in route.stops)

    def replace(self, *changed: Route) -> "DayPlan":
        """The same plan with these routes instead of those of the same shifts."""
        by_shift = {route.shift.id: route for route in changed}
        return DayPlan(tuple(by_shift.get(route.shift.id, route) for route in self.routes))
