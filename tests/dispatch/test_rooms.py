"""Free windows follow every change at once, and full ones are searched for room by a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.constants import SearchVerdict
from paidan.dispatch.models import RoomSearch
from paidan.dispatch.services.holding import hold_create, hold_release
from paidan.dispatch.slots import days, need_of, rooms_forget, rooms_search, slots_find, slots_free
from paidan.kernel import clock
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.workforce.constants import CommitmentKind
from paidan.workforce.models import Commitment, Shift, Technician, TechnicianSkill, Territory
from tests import city

pytestmark = pytest.mark.django_db

FAR = Point(city.CENTRE.lat + 0.04, city.CENTRE.lng)


@dataclass(frozen=True)
class Scene:
    """One technician with a day's shift and one promise in it."""

    territory: Territory
    day: date
    shift: Shift
    version: ServiceItemVersion
    visit: Visit

    def free(self) -> list[int]:
        """Local hours of the windows free for a service of 100 minutes."""
        start = city.local(self.day, 0)
        need = need_of(self.version, city.CENTRE)
        slots = slots_free(need, self.territory, start=start, end=start + timedelta(days=1), now=clock.now())
        return [slot.window.start.hour for slot in slots]


@pytest.fixture
def scene() -> Scene:
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    shift = city.make_shift(city.make_worker(territory, (skill, 3)), day, 8, 12)
    version = city.make_item((skill, 2), minutes=100)
    return Scene(territory, day, shift, version, city.make_visit(territory, version, city.window(day, 10)))


def _longer_shift(scene: Scene) -> None:
    Shift.objects.filter(pk=scene.shift.pk).update(
        span=DateTimeTZRange(city.local(scene.day, 8), city.local(scene.day, 20))
    )


def _another_shift(scene: Scene) -> None:
    skill = scene.version.needs.get().skill
    city.make_shift(city.make_worker(scene.territory, (skill, 3)), scene.day, 16, 20)


def _leave(scene: Scene) -> None:
    Commitment.objects.create(
        technician_id=scene.shift.technician_id,
        kind=CommitmentKind.ABSENCE,
        subject_id=1,
        work=DateTimeTZRange(city.local(scene.day, 8), city.local(scene.day, 11)),
        span=DateTimeTZRange(city.local(scene.day, 8), city.local(scene.day, 11)),
    )


def _paused(scene: Scene) -> None:
    Technician.objects.filter(pk=scene.shift.technician_id).update(paused_at=clock.now())


def _lower_skill(scene: Scene) -> None:
    TechnicianSkill.objects.filter(technician_id=scene.shift.technician_id).update(level=1)


def _another_promise(scene: Scene) -> None:
    city.make_visit(scene.territory, scene.version, city.window(scene.day, 8))


def _held(scene: Scene) -> None:
    window = city.window(scene.day, 8)
    hold_create(item_version=scene.version, place=city.CENTRE, window=window, holder_key="somebody", now=clock.now())


def _shorter_visit(scene: Scene) -> None:
    Visit.objects.filter(pk=scene.visit.pk).update(duration_minutes=10)


CHANGES = [_longer_shift, _another_shift, _leave, _paused, _lower_skill, _another_promise, _held, _shorter_visit]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_of_a_day_is_never_older_than_the_day(scene: Scene, change: Callable[[Scene], None]) -> None:
    before = scene.free()

    change(scene)

    after = scene.free()
    days._kept = days._Kept(days.KEPT_DAYS)
    assert after == scene.free()
    assert after != before


def test_a_hold_given_back_and_a_hold_that_lapses_are_free_at_once(scene: Scene) -> None:
    before, window = scene.free(), city.window(scene.day, 8)
    kept = hold_create(
        item_version=scene.version, place=city.CENTRE, window=window, holder_key="somebody", now=clock.now()
    )
    held = scene.free()
    hold_release(ref=kept.ref, holder_key="somebody", now=clock.now())

    assert held != before
    assert scene.free() == before

    kept = hold_create(
        item_version=scene.version, place=city.CENTRE, window=window, holder_key="somebody", now=clock.now()
    )
    assert scene.free() == held
    start = city.local(scene.day, 0)
    late = kept.expires_at + timedelta(seconds=1)  # nothing is written when its time is over
    free = slots_free(
        need_of(scene.version, city.CENTRE), scene.territory, start=start, end=start + timedelta(days=1), now=late
    )
    assert [slot.window.start.hour for slot in free] == before


@pytest.fixture
def crowded() -> tuple[Territory, ServiceItemVersion, TimeSpan]:
    """The window is full by insertion; there is room once the simple work is passed to the other technician."""
    day, territory, skill = city.tomorrow(), city.make_territory(), city.make_skill()
    city.make_shift(city.make_worker(territory, (skill, 4)), day, 10, 12)
    city.make_shift(city.make_worker(territory, (skill, 1), home=FAR), day, 10, 12)
    city.make_visit(territory, city.make_item((skill, 1), minutes=90), city.window(day, 10))
    return territory, city.make_item((skill, 4), minutes=90), city.window(day, 10)


def _find(crowded: tuple[Territory, ServiceItemVersion, TimeSpan], **later: int):
    territory, version, window = crowded
    now = clock.now() + timedelta(**later)
    return slots_find(need_of(version, city.CENTRE), territory, start=window.start, end=window.end, now=now)


def test_a_worker_finds_room_that_insertion_does_not(crowded) -> None:
    first = _find(crowded)
    rooms_search()
    second = _find(crowded)

    assert (first.slots, first.is_searching) == ((), True)
    assert [slot.window for slot in second.slots] == [crowded[2]]
    assert not second.is_searching
    _territory, version, window = crowded
    hold_create(item_version=version, place=city.CENTRE, window=window, holder_key="somebody", now=clock.now())


def test_a_verdict_is_of_its_plan_only(crowded) -> None:
    _find(crowded)
    rooms_search()
    _territory, version, window = crowded
    hold_create(item_version=version, place=city.CENTRE, window=window, holder_key="somebody", now=clock.now())

    again = _find(crowded)
    rooms_search()

    assert (again.slots, again.is_searching) == ((), True)
    assert _find(crowded).slots == ()
    assert RoomSearch.objects.get().verdict == SearchVerdict.PROVEN


def test_a_question_lost_with_its_worker_is_asked_again(crowded) -> None:
    _find(crowded)
    asked = RoomSearch.objects.get().asked_at

    assert _find(crowded, seconds=5).is_searching
    assert RoomSearch.objects.get().asked_at == asked
    assert _find(crowded, seconds=20).is_searching
    assert RoomSearch.objects.get().asked_at > asked


def test_a_window_in_which_nobody_works_is_not_searched() -> None:
    territory, skill = city.make_territory(), city.make_skill()
    day = city.tomorrow()
    city.make_shift(city.make_worker(territory, (skill, 1)), day)
    version = city.make_item((skill, 2))
    start = city.local(day, 0)

    found = slots_find(
        need_of(version, city.CENTRE), territory, start=start, end=start + timedelta(days=1), now=clock.now()
    )

    assert (found.slots, found.is_searching) == ((), False)
    assert not RoomSearch.objects.exists()


def test_what_was_asked_is_forgotten_after_an_hour(crowded) -> None:
    _find(crowded)

    rooms_forget(now=clock.now() + timedelta(minutes=59))
    assert RoomSearch.objects.exists()
    rooms_forget(now=clock.now() + timedelta(minutes=61))
    assert not RoomSearch.objects.exists()
