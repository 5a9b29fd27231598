"""Places on the ground: WGS-84 inside, converted only at the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, hypot, radians

from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import Polygon

METRES_PER_DEGREE = 111_320.0
CITY_SPEED_METRES_PER_SECOND = 6.5
DETOUR = 1.3


@dataclass(frozen=True, slots=True)
class Point:
    """Latitude and longitude in degrees, WGS-84."""

    lat: float
    lng: float


def metres_between(a: Point, b: Point) -> float:
    """Straight-line distance in metres (equirectangular: exact enough within a city)."""
    east = (b.lng - a.lng) * METRES_PER_DEGREE * cos(radians((a.lat + b.lat) / 2))
    north = (b.lat - a.lat) * METRES_PER_DEGREE
    return hypot(east, north)


def travel_seconds(a: Point, b: Point) -> int:
    """Travel time without a map service: straight line × detour at city speed."""
    return round(metres_between(a, b) * DETOUR / CITY_SPEED_METRES_PER_SECOND)


@lru_cache(maxsize=512)
def _polygon(ring: tuple[tuple[float, float], ...]) -> Polygon:
    return Polygon(ring)


def ring_contains(ring: Sequence[Sequence[float]], point: Point) -> bool:
    """Whether a polygon given as ``[[lng, lat], …]`` (GeoJSON order) covers the point."""
    polygon = _polygon(tuple((float(corner[0]), float(corner[1])) for corner in ring))
    return bool(polygon.covers(ShapelyPoint(point.lng, point.lat)))
