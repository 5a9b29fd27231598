"""What a file of routes holds, whatever its format."""

from dataclasses import dataclass

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.problem import Matrix, RouteProblem
from paidan_engine.routing.technicians import Shift, Technician
from paidan_engine.routing.visits import LARGEST, Seat, Visit

TENTHS = 10
"""Euclidean distances are truncated to one decimal, the rounding of the DIMACS challenge on vehicle routing (2022)."""

MOST_NODES = 10_000
"""Above this the matrices alone would fill the memory of a small machine."""


@dataclass(frozen=True, slots=True)
class RouteFile:
    """A problem whose n-th visit (from 1; 0 is the depot) is the n-th of the file.

    Attributes:
        scale: how many units of the problem are one of the file.
        own: the file is of our own format, so the answer may say more than the public ones ask.
    """

    problem: RouteProblem
    scale: int = 1
    own: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A customer of a public instance, in the file's own unit times its scale.

    Attributes:
        value: price of leaving it out; None must be served.
    """

    demand: int
    opens: int
    closes: int
    service: int
    value: int | None = None


def depot_problem(nodes: list[Node], capacity: int, matrix: Matrix) -> RouteProblem:
    """One depot (the first node), as many equal vehicles as could ever be used, least total distance."""
    check_size(len(nodes))
    depot, customers = nodes[0], nodes[1:]
    visits = tuple(
        Visit(
            key=str(number),
            location=number,
            windows=((node.opens, node.closes),),
            seats=(Seat(node.service),),
            value=node.value,
            load=node.demand,
        )
        for number, node in enumerate(customers, start=1)
    )
    shift = Shift(depot.opens, depot.closes, 0, 0, load_cap=capacity)
    vehicles = tuple(Technician(str(number), (shift,)) for number in range(1, len(nodes)))
    return RouteProblem(visits, vehicles, matrix, matrix)


def check_size(nodes: int) -> None:
    """Refuse what would fill the memory.

    Raises:
        InvalidProblem: more than ``MOST_NODES``.
    """
    if nodes > MOST_NODES:
        raise InvalidProblem(f"The file has {nodes} places; more than {MOST_NODES} are not read.")


def euclid_tenths(points: list[tuple[float, float]]) -> Matrix:
    """(n, n) distances in the plane, in tenths, truncated.

    Raises:
        InvalidProblem: a distance beyond ``LARGEST``.
    """
    check_size(len(points))
    at = np.array(points, np.float64).reshape(len(points), 2)
    lengths = np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1])
    if lengths.size and float(lengths.max()) * TENTHS > LARGEST:
        raise InvalidProblem("Two places are too far apart to calculate with.")
    tenths: Matrix = np.floor(lengths * TENTHS).astype(np.int64)
    return tenths
