"""Borders of territories: closed rings that do not cross themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from shapely.geometry import LinearRing, Polygon
from shapely.geometry import Point as ShapelyPoint
from shapely.validation import explain_validity

from paidan.kernel.errors import Invalid
from paidan.kernel.geo import Point

Ring = list[list[float]]
LEAST_CORNERS = 4
MOST_CORNERS = 5000


def ring_checked(ring: object) -> Ring:
    """The border as ``[[longitude, latitude], …]``, closed, WGS-84.

    Raises:
        Invalid: it is no such list, it is open, it crosses itself or it encloses nothing; the sentence says which.
    """
    if not isinstance(ring, list) or not all(map(_is_corner, ring)):
        raise _refused(_("A border is a list of corners: [[longitude, latitude], …]."))
    corners = [[float(corner[0]), float(corner[1])] for corner in cast("list[Sequence[float]]", ring)]
    if not LEAST_CORNERS <= len(corners) <= MOST_CORNERS:
        raise _refused(_("A border has at least three corners, and its first corner again at the end."))
    if corners[0] != corners[-1]:
        raise _refused(_("The border is not closed: repeat its first corner at the end."))
    if not LinearRing(corners).is_simple:
        raise _refused(_("The border crosses itself (%(place)s).") % {"place": _crossing(corners)})
    if Polygon(corners).area == 0:
        raise _refused(_("The border encloses nothing."))
    return corners


@lru_cache(maxsize=256)
def middle_of(ring: tuple[tuple[float, float], ...]) -> Point:
    """The centroid of a border, or for bent districts a point that is surely inside."""
    shape = Polygon(ring)
    centre = shape.centroid
    inside = centre if shape.covers(ShapelyPoint(centre.x, centre.y)) else shape.representative_point()
    return Point(round(inside.y, 6), round(inside.x, 6))


def _is_corner(corner: object) -> bool:
    if not isinstance(corner, list | tuple) or len(corner) != 2:
        return False
    numbers = all(isinstance(part, int | float) and not isinstance(part, bool) for part in corner)
    return numbers and _lies_on_earth(float(corner[0]), float(corner[1]))


def _lies_on_earth(lng: float, lat: float) -> bool:
    return math.isfinite(lng) and math.isfinite(lat) and -180 <= lng <= 180 and -90 <= lat <= 90


def _crossing(corners: Ring) -> str:
    # “Self-intersection[121.05 31.05]”
    return explain_validity(Polygon(corners)).partition("[")[2].rstrip("]") or "?"


def _refused(sentence: StrOrPromise) -> Invalid:
    return Invalid(fields={"ring": sentence})
