"""Puts times to sequences of visits: everybody leaves with the shift and works as early as may be."""

from collections.abc import Iterable

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.pyvrp_model import Owner
from paidan_engine.routing.solution import DayRoute, RouteStop
from paidan_engine.routing.technicians import PERCENT


def timed_routes(problem: RouteProblem, routes: Iterable[tuple[Owner, tuple[int, ...]]]) -> tuple[DayRoute, ...]:
    """The routes of (technician, shift) pairs over visit numbers, for visits of one window and one seat."""
    people = {technician.key: technician for technician in problem.technicians}
    timed = []
    for (key, number), sequence in routes:
        technician = people[key]
        free, here = technician.shifts[number].start, technician.shifts[number].origin
        stops = []
        for visit in (problem.visits[client] for client in sequence):
            leg = -(-int(problem.travel_times[here, visit.location]) * technician.travel_percent // PERCENT)
            start = max(free + leg, visit.windows[0][0])
            stops.append(RouteStop(visit.key, start))
            free, here = start + visit.seats[0].work(key), visit.location
        timed.append(DayRoute(key, tuple(stops), number))
    return tuple(timed)
