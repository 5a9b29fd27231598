"""Facts: what a technician does is never refused, and the rest of the route follows it."""

from collections.abc import Sequence
from dataclasses import replace

from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Place, Shift, Task
from paidan_engine.solution import Route, Stop
from paidan_engine.timing import earliest_start, leg_seconds, route_head
from paidan_engine.travel import Travel

SHORTEST = 60  # seconds a fact occupies at least, so that no span is empty


def place_before(route: Route, key: str, now: int) -> Place:
    """Where the technician is before the stop ``key``, if it is the next one: at the last other stop under way."""
    others = tuple(stop for stop in route.stops if stop.task.key != key and stop.under_way)
    return route_head(Route(route.shift, others), now).place


def follow(route: Route, stop: Stop, travel: Travel, now: int) -> Route:
    """The route after a fact about one of its stops.

    What is under way stands first, in the order of time, and is cut where the technician left it for the next. What
    is not comes after it in its order, each stop as early as it can be, also after its window and after the shift:
    a promise that can no longer be kept is late, not forgotten.

    Args:
        stop: the stop as it is now; a stop of the route has its key.

    Raises:
        InvalidProblem: the route has no such stop.
    """
    key = stop.task.key
    if all(key != other.task.key for other in route.stops):
        raise InvalidProblem(f"Task {key} is not in the route of shift {route.shift.id}.")
    stops = sorted((stop if key == other.task.key else other for other in route.stops), key=lambda other: other.start)
    facts = _cut([other for other in stops if other.under_way], travel)
    head = route_head(Route(route.shift, facts), now)
    rest = _one_by_one(route.shift, head.ready, head.place, [other for other in stops if not other.under_way], travel)
    return Route(route.shift, (*facts, *rest))


def _cut(facts: Sequence[Stop], travel: Travel) -> tuple[Stop, ...]:
    """The same stops without overlap: each ends at the latest when the way to the next begins."""
    done: list[Stop] = []
    for stop in facts:
        start = stop.start
        if done:
            left = start - leg_seconds(travel, done[-1].task.place, stop.task.place)
            done[-1] = _left_at(done[-1], left)
            start = max(start, done[-1].end)
        done.append(replace(stop, start=start))
    return tuple(done)


def _left_at(stop: Stop, left: int) -> Stop:
    seconds = max(SHORTEST, left - stop.start)
    return stop if stop.task.duration <= seconds else replace(stop, task=replace(stop.task, duration=seconds))


def _one_by_one(shift: Shift, ready: int, place: Place, stops: Sequence[Stop], travel: Travel) -> list[Stop]:
    timed = []
    for stop in stops:
        start = _earliest_ever(stop.task, shift, ready, leg_seconds(travel, place, stop.task.place))
        timed.append(replace(stop, start=start))
        ready, place = start + stop.task.duration, stop.task.place
    return timed


def _earliest_ever(task: Task, shift: Shift, ready: int, leg: int) -> int:
    """The earliest start that keeps clear of the blocks, whatever the window and the shift's end say."""
    last = max([ready, task.earliest, shift.end, *(end for _, end in shift.blocks)]) + leg + task.duration
    patient = replace(task, latest=max(task.latest, last))
    start = earliest_start(patient, replace(shift, end=last + task.duration), ready, leg)
    return start if start is not None else last
