"""The plan follows what technicians do: early, late, in another order; nobody else ever meets a refusal for it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from paidan.booking.constants import Channel
from paidan.booking.services import booking_submit
from paidan.customers.services import NewAddress
from paidan.dispatch.models import PlanStop
from paidan.dispatch.services import assignment_accept, hold_create, promise_drop, visit_assign
from paidan.dispatch.services.grabbing import offer_grab
from paidan.dispatch.services.promises import scope_of_visit
from paidan.dispatch.standing_plan import book_load, visit_key
from paidan.fieldwork.services import (
    photo_add,
    visit_arrive,
    visit_depart,
    visit_fail,
    visit_finish,
    visit_hold,
    visit_resume,
    visit_start,
    visit_undo,
)
from paidan.kernel.actors import SYSTEM
from paidan.kernel.errors import DomainError
from paidan.kernel.geo import Point
from paidan.kernel.locking import busy_on_lock_timeout, is_exclusion_violation
from paidan.visits.constants import NotDoneReason, VisitStatus
from paidan.visits.models import Visit, VisitStep
from paidan.visits.services import visit_move
from paidan.workforce.constants import AbsenceKind, CommitmentKind
from paidan.workforce.models import Commitment
from paidan.workforce.services import absence_create
from tests import city
from tests.booking.scene import PLACE, Scene, make_scene, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(workers=1)


def at(scene: Scene, hour: int, minute: int = 0) -> datetime:
    return city.local(scene.day, hour, minute)


def booked(scene: Scene, window: city.TimeSpan, place: Point, *, now: datetime) -> Visit:
    form = scene.form(window=window, address=NewAddress(district="样例区", text="样例路 8 号", door="1", place=place))
    view = booking_submit(form=form, actor=scene.customer_actor(), channel=Channel.WEB, now=now)
    return Visit.objects.get(ref=view.visit_ref)


def accepted(scene: Scene, worker: city.Worker, hour: int, place: Point = PLACE) -> Visit:
    """A visit assigned to the worker, who said yes."""
    visit = booked(scene, city.window(scene.day, hour), place, now=scene.now)
    visit_assign(
        visit_ref=visit.ref,
        technician_ref=worker.technician.ref,
        actor=city.make_dispatcher(scene.territory),
        now=scene.now,
        override_reason="for the test",
    )
    assignment_accept(visit_ref=visit.ref, actor=worker.actor, now=scene.now)
    return visit


def stop_of(visit: Visit) -> tuple[datetime, datetime]:
    row = PlanStop.objects.get(visit=visit)
    return row.start_at, row.end_at


def occupied(visit: Visit) -> Commitment | None:
    return Commitment.objects.filter(kind=CommitmentKind.VISIT, subject_id=visit.pk, live=True).first()


def test_work_begun_before_its_time_frees_the_time_it_was_planned_at(scene: Scene) -> None:
    first, second = (accepted(scene, scene.worker, 14) for _ in range(2))
    early = at(scene, 9)

    for step in (visit_depart, visit_arrive, visit_start):
        step(visit_ref=first.ref, actor=scene.worker.actor, now=early)

    assert stop_of(first) == (early, early + timedelta(hours=1))
    assert stop_of(second)[0] == at(scene, 14)
    for hour in (10, 12, 14, 16):
        with busy_on_lock_timeout():
            city.make_visit(scene.territory, scene.version, city.window(scene.day, hour), now=early)


def test_whoever_sets_out_is_expected_after_the_way_and_the_next_after_that(scene: Scene) -> None:
    far = Point(31.09, 121.09)
    first, second = accepted(scene, scene.worker, 8, far), accepted(scene, scene.worker, 8, far)
    late = at(scene, 11, 30)

    visit_depart(visit_ref=first.ref, actor=scene.worker.actor, now=late)

    way = PlanStop.objects.get(visit=first).travel_seconds
    expected = late + timedelta(seconds=way)
    assert way > 300
    assert stop_of(first) == (expected, expected + timedelta(hours=1))
    assert stop_of(second)[0] == stop_of(first)[1]


def test_whoever_arrives_early_waits_for_the_window(scene: Scene) -> None:
    visit = accepted(scene, scene.worker, 14)

    for step in (visit_depart, visit_arrive):
        step(visit_ref=visit.ref, actor=scene.worker.actor, now=at(scene, 13))

    assert stop_of(visit)[0] == at(scene, 14)


def test_finished_work_frees_the_rest_of_its_time_and_takes_what_it_overran(scene: Scene) -> None:
    first, second = accepted(scene, scene.worker, 8), accepted(scene, scene.worker, 8)
    begin = at(scene, 8)

    take_up(first, scene.worker, begin)
    finish(first, scene.worker, begin + timedelta(minutes=20))
    assert stop_of(first) == (begin, begin + timedelta(minutes=20))
    assert stop_of(second)[0] == begin + timedelta(minutes=20)

    take_up(second, scene.worker, begin + timedelta(minutes=30))
    finish(second, scene.worker, begin + timedelta(minutes=150))
    assert stop_of(second)[1] == begin + timedelta(minutes=150)


def test_a_step_taken_back_takes_the_plan_back(scene: Scene) -> None:
    visit, begin = accepted(scene, scene.worker, 14), at(scene, 9)
    actor = scene.worker.actor

    take_up(visit, scene.worker, begin)
    finish(visit, scene.worker, begin + timedelta(minutes=5))
    visit_undo(visit_ref=visit.ref, actor=actor, now=begin + timedelta(minutes=5, seconds=3))

    assert stop_of(visit) == (begin, begin + timedelta(hours=1))
    assert occupied(visit) is not None


def test_another_job_during_a_pause_ends_the_first_for_now(scene: Scene) -> None:
    paused, between = accepted(scene, scene.worker, 8), accepted(scene, scene.worker, 8)
    actor, begin = scene.worker.actor, at(scene, 9)
    take_up(paused, scene.worker, begin)
    visit_hold(
        visit_ref=paused.ref,
        reason="waiting_for_part",
        resume_at=at(scene, 15),
        actor=actor,
        now=begin + timedelta(minutes=10),
    )

    take_up(between, scene.worker, begin + timedelta(minutes=20))
    assert stop_of(paused) == (begin, begin + timedelta(minutes=20))
    finish(between, scene.worker, begin + timedelta(minutes=50))
    visit_resume(visit_ref=paused.ref, actor=actor, now=at(scene, 11))

    assert stop_of(paused) == (at(scene, 11), at(scene, 11) + timedelta(minutes=50))


def test_work_during_leave_is_a_fact_and_the_leave_stays(scene: Scene) -> None:
    visit = accepted(scene, scene.worker, 14)
    leave = city.window(scene.day, 8, hours=4)
    absence_create(technician_id=scene.worker.pk, kind=AbsenceKind.ILLNESS, span=leave)

    take_up(visit, scene.worker, at(scene, 9))

    assert stop_of(visit) == (at(scene, 9), at(scene, 10))
    assert occupied(visit) is None
    assert Commitment.objects.filter(kind=CommitmentKind.ABSENCE, live=True).count() == 1


def test_work_on_another_day_than_promised_is_a_fact_beside_what_that_day_holds(scene: Scene) -> None:
    tomorrow = accepted(scene, scene.worker, 8)
    later = city.make_visit(scene.territory, scene.version, city.window(scene.day + timedelta(days=1), 9))
    visit_assign(
        visit_ref=later.ref,
        technician_ref=scene.worker.technician.ref,
        actor=city.make_dispatcher(scene.territory),
        now=scene.now,
    )
    assignment_accept(visit_ref=later.ref, actor=scene.worker.actor, now=scene.now)

    take_up(later, scene.worker, at(scene, 8, 10))

    assert stop_of(later)[0] == at(scene, 8, 10)
    assert occupied(later) is None
    assert occupied(tomorrow) is not None


def take_up(visit: Visit, worker: city.Worker, now: datetime) -> None:
    for step in (visit_depart, visit_arrive, visit_start):
        step(visit_ref=visit.ref, actor=worker.actor, now=now)


def finish(visit: Visit, worker: city.Worker, now: datetime) -> None:
    photo_add(visit_ref=visit.ref, upload=photo(), actor=worker.actor, now=now)
    visit_finish(visit_ref=visit.ref, actor=worker.actor, now=now)


class Day:
    """A day on which everybody does what they like, whenever they like."""

    def __init__(self, seed: int) -> None:
        self.scene = make_scene(workers=3)
        self.desk = city.make_dispatcher(self.scene.territory)
        self.random = random.Random(seed)
        self.overlaps: list[IntegrityError] = []
        self.now = city.local(self.scene.day, 7)
        booked(self.scene, self.window(), self.place(), now=self.now)

    def go_on(self) -> None:
        """One act of somebody; a refusal with a reason is fine, being told to try again is not."""
        self.now += timedelta(minutes=self.random.randint(0, 9))
        act = self.random.choice([self.book, self.book, self.keep, self.assign, self.step, self.step, self.step])
        with connection.execute_wrapper(self.overlap_noted), suppress(DomainError), city.all_or_nothing():
            act()
        assert act == self.step or not self.overlaps, act
        self.overlaps.clear()
        self.check()

    def overlap_noted(self, execute: Callable[..., object], *arguments: object) -> object:
        """The database's refusal of an overlap is the last guard: no plan that is written should meet it."""
        try:
            return execute(*arguments)
        except IntegrityError as error:
            if is_exclusion_violation(error):
                self.overlaps.append(error)
            raise

    def window(self) -> city.TimeSpan:
        return city.window(self.scene.day, self.random.choice((8, 10, 12, 14, 16)))

    def place(self) -> Point:
        return Point(31 + self.random.random() / 10, 121 + self.random.random() / 10)

    def book(self) -> None:
        booked(self.scene, self.window(), self.place(), now=self.now)

    def keep(self) -> None:
        hold_create(
            item_version=self.scene.version,
            place=self.place(),
            window=self.window(),
            holder_key=str(self.random.random()),
            now=self.now,
        )

    def assign(self) -> None:
        visit = self.random.choice(Visit.objects.order_by("pk"))
        worker = self.random.choice(self.scene.workers)
        if visit.status == VisitStatus.PENDING:
            offer = city.make_offer(visit, now=self.now)
            offer_grab(offer_ref=offer.ref, actor=worker.actor, now=self.now)
            return
        visit_assign(
            visit_ref=visit.ref,
            technician_ref=worker.technician.ref,
            actor=self.desk,
            now=self.now,
            override_reason="for the test",
        )
        assignment_accept(visit_ref=visit.ref, actor=worker.actor, now=self.now)

    def step(self) -> None:
        worker = self.random.choice(self.scene.workers)
        mine = Visit.objects.filter(assignments__technician=worker.pk, assignments__ended_at=None).order_by("pk")
        open_ = [visit for visit in mine if visit.status in self.steps()]
        if open_:
            visit = self.random.choice(open_)
            self.random.choice(self.steps()[visit.status])(visit, worker)

    def steps(self) -> dict[str, list[Callable[[Visit, city.Worker], object]]]:
        def plain(service: Callable[..., object]) -> Callable[[Visit, city.Worker], object]:
            return lambda visit, worker: service(visit_ref=visit.ref, actor=worker.actor, now=self.now)

        def pause(visit: Visit, worker: city.Worker) -> object:
            until = self.now + timedelta(minutes=10)
            return visit_hold(
                visit_ref=visit.ref, reason="waiting_for_part", resume_at=until, actor=worker.actor, now=self.now
            )

        def fail(visit: Visit, worker: city.Worker) -> object:
            reason = NotDoneReason.NO_ACCESS
            return visit_fail(visit_ref=visit.ref, reason=reason, actor=worker.actor, now=self.now)

        def cancel(visit: Visit, _: city.Worker) -> None:
            crew = promise_drop(visit=visit, now=self.now)
            data = {"reason": "other"}
            visit_move(visit, "cancel", actor=SYSTEM, now=self.now, crew=crew, data=data)

        def end(visit: Visit, worker: city.Worker) -> None:
            finish(visit, worker, self.now)

        return {
            "accepted": [*[plain(visit_depart)] * 4, cancel],
            "en_route": [*[plain(visit_arrive)] * 4, plain(visit_undo), cancel],
            "arrived": [*[plain(visit_start)] * 4, fail],
            "working": [end, end, pause, fail],
            "on_hold": [plain(visit_resume)],
            "finished": [plain(visit_undo)],
        }

    def check(self) -> None:
        """The engine sees each occupied span where the database has it."""
        for visit in Visit.objects.exclude(status=VisitStatus.CANCELLED):
            commitment = occupied(visit)
            if commitment is None:
                continue
            row = PlanStop.objects.get(visit=visit)
            found = book_load(scope_of_visit(visit), now=self.now).plan.find(visit_key(visit.pk))
            assert found is not None
            assert (commitment.shift_id, commitment.span.upper) == (row.shift_id, row.end_at)
            assert row.start_at <= commitment.work.lower


@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_ever_told_to_try_again_because_of_what_a_technician_did(seed: int) -> None:
    day = Day(seed)
    for _ in range(100):
        day.go_on()

    assert VisitStep.objects.filter(action="start").exists()
