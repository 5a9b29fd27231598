"""The crew's time changes: promises that lose their place find another, and the desk hears of those that do not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.models import PlanStop, SlotHold
from paidan.dispatch.services import availability_follow, hold_create, visit_assign
from paidan.kernel import clock
from paidan.kernel.geo import Point
from paidan.visits.models import Visit
from paidan.workforce.constants import AbsenceKind
from paidan.workforce.models import TechnicianSkill
from paidan.workforce.services import absence_cancel, absence_create, technician_changed
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from tests import city

pytestmark = pytest.mark.django_db


@pytest.fixture
def day() -> date:
    return city.tomorrow()


def holder_of(visit: Visit) -> int | None:
    """In whose shift a visit is planned."""
    return PlanStop.objects.filter(visit=visit).values_list("shift__technician", flat=True).first()


def at_risk(visit: Visit) -> list[str]:
    return list(
        WorkItem.objects.filter(kind=WorkKind.PROMISE_AT_RISK, subject_ref=visit.ref).values_list("status", flat=True)
    )


def test_promises_of_a_technician_on_leave_move_to_who_can_keep_them(day: date) -> None:
    skill, area = city.make_skill(), city.make_territory()
    ill, there = (city.make_worker(area, (skill, 3)) for _ in range(2))
    city.make_shift(ill, day)
    visits = [city.make_visit(area, city.make_item((skill, 1)), city.window(day, hour)) for hour in (9, 13)]
    city.make_shift(there, day)
    assert {holder_of(visit) for visit in visits} == {ill.pk}
    morning = city.window(day, 8, hours=4)

    absence_create(technician_id=ill.pk, kind=AbsenceKind.ILLNESS, span=morning)
    lost = availability_follow(technician_id=ill.pk, span=morning, now=clock.now())

    assert lost == 0
    assert [holder_of(visit) for visit in visits] == [there.pk, ill.pk]
    assert at_risk(visits[0]) == []


def test_a_promise_nobody_else_can_keep_is_at_risk_until_somebody_is_back(day: date) -> None:
    skill, area = city.make_skill(), city.make_territory()
    only = city.make_worker(area, (skill, 3))
    city.make_shift(only, day)
    visit = city.make_visit(area, city.make_item((skill, 1)), city.window(day, 10))
    span = city.window(day, 8, hours=10)

    absence = absence_create(technician_id=only.pk, kind=AbsenceKind.ILLNESS, span=span)
    assert availability_follow(technician_id=only.pk, span=span, now=clock.now()) == 1
    assert availability_follow(technician_id=only.pk, span=span, now=clock.now()) == 0
    visit.refresh_from_db()
    assert (holder_of(visit), visit.planned_start_at, at_risk(visit)) == (None, None, ["open"])

    absence_cancel(absence.pk, now=clock.now())
    assert availability_follow(technician_id=only.pk, span=span, now=clock.now()) == 0
    visit.refresh_from_db()
    assert holder_of(visit) == only.pk
    assert visit.planned_start_at is not None
    assert at_risk(visit) == ["done"]


def test_a_lost_skill_takes_promises_away_but_not_what_is_assigned(day: date) -> None:
    skill, area = city.make_skill(), city.make_territory()
    worker, other = (city.make_worker(area, (skill, 3)) for _ in range(2))
    city.make_shift(worker, day)
    promised, assigned = (city.make_visit(area, city.make_item((skill, 1)), city.window(day, hour)) for hour in (9, 13))
    visit_assign(
        visit_ref=assigned.ref, technician_ref=worker.technician.ref, actor=city.make_dispatcher(area), now=clock.now()
    )
    city.make_shift(other, day)

    TechnicianSkill.objects.filter(technician=worker.pk).delete()
    technician_changed(worker.pk, now=clock.now())
    lost = availability_follow(technician_id=worker.pk, span=city.window(day, 0, hours=24), now=clock.now())

    assert lost == 0
    assert (holder_of(promised), holder_of(assigned)) == (other.pk, worker.pk)


def test_a_hold_that_loses_its_place_ends(day: date) -> None:
    skill, area = city.make_skill(), city.make_territory()
    worker = city.make_worker(area, (skill, 3))
    city.make_shift(worker, day)
    held = hold_create(
        item_version=city.make_item((skill, 1)),
        place=Point(31.05, 121.05),
        window=city.window(day, 10),
        holder_key="somebody",
        now=clock.now(),
    )
    span = city.window(day, 8, hours=10)

    absence_create(technician_id=worker.pk, kind=AbsenceKind.ILLNESS, span=span)
    availability_follow(technician_id=worker.pk, span=span, now=clock.now())

    assert SlotHold.objects.get(ref=held.ref).status == HoldStatus.LAPSED
    assert not PlanStop.objects.exists()


def test_days_that_are_over_are_left_alone(day: date) -> None:
    skill, area = city.make_skill(), city.make_territory()
    worker = city.make_worker(area, (skill, 3))
    city.make_shift(worker, day)
    visit = city.make_visit(area, city.make_item((skill, 1)), city.window(day, 10))

    lost = availability_follow(
        technician_id=worker.pk, span=city.window(day, 8, hours=10), now=clock.now() + timedelta(days=5)
    )

    assert (lost, holder_of(visit)) == (0, worker.pk)
