"""The emergency reserve, and what is named when nothing fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.errors import SlotTaken
from paidan.dispatch.services.holding import hold_create
from paidan.dispatch.slots import Need, RelaxationKind, need_of, relaxation_find, slots_free
from paidan.kernel import clock
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory
from paidan_engine.repair import spare_of
from tests import city
from tests.engine.day_plans import day_plans

pytestmark = pytest.mark.django_db


def _span(day: date, days: int = 1) -> TimeSpan:
    start = city.local(day, 0)
    return TimeSpan(start, start + timedelta(days=days))


def _free(need: Need, territory: Territory, span: TimeSpan) -> list[int]:
    slots = slots_free(need, territory, start=span.start, end=span.end, now=clock.now())
    return [slot.window.start.hour for slot in slots]


@pytest.fixture
def day() -> date:
    return city.tomorrow()


@pytest.fixture
def scene(day: date) -> tuple[Territory, ServiceItemVersion]:
    """Four hours of work, half of them a reserve."""
    territory, skill = city.make_territory(), city.make_skill()
    Territory.objects.filter(pk=territory.pk).update(reserve_percent=50)
    territory.refresh_from_db()
    city.make_shift(city.make_worker(territory, (skill, 3)), day, 8, 12)
    return territory, city.make_item((skill, 3), minutes=60)


def test_ordinary_bookings_leave_the_reserve_and_urgent_ones_use_it(scene, day: date) -> None:
    territory, version = scene
    need = need_of(version, city.CENTRE)
    urgent = replace(need, is_urgent=True)
    window = city.window(day, 8)

    def hold(holder: str, *, is_urgent: bool = False) -> None:
        hold_create(
            item_version=version,
            place=city.CENTRE,
            window=window,
            holder_key=holder,
            now=clock.now(),
            is_urgent=is_urgent,
        )

    assert _free(need, territory, _span(day)) == _free(urgent, territory, _span(day)) == [8, 10]
    hold("first")
    hold("second")
    assert _free(need, territory, _span(day)) == []
    assert _free(urgent, territory, _span(day)) == [8, 10]
    with pytest.raises(SlotTaken):
        hold("third")
    hold("third", is_urgent=True)


def test_what_only_the_reserve_has_room_for_is_named_as_urgent(scene, day: date) -> None:
    territory, version = scene
    for _ in range(2):
        city.make_visit(territory, version, city.window(day, 8))

    found = relaxation_find(need_of(version, city.CENTRE), territory, _span(day), now=clock.now())

    assert found is not None
    assert (found.kind, found.slot.window.start) == (RelaxationKind.URGENT, city.local(day, 8))


def test_the_smallest_relaxation_is_named(day: date) -> None:
    territory, skill = city.make_territory(), city.make_skill()
    version = city.make_item((skill, 3), minutes=60)
    need = need_of(version, city.CENTRE)

    def named() -> RelaxationKind | None:
        found = relaxation_find(need, territory, _span(day), now=clock.now())
        return None if found is None else found.kind

    assert named() is None
    neighbour = city.make_territory(ring=[[121.1, 31.0], [121.2, 31.0], [121.2, 31.1], [121.1, 31.1], [121.1, 31.0]])
    city.make_shift(city.make_worker(neighbour, (skill, 3)), day)
    assert named() == RelaxationKind.NEIGHBOUR
    city.make_shift(city.make_worker(territory, (skill, 2)), day)
    assert named() == RelaxationKind.LEVEL
    city.make_shift(city.make_worker(territory, (skill, 3)), day, 5, 8)
    assert named() == RelaxationKind.OFF_HOURS
    city.make_shift(city.make_worker(territory, (skill, 3)), day + timedelta(days=3))
    assert named() == RelaxationKind.LATER


@settings(deadline=None)
@given(day_plans())
def test_what_is_free_never_exceeds_what_is_on_duty_and_shrinks_with_time(case) -> None:
    plan, travel, now = case

    spare, later = spare_of(plan, travel, now), spare_of(plan, travel, now + 5)

    assert 0 <= spare.free <= spare.on_duty
    assert later.on_duty <= spare.on_duty
