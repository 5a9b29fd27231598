"""Cuts a plan into parts of neighbouring routes, each small enough to be searched thoroughly.

Routes are near when their visits are: the energy distance between two sets of points, which for places in the plane
follows the distance of their centres and needs nothing but the matrix (Székely & Rizzo 2013,
doi 10.1016/j.jspi.2013.03.018). Santini et al. (2023, doi 10.1287/ijoc.2023.1283) found centres the best of the ways
they compared of decomposing routing problems.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from paidan_engine.routing.problem import Matrix

Distances = np.ndarray[Any, np.dtype[np.float32]]

TAIL = 1.4
"""A rest smaller than this many parts is not cut once more."""


def client_distances(costs: Matrix, depots: int) -> Distances:
    """(clients, clients) symmetric distances from a cost matrix whose first rows are depots."""
    between = costs[depots:, depots:].astype(np.float32)
    return (between + between.T) * np.float32(0.5)


def route_distances(between: Distances, routes: Sequence[Sequence[int]]) -> Distances:
    """(routes, routes) energy distances between the visits of each two routes."""
    member = np.zeros((len(routes), len(between)), np.float32)
    for row, clients in enumerate(routes):
        member[row, list(clients)] = 1 / len(clients)
    mean: Distances = (member @ between @ member.T).astype(np.float32)
    inner = mean.diagonal()
    return mean + mean - inner[:, None] - inner[None, :]


def cut(distances: Distances, sizes: Sequence[int], target: int, random: np.random.Generator) -> list[list[int]]:
    """Every route in one part: the routes nearest to one drawn at random, until they have ``target`` visits."""
    left = list(range(len(sizes)))
    parts = []
    while left:
        if sum(sizes[route] for route in left) <= TAIL * target:
            parts.append(left)
            break
        centre = left[int(random.integers(len(left)))]
        near = sorted(left, key=lambda route: (float(distances[centre, route]), route))
        part, total = [], 0
        for route in near:
            part.append(route)
            total += sizes[route]
            if total >= target:
                break
        parts.append(part)
        left = [route for route in left if route not in set(part)]
    return parts
