"""A whole day-route problem, checked once.

It stands beside the standing plan's model (``paidan_engine.problem``), which knows one window, one technician and
places on the globe and nothing else: a claim there is judged in milliseconds on a handful of stops, and carries no
matrices. This model is for planning whole days at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.technicians import Shift, Technician
from paidan_engine.routing.visits import LARGEST, Visit, check_range

Matrix = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Weights:
    """Price of one unit of each soft cost; see ``objective``.

    Attributes:
        distance: of each unit of the distance matrix.
        travel: of each unit of time on the way.
        lateness: of each unit of time after a window, times the visit's priority.
        worst_lateness: of each unit of the largest lateness.
        preference: of each seat of a visit with preferred technicians that none of them takes.
        fairness: of each unit of work above the mean of the routes in use.
        technician: of each route in use.
    """

    distance: int = 1
    travel: int = 0
    lateness: int = 1
    worst_lateness: int = 0
    preference: int = 0
    fairness: int = 0
    technician: int = 0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            check_range(getattr(self, name), f"The weight {name}")


@dataclass(frozen=True, slots=True, eq=False)
class RouteProblem:
    """Visits, technicians and travel.

    Attributes:
        distances: (n, n) between locations; need not be symmetric.
        travel_times: (n, n), the same shape.

    Raises:
        InvalidProblem: something in it contradicts itself; the sentence names it.
    """

    visits: tuple[Visit, ...]
    technicians: tuple[Technician, ...]
    distances: Matrix
    travel_times: Matrix
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        _check_matrix(self.distances, "distance")
        _check_matrix(self.travel_times, "travel time")
        if self.distances.shape != self.travel_times.shape:
            raise InvalidProblem("The distance matrix and the travel time matrix differ in size.")
        _check_unique((visit.key for visit in self.visits), "visits")
        _check_unique((technician.key for technician in self.technicians), "technicians")
        people = {technician.key: technician for technician in self.technicians}
        for visit in self.visits:
            self._check_location(visit.location, f"visit {visit.key}")
            _check_people(visit, people)
        for technician in self.technicians:
            for shift in technician.shifts:
                self._check_location(shift.origin, f"technician {technician.key}")
                if shift.destination is not None:
                    self._check_location(shift.destination, f"technician {technician.key}")
        _check_order(self.visits)
        self.distances.flags.writeable = self.travel_times.flags.writeable = False

    def _check_location(self, location: int, owner: str) -> None:
        if not 0 <= location < len(self.distances):
            raise InvalidProblem(
                f"Location {location} of {owner} is not in the matrices of {len(self.distances)} rows."
            )

    def visit(self, key: str) -> Visit:
        """The visit of a key; linear, so not for loops."""
        return next(visit for visit in self.visits if visit.key == key)

    def shift(self, technician: str, number: int) -> Shift:
        """The number-th shift of a technician; linear."""
        return next(person for person in self.technicians if person.key == technician).shifts[number]


def _check_matrix(matrix: Matrix, name: str) -> None:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.dtype != np.int64:
        raise InvalidProblem(f"The {name} matrix is not square or not of whole numbers.")
    if matrix.size and not 0 <= matrix.min() <= matrix.max() <= LARGEST:
        raise InvalidProblem(f"The {name} matrix holds a number below 0 or above {LARGEST}.")


def _check_unique(keys: Iterable[str], name: str) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise InvalidProblem(f"Two {name} have the key {key}.")
        seen.add(key)


def _check_people(visit: Visit, people: dict[str, Technician]) -> None:
    named = {*visit.preferred, *visit.excluded, *(key for seat in visit.seats for key in seat.durations)}
    locked = {seat.technician for seat in visit.seats if seat.technician is not None}
    for key in sorted(named | locked):
        if key not in people:
            raise InvalidProblem(f"Visit {visit.key} names technician {key}, who is not in the problem.")
    if locked & visit.excluded:
        raise InvalidProblem(
            f"Visit {visit.key} is locked to technician {min(locked & visit.excluded)}, whom it excludes."
        )


def _check_order(visits: tuple[Visit, ...]) -> None:
    """Sequence locks name visits, form chains, and never a circle or a fork."""
    after = {visit.key: visit.after for visit in visits if visit.after is not None}
    keys = {visit.key for visit in visits}
    for key, before in after.items():
        if before not in keys:
            raise InvalidProblem(f"Visit {key} is to follow {before}, which is not in the problem.")
    if len(set(after.values())) < len(after):
        raise InvalidProblem("Two visits are to follow directly after the same visit.")
    for key, before in after.items():
        here: str | None = before
        while here is not None and here != key:
            here = after.get(here)
        if here == key:
            raise InvalidProblem(f"Visit {key} is to follow itself.")
