"""Puts a route problem into PyVRP's words, as far as PyVRP has words for it.

PyVRP (Wouda, Lan & Kool 2024, doi 10.1287/ijoc.2023.0055) knows one window for each visit, one person, hard times and
one price for each arc. Who may serve what is said by arcs that take longer than any day.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, VehicleType

from paidan_engine.routing.problem import Matrix, RouteProblem
from paidan_engine.routing.technicians import PERCENT, Shift, Technician
from paidan_engine.routing.visits import Visit

LARGEST_MATRICES = 30_000_000
"""Numbers in all matrices together: technicians who differ in what they may do need a matrix each."""

Owner = tuple[str, int]
Kind = tuple[int, frozenset[tuple[str, int]], str | None]


@dataclass(frozen=True, slots=True)
class PyvrpModel:
    """The problem as PyVRP reads it.

    Attributes:
        data: client n is visit n.
        owners: for each vehicle type the (technician, shift) pairs it stands for.
    """

    data: ProblemData
    owners: tuple[tuple[Owner, ...], ...]


def beyond_pyvrp(problem: RouteProblem) -> str | None:
    """The first thing in the problem that PyVRP cannot express, None when there is none."""
    for visit in problem.visits:
        reason = _beyond_visit(visit)
        if reason:
            return f"visit {visit.key} {reason}"
    for technician in problem.technicians:
        if any(shift.breaks or shift.overtime for shift in technician.shifts):
            return f"technician {technician.key} has breaks or overtime"
    if problem.weights.fairness:
        return "fairness has a price"
    size = (len(problem.visits) + len(problem.technicians)) ** 2
    if 2 * size * len(set(_kinds(problem))) > LARGEST_MATRICES:
        return "too many technicians differ in what they may do"
    return None


def _beyond_visit(visit: Visit) -> str | None:
    if len(visit.windows) > 1:
        return "has several windows"
    if len(visit.seats) > 1:
        return "needs a crew of two"
    if visit.late_by:
        return "may be late"
    if visit.after is not None or visit.start is not None:
        return "is locked in time or sequence"
    return "takes longer with some than with others" if visit.seats[0].durations else None


def pyvrp_model(problem: RouteProblem) -> PyvrpModel:
    """The problem in PyVRP's words; ask ``beyond_pyvrp`` first."""
    places = _Places(problem)
    profiles: dict[Kind, tuple[int, Matrix, Matrix]] = {}
    alike: dict[tuple[Shift, int], list[Owner]] = defaultdict(list)
    for technician, kind in zip(problem.technicians, _kinds(problem), strict=True):
        if kind not in profiles:
            profiles[kind] = (len(profiles), *places.matrices(technician))
        for number, shift in enumerate(technician.shifts):
            alike[shift, profiles[kind][0]].append((technician.key, number))
    data = ProblemData(
        [Location(0, 0)] * len(places.rows),
        [_client(visit, number + len(places.depots)) for number, visit in enumerate(problem.visits)],
        [Depot(number) for number in range(len(places.depots))],
        [_vehicle(problem, places, shift, profile, len(owners)) for (shift, profile), owners in alike.items()],
        [costs for _, costs, _ in profiles.values()],
        [times for _, _, times in profiles.values()],
    )
    return PyvrpModel(data, tuple(tuple(owners) for owners in alike.values()))


class _Places:
    """PyVRP's locations: each place where a shift starts or ends, perhaps nowhere, then one for each visit."""

    def __init__(self, problem: RouteProblem) -> None:
        self.problem = problem
        ends = dict.fromkeys(end for person in problem.technicians for shift in person.shifts for end in _ends(shift))
        self.depots: dict[int | None, int] = {end: number for number, end in enumerate(ends)}
        self.rows = np.array([end or 0 for end in ends] + [visit.location for visit in problem.visits], np.int64)

    def matrices(self, technician: Technician) -> tuple[Matrix, Matrix]:
        """Cost and time of every arc, for technicians like this one."""
        weights, grid, visits = self.problem.weights, np.ix_(self.rows, self.rows), self.problem.visits
        times = -(-self.problem.travel_times[grid] * technician.travel_percent // PERCENT)
        costs = weights.distance * self.problem.distances[grid] + weights.travel * times
        if None in self.depots:
            nowhere = self.depots[None]
            costs[:, nowhere] = times[:, nowhere] = 0
        into = np.s_[len(self.depots) :]
        disliked = [bool(visit.preferred) and technician.key not in visit.preferred for visit in visits]
        refused = [not _may(technician, visit) for visit in visits]
        costs[:, into] += weights.preference * np.array(disliked, np.int64)
        times[:, into] += _longer_than_any_day(self.problem) * np.array(refused, np.int64)
        np.fill_diagonal(costs, 0)
        np.fill_diagonal(times, 0)
        return np.ascontiguousarray(costs), np.ascontiguousarray(times)


def _ends(shift: Shift) -> Iterator[int | None]:
    yield shift.origin
    yield shift.destination


def _longer_than_any_day(problem: RouteProblem) -> int:
    return 1 + max((shift.end for person in problem.technicians for shift in person.shifts), default=0)


def _kinds(problem: RouteProblem) -> list[Kind]:
    """For each technician what makes him differ besides his shifts; who is named by a visit is a kind of his own."""
    named = {seat.technician for visit in problem.visits for seat in visit.seats}
    named |= {key for visit in problem.visits for key in visit.preferred | visit.excluded}
    return [
        (person.travel_percent, frozenset(person.skills.items()), person.key if person.key in named else None)
        for person in problem.technicians
    ]


def _may(technician: Technician, visit: Visit) -> bool:
    seat = visit.seats[0]
    able = all(technician.skills.get(name, -1) >= level for name, level in seat.skills.items())
    return able and technician.key not in visit.excluded and seat.technician in (None, technician.key)


def _client(visit: Visit, location: int) -> Client:
    (opens, closes), seat = visit.windows[0], visit.seats[0]
    return Client(
        location,
        delivery=[visit.load],
        service_duration=seat.duration,
        tw_early=opens,
        tw_late=closes,
        prize=visit.value or 0,
        required=visit.value is None,
    )


def _vehicle(problem: RouteProblem, places: _Places, shift: Shift, profile: int, number: int) -> VehicleType:
    return VehicleType(
        number,
        capacity=[shift.load_cap],
        start_depot=places.depots[shift.origin],
        end_depot=places.depots[shift.destination],
        fixed_cost=problem.weights.technician,
        tw_early=shift.start,
        tw_late=shift.end,
        profile=profile,
    )
