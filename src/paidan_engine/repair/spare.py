"""How much of a day's working time is not promised yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paidan_engine.problem import Place
from paidan_engine.solution import Route
from paidan_engine.timing import leg_seconds
from paidan_engine.travel import Travel


@dataclass(frozen=True, slots=True)
class Spare:
    """Seconds of all shifts from now on: those on duty, and those that neither work nor ways take."""

    on_duty: int = 0
    free: int = 0

    def __add__(self, other: Spare) -> Spare:
        return Spare(self.on_duty + other.on_duty, self.free + other.free)


def spare_of(routes: Iterable[Route], travel: Travel, now: int) -> Spare:
    """What is left of these routes; blocked time is not on duty, and ways count as they are planned."""
    return sum((_spare_of_route(route, travel, now) for route in routes), Spare())


def _spare_of_route(route: Route, travel: Travel, now: int) -> Spare:
    shift = route.shift
    begins = max(shift.start, now)
    on_duty = max(0, shift.end - begins)
    on_duty -= sum(max(0, min(end, shift.end) - max(start, begins)) for start, end in shift.blocks)
    place: Place = shift.origin
    taken = 0
    for stop in route.stops:
        way = 0 if stop.started else leg_seconds(travel, place, stop.task.place)
        taken += max(0, min(stop.task.duration + way, stop.end - begins))
        place = stop.task.place
    return Spare(max(0, on_duty), max(0, on_duty - taken))
