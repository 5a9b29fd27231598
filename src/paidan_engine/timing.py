"""When things can happen on a route.

A stop fills one unbroken span: the leg to it, then its work. The leg is driven just in time, so the span is
``[start - leg, start + duration)``; it lies in the shift, touches no block, and does not begin before ``now`` unless
the technician is under way already. Facts (started, en route) are taken as they are and never refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paidan_engine.problem import Place, Shift, Task
from paidan_engine.solution import Route, Stop
from paidan_engine.travel import Travel


def earliest_start(task: Task, shift: Shift, ready: int, leg: int) -> int | None:
    """First feasible start of work for somebody free from ``ready`` on, ``leg`` seconds away; None if there is none.

    It never falls when ``ready`` grows: leaving as soon as possible is never worse for what follows.
    """
    start = max(task.earliest, ready + leg)
    duration = task.duration
    for block_start, block_end in shift.blocks:
        if start + duration <= block_start:
            break
        start = max(start, block_end + leg)
    if start > task.latest or start + duration > shift.end:
        return None
    return start


def latest_departure(task: Task, shift: Shift, due: int, leg: int) -> int | None:
    """Last instant to leave for a task, ``leg`` seconds away, so that its work ends by ``due``; None if never."""
    duration = task.duration
    start = min(task.latest, due - duration)
    for block_start, block_end in reversed(shift.blocks):
        if start - leg >= block_end:
            break
        start = min(start, block_start - duration)
    return start - leg if start >= task.earliest else None


def leg_seconds(travel: Travel, origin: Place, destination: Place) -> int:
    """Travel seconds between two places; an unknown place costs none."""
    return 0 if origin is None or destination is None else travel.travel(origin, destination)


@dataclass(frozen=True, slots=True)
class Head:
    """What of a route can no longer be changed.

    Attributes:
        stops: those under way, re-timed to what is expected now.
        ready: from when the technician is free to leave for something else.
        place: where the technician is then.
    """

    stops: tuple[Stop, ...]
    ready: int
    place: Place


def route_head(route: Route, now: int) -> Head:
    """The part of a route that is under way at ``now``."""
    stops = route.stops[: route.under_way]
    expected = tuple(stop if stop.started else replace(stop, start=max(stop.start, now)) for stop in stops)
    ready = max([route.shift.start, now, *(stop.end for stop in expected)])
    return Head(expected, ready, expected[-1].task.place if expected else route.shift.origin)


def timed_route(shift: Shift, head: Head, stops: Sequence[Stop], travel: Travel) -> Route | None:
    """These stops in this order after the head, each as early as it can be; None when one cannot."""
    ready, place = head.ready, head.place
    timed = list(head.stops)
    for stop in stops:
        start = earliest_start(stop.task, shift, ready, leg_seconds(travel, place, stop.task.place))
        if start is None:
            return None
        timed.append(stop if stop.start == start else replace(stop, start=start))
        ready, place = start + stop.task.duration, stop.task.place
    return Route(shift, tuple(timed))


def retime(route: Route, travel: Travel, now: int) -> Route | None:
    """The same order at the earliest feasible times, or None when a stop would miss its window, shift or a block."""
    head = route_head(route, now)
    return timed_route(route.shift, head, route.stops[len(head.stops) :], travel)


def caught_up(route: Route, travel: Travel, now: int) -> Route | None:
    """The same order at the earliest times, where whatever is late already is due at its earliest start.

    A promise whose window can no longer be kept is not made worse by what is planned after it, and does not keep
    the technician from other work. None when a stop cannot even be finished within the shift.
    """
    head = route_head(route, now)
    due = []
    ready, place = head.ready, head.place
    for stop in route.stops[len(head.stops) :]:
        leg = leg_seconds(travel, place, stop.task.place)
        start = earliest_start(stop.task, route.shift, ready, leg)
        task = stop.task
        if start is None:
            start = earliest_start(replace(task, latest=max(task.latest, route.shift.end)), route.shift, ready, leg)
            if start is None:
                return None
            task = replace(task, latest=max(task.latest, start))
        due.append(replace(stop, task=task, start=start))
        ready, place = start + task.duration, task.place
    return Route(route.shift, (*head.stops, *due))
