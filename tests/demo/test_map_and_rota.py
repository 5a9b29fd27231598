"""The demo city's map and its pattern of shifts, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from shapely.geometry import Polygon

from paidan.demo.crew import SKILLS_OF_SEAT
from paidan.demo.geography import areas, near
from paidan.demo.identity import seeded
from paidan.demo.rota import EMERGENCY_SEATS, Seat, duties_between, duty_on, seat_of
from paidan.kernel.geo import ring_contains

FIRST = date(2026, 1, 1)
SEATS = range(1, 11)


def test_territories_touch_but_never_overlap() -> None:
    shapes = [Polygon(area.ring) for area in areas()]

    assert all(shape.is_valid for shape in shapes)
    assert all(one.intersection(other).area < 1e-12 for one, other in combinations(shapes, 2))
    assert sum(one.touches(other) for one, other in combinations(shapes, 2)) >= 7


def test_every_estate_lies_in_its_own_territory_only() -> None:
    for area in areas():
        for estate in area.estates:
            inside = [other.code for other in areas() if ring_contains(other.ring, estate.place)]
            assert inside == [area.code]


def test_doors_near_an_estate_stay_in_its_territory() -> None:
    rng = seeded(1, "doors")

    for area in areas():
        for estate in area.estates:
            assert ring_contains(area.ring, near(estate, area, rng))


@pytest.mark.parametrize("territory", range(6))
def test_at_any_hour_somebody_with_the_emergency_skills_is_on_duty(territory: int) -> None:
    spans = [
        duty.span_on(day)
        for number in EMERGENCY_SEATS
        for day, duty in duties_between(Seat(territory, number), FIRST - timedelta(days=1), FIRST + timedelta(days=30))
    ]

    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * step) for step in range(48 * 28)]
    assert all(any(span.contains(hour) for span in spans) for hour in hours)


def test_emergency_seats_hold_every_emergency_skill() -> None:
    for number in EMERGENCY_SEATS:
        assert {"locks", "plumbing", "electrics"} <= {
            code for code, level in SKILLS_OF_SEAT[number].items() if level >= 3
        }


@pytest.mark.parametrize("territory", range(6))
def test_nobody_has_two_shifts_at_once(territory: int) -> None:
    for number in SEATS:
        duties = duties_between(Seat(territory, number), FIRST, FIRST + timedelta(days=60))
        spans = [duty.span_on(day) for day, duty in duties]
        assert all(not one.overlaps(other) for one, other in pairwise(spans))


@pytest.mark.parametrize("territory", range(6))
def test_every_trade_works_every_day(territory: int) -> None:
    for offset in range(14):
        day = FIRST + timedelta(days=offset)
        held = {code for number in SEATS if duty_on(Seat(territory, number), day) for code in SKILLS_OF_SEAT[number]}
        assert held == {code for skills in SKILLS_OF_SEAT.values() for code in skills}


def test_a_staff_number_names_its_seat_and_others_name_none() -> None:
    assert seat_of(Seat(3, 12).staff_number) == Seat(3, 12)
    assert seat_of("A-17") is None
    assert seat_of("4012") is None
