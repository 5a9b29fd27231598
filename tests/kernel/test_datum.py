"""Coordinates at the edge, against pairs that public converters (eviltransform, coordtransform) publish."""

from __future__ import annotations

import pytest

from paidan.kernel.datum import bd09_of, gcj02_of
from paidan.kernel.geo import Point, metres_between

TOLERANCE_METRES = 3.0


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        (Point(31.1774276, 121.5272106), Point(31.17530398364597, 121.531541859215)),
        (Point(22.543847, 113.912316), Point(22.540796131694766, 113.9171764808363)),
        (Point(39.911954, 116.377817), Point(39.91334545536069, 116.38404722455657)),
        (Point(39.915, 116.404), Point(39.91640428150164, 116.41024449916938)),
    ],
    ids=["Shanghai", "Shenzhen", "Beijing", "Tiananmen"],
)
def test_chinese_maps_get_what_their_converters_say(wgs84: Point, gcj02: Point) -> None:
    assert metres_between(gcj02_of(wgs84), gcj02) < 0.01


def test_baidu_gets_what_its_converter_says() -> None:
    # The pair of Tiananmen in GCJ-02: (39.915, 116.404) comes from this WGS-84 place and leads to this BD-09 place.
    wgs84 = Point(39.91359571849836, 116.39775550083061)

    assert metres_between(gcj02_of(wgs84), Point(39.915, 116.404)) < TOLERANCE_METRES
    assert metres_between(bd09_of(wgs84), Point(39.92133699351021, 116.41036949371029)) < TOLERANCE_METRES


@pytest.mark.parametrize("place", [Point(30.659, 104.063), Point(45.80, 126.53), Point(18.25, 109.51)])
def test_the_shift_is_some_hundred_metres_everywhere_in_china(place: Point) -> None:
    assert 100 < metres_between(place, gcj02_of(place)) < 900
    assert 500 < metres_between(gcj02_of(place), bd09_of(place)) < 1_500


@pytest.mark.parametrize("place", [Point(48.8584, 2.2945), Point(-33.86, 151.21), Point(40.69, -74.04), Point(0, 0)])
def test_places_abroad_stay_where_they_are(place: Point) -> None:
    assert gcj02_of(place) == place
    assert bd09_of(place) == place
