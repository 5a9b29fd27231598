"""Coordinates at the edge: Chinese maps shift WGS-84 to GCJ-02, and Baidu shifts that again to BD-09.

The polynomials are those in public use since 2010 (e.g. the eviltransform project); they agree with the
map providers' own converters to a few metres within China and leave places outside it alone.
"""

from __future__ import annotations

from math import atan2, cos, pi, radians, sin, sqrt

from paidan.kernel.geo import Point

_SEMI_MAJOR = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_BAIDU_PI = pi * 3000.0 / 180.0


def _is_outside_china(place: Point) -> bool:
    return not (73.66 < place.lng < 135.05 and 3.86 < place.lat < 53.55)


def _waves(x: float) -> float:
    return (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0


def _lat_shift(x: float, y: float) -> float:
    shift = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + _waves(x)
    shift += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    return shift + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0


def _lng_shift(x: float, y: float) -> float:
    shift = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + _waves(x)
    shift += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    return shift + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0


def gcj02_of(place: Point) -> Point:
    """WGS-84 → GCJ-02, as AMap, Tencent and Google (within China) expect it."""
    if _is_outside_china(place):
        return place
    x, y = place.lng - 105.0, place.lat - 35.0
    latitude = radians(place.lat)
    root = 1.0 - _ECCENTRICITY_SQUARED * sin(latitude) ** 2
    metres_lat = _SEMI_MAJOR * (1.0 - _ECCENTRICITY_SQUARED) / (root * sqrt(root))
    metres_lng = _SEMI_MAJOR / sqrt(root) * cos(latitude)
    return Point(
        lat=place.lat + _lat_shift(x, y) * 180.0 / (metres_lat * pi),
        lng=place.lng + _lng_shift(x, y) * 180.0 / (metres_lng * pi),
    )


def bd09_of(place: Point) -> Point:
    """WGS-84 → BD-09, as Baidu expects it."""
    if _is_outside_china(place):
        return place
    shifted = gcj02_of(place)
    radius = sqrt(shifted.lng**2 + shifted.lat**2) + 0.00002 * sin(shifted.lat * _BAIDU_PI)
    angle = atan2(shifted.lat, shifted.lng) + 0.000003 * cos(shifted.lng * _BAIDU_PI)
    return Point(lat=radius * sin(angle) + 0.006, lng=radius * cos(angle) + 0.0065)
