"""A small day to plan, to be bent by the tests: a line of places one apart, two technicians, three visits."""

from typing import Any

import numpy as np

from paidan_engine.routing.problem import Matrix, RouteProblem, Weights
from paidan_engine.routing.solution import DayRoute, RoutePlan, RouteStop
from paidan_engine.routing.technicians import Shift, Technician
from paidan_engine.routing.visits import Seat, Visit

PLACES = 6


def line(places: int = PLACES) -> Matrix:
    """Places on a line, ten apart."""
    at = np.arange(places, dtype=np.int64) * 10
    return np.abs(at[:, None] - at[None, :])


def a_visit(key: str = "a", location: int = 1, **changes: Any) -> Visit:
    given: dict[str, Any] = {"key": key, "location": location, "windows": ((0, 100),), "seats": (Seat(5),)}
    return Visit(**(given | changes))


def a_shift(**changes: Any) -> Shift:
    given: dict[str, Any] = {"start": 0, "end": 200, "origin": 0, "destination": 0}
    return Shift(**(given | changes))


def a_technician(key: str = "t", **changes: Any) -> Technician:
    given: dict[str, Any] = {"key": key, "shifts": (a_shift(),)}
    return Technician(**(given | changes))


def a_problem(**changes: Any) -> RouteProblem:
    given: dict[str, Any] = {
        "visits": (a_visit("a", 1), a_visit("b", 2), a_visit("c", 3)),
        "technicians": (a_technician("t"), a_technician("u")),
        "distances": line(),
        "travel_times": line(),
        "weights": Weights(),
    }
    return RouteProblem(**(given | changes))


def a_route(*stops: tuple[str, int] | tuple[str, int, int], technician: str = "t", **changes: Any) -> DayRoute:
    return DayRoute(technician, tuple(RouteStop(*stop) for stop in stops), **changes)


def a_plan(*routes: DayRoute) -> RoutePlan:
    return RoutePlan(routes)
