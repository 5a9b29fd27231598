"""Slots: what is offered can be promised, what can be promised is offered, and every promise gets its technician."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations, product
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.errors import HoldLapsed, SlotTaken, TooManyHolds
from paidan.dispatch.models import PlanStop, SlotHold
from paidan.dispatch.services.holding import hold_create, hold_for, hold_release, holds_lapse
from paidan.dispatch.slots import need_of, rooms_search, slots_find, slots_free
from paidan.kernel import clock
from paidan.kernel.errors import Invalid
from paidan.kernel.geo import CITY_SPEED_METRES_PER_SECOND, DETOUR, Point, metres_between
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.workforce.models import Shift, Territory
from tests import city

pytestmark = pytest.mark.django_db


def free_windows(version: ServiceItemVersion, territory, place: Point, day) -> list[TimeSpan]:
    """What a page tells once a worker has looked for room in full windows."""
    start = city.local(day, 0)
    span = {"start": start, "end": start + timedelta(days=1), "now": clock.now()}
    while slots_find(need_of(version, place), territory, **span).is_searching:
        rooms_search()
    return [slot.window for slot in slots_free(need_of(version, place), territory, **span)]


def hold(version, window, place=city.CENTRE, holder="browser-1"):
    return hold_create(item_version=version, place=place, window=window, holder_key=holder, now=clock.now())


def test_every_offered_slot_can_be_held_alone():
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    city.make_shift(city.make_worker(territory, (skill, 3)), day)
    version = city.make_item((skill, 2), minutes=90)
    for hour in (8, 12):
        city.make_visit(territory, version, city.window(day, hour))

    windows = free_windows(version, territory, city.CENTRE, day)

    assert windows
    for window in windows:
        mark = transaction.savepoint()
        assert hold(version, window).window == window
        transaction.savepoint_rollback(mark)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["forward", "back"])
def test_every_slot_of_a_night_when_clocks_change_can_be_held(day):
    zone = ZoneInfo("Europe/Berlin")
    territory, skill = city.make_territory(), city.make_skill()
    Territory.objects.filter(pk=territory.pk).update(time_zone=zone.key)
    territory.refresh_from_db()
    worker = city.make_worker(territory, (skill, 3))
    evening = datetime.combine(day - timedelta(days=1), time(22), tzinfo=zone)
    shift = DateTimeTZRange(evening, evening + timedelta(hours=10))
    Shift.objects.create(
        technician=worker.technician, territory=territory, service_date=evening.date(), span=shift, is_on_call=True
    )
    version = city.make_item((skill, 2), minutes=20, is_round_the_clock=True)
    now = evening - timedelta(days=2)

    slots = slots_free(need_of(version, city.CENTRE), territory, start=evening, end=shift.upper, now=now)

    assert [slot.window.start.astimezone(zone).hour for slot in slots][1:3] in ([0, 2], [0, 3])
    for slot in slots:
        asked = TimeSpan(slot.window.start.astimezone(UTC), slot.window.end.astimezone(UTC))
        mark = transaction.savepoint()
        kept = hold_create(item_version=version, place=city.CENTRE, window=asked, holder_key="browser-1", now=now)
        assert kept.window == asked
        transaction.savepoint_rollback(mark)


def test_lost_slot_names_the_nearest_free_ones():
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    for hours in ((10, 12), (14, 18)):
        city.make_shift(city.make_worker(territory, (skill, 3)), day, *hours)
    version = city.make_item((skill, 2), minutes=110)
    hold(version, city.window(day, 10))

    with pytest.raises(SlotTaken) as refused:
        hold(version, city.window(day, 10), holder="browser-2")

    starts = [near["start"] for near in refused.value.facts["nearest"]]
    assert starts == [city.local(day, hour).isoformat() for hour in (12, 14, 16)]
    assert SlotHold.objects.count() == 1


def test_holds_lapse_and_free_their_window():
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    city.make_shift(city.make_worker(territory, (skill, 3)), day, 10, 12)
    version = city.make_item((skill, 2), minutes=90)
    window = city.window(day, 10)
    held = hold(version, window)
    assert window not in free_windows(version, territory, city.CENTRE, day)

    holds_lapse(held.expires_at + timedelta(seconds=1))

    assert SlotHold.objects.get().status == HoldStatus.LAPSED
    assert not PlanStop.objects.exists()
    assert window in free_windows(version, territory, city.CENTRE, day)
    with pytest.raises(HoldLapsed):
        hold_for(ref=held.ref, holder_key="browser-1", now=clock.now())


def test_two_live_holds_are_the_most_and_giving_one_back_frees_it():
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    for _ in range(3):
        city.make_shift(city.make_worker(territory, (skill, 3)), day)
    version = city.make_item((skill, 2))
    first = hold(version, city.window(day, 8))
    hold(version, city.window(day, 10))
    with pytest.raises(TooManyHolds):
        hold(version, city.window(day, 12))

    hold_release(ref=first.ref, holder_key="browser-1", now=clock.now())

    assert hold(version, city.window(day, 12)).ref


def test_holding_the_same_window_again_is_the_same_hold():
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    city.make_shift(city.make_worker(territory, (skill, 3)), day)
    version = city.make_item((skill, 2), minutes=110)

    first = hold(version, city.window(day, 10))

    assert hold(version, city.window(day, 10)) == first
    assert SlotHold.objects.count() == PlanStop.objects.count() == 1


def test_address_outside_all_territories_is_a_field_error():
    version = city.make_item((city.make_skill(), 1))
    city.make_territory()

    with pytest.raises(Invalid) as refused:
        hold(version, city.window(city.tomorrow(), 10), place=Point(10.0, 10.0))

    assert "address" in refused.value.fields


@pytest.mark.parametrize("offset", [timedelta(days=-2), timedelta(minutes=17), timedelta(days=200)])
def test_window_off_the_grid_is_a_field_error(offset):
    version = city.make_item((city.make_skill(), 1))
    city.make_territory()
    window = city.window(city.tomorrow(), 10)

    with pytest.raises(Invalid) as refused:
        hold(version, TimeSpan(window.start + offset, window.end + offset))

    assert "window" in refused.value.fields


def seconds_between(a: Point, b: Point) -> float:
    return metres_between(a, b) * DETOUR / CITY_SPEED_METRES_PER_SECOND


def order_is_possible(home: Point, shift: tuple[float, float], jobs) -> bool:
    """Simulate one order: leave as early as possible, wait for each window to open."""
    at, free = home, shift[0]
    for place, opens, closes, minutes in jobs:
        start = max(opens, free + seconds_between(at, place))
        if start > closes + 1:
            return False
        at, free = place, start + minutes * 60
    return free <= shift[1] + 1


def brute_force(people, jobs) -> bool:
    """Whether some technician for each job and some order of each technician's jobs keeps every window."""
    able = [[n for n, (_, _, level) in enumerate(people) if level >= job[4]] for job in jobs]
    for choice in product(*able):
        of = [[job[:4] for job, who in zip(jobs, choice, strict=True) if who == n] for n in range(len(people))]
        if all(
            any(order_is_possible(people[n][0], people[n][1], order) for order in permutations(of[n]))
            for n in range(len(people))
        ):
            return True
    return False


