"""Places in the plane, who may serve what, and what a pair costs there."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np

from paidan_engine.matching.arcs import Floats, Ints
from paidan_engine.problem import Place
from paidan_engine.travel import EARTH_RADIUS_METRES

MILLIMETRES = 1_000
"""Of a metre; distances are costed in whole ones."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where tasks and technicians are: rows (x, y) in metres."""

    tasks: Floats
    technicians: Floats


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that ask the same, and the technicians eligible for them, by number."""

    tasks: Ints
    technicians: Ints


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs in columns, by task."""

    task: Ints
    technician: Ints


def projected(tasks: Sequence[Place], technicians: Sequence[Place]) -> Located:
    """Latitudes and longitudes as metres in the plane around their middle (equirectangular); unknown ones as (0, 0)."""
    places = [*tasks, *technicians]
    known = [place for place in places if place is not None]
    if not known:
        return Located(np.zeros((len(tasks), 2)), np.zeros((len(technicians), 2)))
    south, west = known[0]
    degree = radians(1) * EARTH_RADIUS_METRES
    shrink = cos(radians((min(place[0] for place in known) + max(place[0] for place in known)) / 2))
    rows = [
        (((p[1] - west + 180) % 360 - 180) * degree * shrink, (p[0] - south) * degree) if p else (0.0, 0.0)
        for p in places
    ]
    points = np.array(rows, np.float64)
    return Located(points[: len(tasks)], points[len(tasks) :])
