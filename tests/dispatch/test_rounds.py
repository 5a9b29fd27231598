"""The rounds of the worker: what fails for one visit, offer or territory does not hold up the others."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from paidan.accounts.constants import RoleCode
from paidan.booking.services import booking_hold_again, booking_reschedule
from paidan.catalog.constants import DispatchMode
from paidan.dispatch.constants import DecisionOutcome, HoldStatus, OfferStatus
from paidan.dispatch.models import Decision, Offer, SlotHold
from paidan.dispatch.services import assigning, assignment_decline, dispatching, hold_create, holding
from paidan.dispatch.services.assigning import assignments_lapse
from paidan.dispatch.services.dispatching import dispatch_tick
from paidan.dispatch.services.holding import holds_lapse
from paidan.kernel import clock
from paidan.kernel.settings import ACCEPT_SECONDS
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Assignment, Visit
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import make_scene

pytestmark = pytest.mark.django_db
AT_ONCE = DispatchMode.ASSIGN_AT_ONCE


@pytest.fixture
def day() -> date:
    return city.tomorrow()


@pytest.fixture(autouse=True)
def _nobody_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "_next_try", {})


def broken_offer(visit: Visit) -> Offer:
    """An offer that is due, of a visit that is not in the hall: closing it is refused, again and again."""
    offer = city.make_offer(visit, seconds=1)
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.ACCEPTED)
    return offer


def test_an_offer_that_cannot_be_closed_holds_up_neither_its_territory_nor_the_next(day: date) -> None:
    skill = city.make_skill()
    first, second = city.make_territory(), city.make_territory()
    for area in (first, second):
        city.make_shift(city.make_worker(area, (skill, 3)), day)
    version = city.make_item((skill, 1), mode=AT_ONCE)
    grabbed = city.make_item((skill, 1))
    broken = broken_offer(city.make_visit(first, grabbed, city.window(day, 8)))
    due = city.make_offer(city.make_visit(first, grabbed, city.window(day, 10)), seconds=2)
    here = city.make_visit(first, version, city.window(day, 14))
    there = city.make_visit(second, version, city.window(day, 14))

    dispatch_tick(clock.now() + timedelta(seconds=5))

    for row in (broken, due, here, there):
        row.refresh_from_db()
    assert (broken.status, due.status) == (OfferStatus.OPEN, OfferStatus.LAPSED)
    assert (here.status, there.status) == (VisitStatus.ASSIGNED, VisitStatus.ASSIGNED)


def test_an_assignment_that_cannot_be_taken_back_does_not_hold_up_the_next(
    day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    skill, area = city.make_skill(), city.make_territory()
    city.make_shift(city.make_worker(area, (skill, 3)), day)
    version = city.make_item((skill, 1), mode=AT_ONCE)
    bad, good = (city.make_visit(area, version, city.window(day, hour)) for hour in (8, 14))
    dispatch_tick(clock.now())
    end = assigning.assignment_end

    def failing(*, visit_id: int, reason: str, now: object, text: str = "") -> Assignment | None:
        if visit_id == bad.pk:
            raise ArithmeticError
        return end(visit_id=visit_id, reason=reason, now=now, text=text)

    monkeypatch.setattr(assigning, "assignment_end", failing)
    assignments_lapse(clock.now() + timedelta(seconds=ACCEPT_SECONDS.value() + 1))

    for visit in (bad, good):
        visit.refresh_from_db()
    assert (bad.status, good.status) == (VisitStatus.ASSIGNED, VisitStatus.PENDING)


def test_a_hold_that_cannot_be_ended_does_not_hold_up_the_next(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    skill, area = city.make_skill(), city.make_territory()
    city.make_shift(city.make_worker(area, (skill, 3)), day)
    version = city.make_item((skill, 1))
    bad, good = (
        hold_create(
            item_version=version,
            place=city.CENTRE,
            window=city.window(day, hour),
            holder_key="browser",
            now=clock.now(),
        )
        for hour in (8, 14)
    )
    drop = holding.stop_drop

    def failing(*, hold_id: int) -> None:
        if hold_id == SlotHold.objects.get(ref=bad.ref).pk:
            raise ArithmeticError
        drop(hold_id=hold_id)

    monkeypatch.setattr(holding, "stop_drop", failing)
    holds_lapse(good.expires_at + timedelta(seconds=1))

    states = dict(SlotHold.objects.values_list("ref", "status"))
    assert states == {bad.ref: HoldStatus.LIVE, good.ref: HoldStatus.LAPSED}


def test_visits_that_nobody_can_take_do_not_keep_the_others_from_their_turn(
    day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    skill, rare, area = city.make_skill(), city.make_skill(), city.make_territory()
    city.make_shift(city.make_worker(area, (skill, 3)), day)
    monkeypatch.setattr(dispatching, "BATCH", 2)
    for hour in (8, 10):
        stuck = city.make_item((rare, 1), mode=AT_ONCE)
        city.make_visit(area, stuck, city.window(day, hour), planned=False)
    visit = city.make_visit(area, city.make_item((skill, 1), mode=AT_ONCE), city.window(day, 14))

    for _ in range(2):
        dispatch_tick(clock.now())

    visit.refresh_from_db()
    assert visit.status == VisitStatus.ASSIGNED


def test_a_visit_that_moved_and_still_finds_nobody_is_on_the_desk_again() -> None:
    scene = make_scene(workers=1)
    scene.version.mode = AT_ONCE
    scene.version.save()
    booking, visit = scene.booked()
    clerk = scene.staff(RoleCode.CUSTOMER_SERVICE)
    at = [scene.now + timedelta(seconds=step) for step in range(6)]
    dispatch_tick(at[0])
    assignment_decline(visit_ref=visit.ref, reason="too_far", text="", actor=scene.worker.actor, now=at[1])
    dispatch_tick(at[2])
    hold = booking_hold_again(
        ref=booking.ref, window=scene.window(14, days=1), holder_key="clerk", actor=clerk, now=at[3]
    )
    booking_reschedule(ref=booking.ref, hold_ref=hold.ref, holder_key="clerk", actor=clerk, now=at[3])
    assert not WorkItem.objects.filter(kind=WorkKind.NOBODY_ELIGIBLE, status="open").exists()

    for moment in at[4:]:
        dispatching._next_try.clear()
        dispatch_tick(moment)

    assert WorkItem.objects.filter(kind=WorkKind.NOBODY_ELIGIBLE, subject_ref=visit.ref, status="open").exists()
    nobody = Decision.objects.filter(visit=visit, outcome=DecisionOutcome.NOBODY).order_by("pk")
    assert [record["first_refusal"] for record in nobody.values_list("record", flat=True)] == ["excluded"] * 2


@pytest.mark.parametrize(("minutes", "seconds"), [(-60, 300), (10, 300), (117, 180)])
def test_an_assigned_technician_has_time_to_answer_while_the_promise_can_be_kept(
    day: date, minutes: int, seconds: int
) -> None:
    skill, area = city.make_skill(), city.make_territory()
    city.make_shift(city.make_worker(area, (skill, 3)), day)
    window = city.window(day, 10)
    visit = city.make_visit(area, city.make_item((skill, 1), mode=AT_ONCE), window)
    now = window.start + timedelta(minutes=minutes)

    dispatch_tick(now)

    visit.refresh_from_db()
    assert (visit.status, visit.accept_by_at) == (VisitStatus.ASSIGNED, now + timedelta(seconds=seconds))
