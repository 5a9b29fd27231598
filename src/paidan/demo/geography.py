"""The map of 云川市 (Yunchuan), a city that does not exist: six adjacent territories and their estates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, radians
from random import Random

from paidan.demo.identity import seeded
from paidan.kernel.geo import METRES_PER_DEGREE, Point, ring_contains
from paidan.kernel.texts import Texts

CENTRE = Point(lat=31.05, lng=118.05)
TIME_ZONE = "Asia/Shanghai"
ESTATES_PER_TERRITORY = 14

# Corners of the six territories in kilometres east and north of the centre: three rows of four.
_CORNERS = (
    ((-11.0, -8.2), (-3.8, -8.8), (3.6, -8.4), (11.2, -7.8)),
    ((-11.6, 0.4), (-3.2, -0.6), (4.1, 0.5), (11.8, -0.3)),
    ((-10.4, 8.3), (-4.0, 8.9), (3.3, 8.2), (10.6, 8.6)),
)
_BEND_KM = 0.6

_NAMES: tuple[tuple[str, str, str], ...] = (
    ("yunhu", "云湖区", "Yunhu"),
    ("xiqiao", "溪桥区", "Xiqiao"),
    ("langang", "澜港新区", "Langang"),
    ("qinglan", "青岚区", "Qinglan"),
    ("luzhu", "鹿渚区", "Luzhu"),
    ("wangshu", "望舒区", "Wangshu"),
)
_ROADS = (
    "云溪路",
    "听澜路",
    "鹿鸣街",
    "望舒大道",
    "青禾路",
    "锦屏路",
    "桂影街",
    "石塘路",
    "海棠路",
    "松月路",
    "长堤路",
    "澄江街",
)
_FIRST = ("翠", "锦", "云", "澜", "桂", "兰", "松", "梧", "星", "月", "晴", "和", "嘉", "瑞")
_SECOND = ("屏", "川", "汀", "溪", "岸", "庭", "悦", "棠", "樾", "泽")
_LAST = ("苑", "花园", "里", "府", "公馆", "新村", "雅居")


@dataclass(frozen=True, slots=True)
class Estate:
    """A residential compound 小区: where addresses and homes are."""

    district: str
    road: str
    name: str
    place: Point


@dataclass(frozen=True, slots=True)
class Area:
    """One territory: its border as ``((lng, lat), …)``, closed, and its estates."""

    number: int
    code: str
    name: Texts
    ring: tuple[tuple[float, float], ...]
    estates: tuple[Estate, ...]


def _degrees(east_km: float, north_km: float) -> tuple[float, float]:
    lng = CENTRE.lng + east_km * 1000 / (METRES_PER_DEGREE * cos(radians(CENTRE.lat)))
    return round(lng, 5), round(CENTRE.lat + north_km * 1000 / METRES_PER_DEGREE, 5)


def _edge(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """The way from one corner to the next, without the last point, bent once.

    The bend depends on the unordered pair of corners, so neighbours share their border exactly.
    """
    low, high = sorted((start, end))
    side = 1 if round(10 * (low[0] + high[1])) % 2 else -1
    across, along = high[0] - low[0], high[1] - low[1]
    length = (across**2 + along**2) ** 0.5
    middle = (
        (low[0] + high[0]) / 2 - side * _BEND_KM * along / length,
        (low[1] + high[1]) / 2 + side * _BEND_KM * across / length,
    )
    return [_degrees(*start), _degrees(*middle)]


def _ring(row: int, column: int) -> tuple[tuple[float, float], ...]:
    south, north = _CORNERS[row], _CORNERS[row + 1]
    corners = (south[column], south[column + 1], north[column + 1], north[column])
    points = [point for place, corner in enumerate(corners) for point in _edge(corner, corners[(place + 1) % 4])]
    return (*points, points[0])


def _estates(number: int, ring: tuple[tuple[float, float], ...], rng: Random) -> tuple[Estate, ...]:
    district = _NAMES[number][1]
    names = [first + second + last for first in _FIRST for second in _SECOND for last in _LAST]
    chosen = rng.sample(names[number :: len(_NAMES)], ESTATES_PER_TERRITORY)
    return tuple(
        Estate(district, f"{rng.choice(_ROADS)}{rng.randint(1, 399)}号", name, _place_inside(ring, rng))
        for name in chosen
    )


def _place_inside(ring: tuple[tuple[float, float], ...], rng: Random) -> Point:
    lngs, lats = [corner[0] for corner in ring], [corner[1] for corner in ring]
    while True:
        point = Point(
            lat=round(rng.uniform(min(lats), max(lats)), 5),
            lng=round(rng.uniform(min(lngs), max(lngs)), 5),
        )
        if ring_contains(ring, point):
            return point


@cache
def areas() -> tuple[Area, ...]:
    """The six territories, always the same: the map does not depend on the seed."""
    found = []
    for number, (code, zh, en) in enumerate(_NAMES):
        ring = _ring(number // 3, number % 3)
        estates = _estates(number, ring, seeded(code, "estates"))
        found.append(Area(number=number, code=code, name={"zh": zh, "en": en}, ring=ring, estates=estates))
    return tuple(found)


def near(estate: Estate, area: Area, rng: Random, *, metres: float = 400) -> Point:
    """A door around an estate, inside the territory."""
    reach = metres / METRES_PER_DEGREE
    while True:
        point = Point(
            lat=round(estate.place.lat + rng.uniform(-reach, reach), 5),
            lng=round(estate.place.lng + rng.uniform(-reach, reach), 5),
        )
        if ring_contains(area.ring, point):
            return point
        reach /= 2
