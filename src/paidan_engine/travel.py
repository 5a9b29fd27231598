"""How long it takes to get from one place to another."""

from collections.abc import Sequence
from math import ceil, cos, hypot, radians
from typing import Any, Protocol

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Place

EARTH_RADIUS_METRES = 6_371_008.8  # IUGG mean radius


class Travel(Protocol):
    """Travel time; zero when a place is unknown."""

    def travel(self, origin: Place, destination: Place, /) -> int:
        """Seconds from origin to destination, never negative."""


class StraightLineTravel:
    """Equirectangular metres × detour at one speed, rounded up to whole seconds and remembered."""

    def __init__(self, speed_m_per_s: float, detour: float = 1.3) -> None:
        if speed_m_per_s <= 0:
            raise InvalidProblem("The travel speed must be above 0 metres per second.")
        if detour < 1:
            raise InvalidProblem("The detour factor must be at least 1.")
        self._seconds_per_metre = detour / speed_m_per_s
        self._known: dict[tuple[Place, Place], int] = {}

    def travel(self, origin: Place, destination: Place, /) -> int:
        """Seconds from origin to destination."""
        pair = (origin, destination)
        seconds = self._known.get(pair)
        if seconds is None:
            seconds = ceil(straight_metres(origin, destination) * self._seconds_per_metre)
            self._known[pair] = seconds
        return seconds

    def legs(self, places: np.ndarray[Any, np.dtype[np.float64]], place: Place) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Seconds between each of (n, 2) latitudes and longitudes and one place, either way; (n,)."""
        if place is None:
            return np.zeros(len(places), np.int64)
        metres = straight_metres_from(place, places)
        return np.nan_to_num(np.ceil(metres * self._seconds_per_metre)).astype(np.int64)


class NoTravel:
    """Everybody is everywhere at once: what a plan could be if distance did not matter."""

    def travel(self, origin: Place, destination: Place, /) -> int:
        """Zero seconds."""
        return 0


def straight_metres(origin: Place, destination: Place) -> float:
    """Metres of the straight line, by the equirectangular projection at the mean latitude."""
    if origin is None or destination is None:
        return 0.0
    north = radians(destination[0] - origin[0])
    turn = (destination[1] - origin[1] + 180) % 360 - 180  # the short way across the date line
    east = radians(turn) * cos(radians((origin[0] + destination[0]) / 2))
    return EARTH_RADIUS_METRES * hypot(north, east)


def straight_metres_from(
    place: tuple[float, float], places: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(n,) metres of ``straight_metres`` from one place to (n, 2) others; NaN stays NaN."""
    north = np.radians(places[:, 0] - place[0])
    turn = (places[:, 1] - place[1] + 180) % 360 - 180
    east = np.radians(turn) * np.cos(np.radians((places[:, 0] + place[0]) / 2))
    metres: np.ndarray[Any, np.dtype[np.float64]] = EARTH_RADIUS_METRES * np.hypot(north, east)
    return metres


def legs_between(
    travel: Travel, places: np.ndarray[Any, np.dtype[np.float64]], place: Place, *, back: bool = False
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Seconds from each of (n, 2) places, NaN where unknown, to one place; ``back`` is the way from it; (n,)."""
    if isinstance(travel, StraightLineTravel):
        return travel.legs(places, place)
    known = [None if np.isnan(lat) else (float(lat), float(lng)) for lat, lng in places]
    if place is None:
        return np.zeros(len(known), np.int64)
    ways = ((place, other) if back else (other, place) for other in known)
    seconds = (0 if None in way else travel.travel(*way) for way in ways)
    return np.fromiter(seconds, np.int64, len(known))


def straight_matrix(places: Sequence[tuple[float, float]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(n, n) metres of ``straight_metres`` between (latitude, longitude) pairs, in one go."""
    north, east = np.radians(np.array(places, np.float64).reshape(len(places), 2).T)
    turn = (east[None, :] - east[:, None] + np.pi) % (2 * np.pi) - np.pi
    across = turn * np.cos((north[None, :] + north[:, None]) / 2)
    metres: np.ndarray[Any, np.dtype[np.float64]] = np.hypot(north[None, :] - north[:, None], across)
    return metres * EARTH_RADIUS_METRES