@pytest.mark.parametrize("seed", range(20))
def test_offered_slots_are_exactly_those_some_plan_can_promise(seed):
    random = Random(seed)
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()

    def place() -> Point:
        return Point(31.0 + random.random() * 0.1, 121.0 + random.random() * 0.1)

    people = []
    for _ in range(2):
        home, level, hours = place(), random.choice([2, 4]), random.choice([(8, 14), (9, 15), (8, 18)])
        city.make_shift(city.make_worker(territory, (skill, level), home=home, load_cap=20), day, *hours)
        people.append((home, tuple(city.local(day, h).timestamp() for h in hours), level))
    versions = [
        (city.make_item((skill, need), minutes=minutes), need) for need, minutes in ((1, 60), (2, 100), (4, 150))
    ]
    jobs = []
    for _ in range(5):
        (version, need), where = random.choice(versions), place()
        windows = free_windows(version, territory, where, day)
        if windows:
            window = random.choice(windows)
            city.make_visit(territory, version, window, place=where)
            jobs.append((where, window.start.timestamp(), window.end.timestamp(), version.duration_minutes, need))

    for version, need in versions:
        where = place()
        offered = free_windows(version, territory, where, day)
        possible = [
            window
            for window in (city.window(day, hour) for hour in range(8, 20, 2))
            if brute_force(
                people,
                [*jobs, (where, window.start.timestamp(), window.end.timestamp(), version.duration_minutes, need)],
            )
        ]
        assert offered == possible
    assert Visit.objects.count() == len(jobs)
