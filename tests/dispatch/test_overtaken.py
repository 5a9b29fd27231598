"""Overtaken: whoever waits for a lock decides on what is there when the lock is theirs, not on what they saw before."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from paidan.accounts.constants import RoleCode
from paidan.booking.findings import booking_findings
from paidan.booking.services import booking_cancel, booking_hold_again, booking_reschedule
from paidan.catalog.constants import DispatchMode
from paidan.dispatch.models import Decision, Offer, PlanStop
from paidan.dispatch.services import assignment_accept, assignment_decline, availability_follow, visit_assign
from paidan.dispatch.services.assigning import assignments_lapse
from paidan.dispatch.services.dispatching import dispatch_tick
from paidan.fieldwork.services import visit_depart
from paidan.kernel.errors import DomainError
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.workforce.models import Commitment, Technician
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)

_WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid = %s)"


def overtaken(call: Callable[[], object], *, by: Callable[[], object]) -> DomainError | None:
    """Let ``call`` begin while ``by`` has done its work and not yet committed; returns what refused the call."""
    refusals: list[DomainError] = []
    errors: list[BaseException] = []
    began: queue.Queue[int] = queue.Queue()

    def run() -> None:
        try:
            connection.ensure_connection()
            began.put(connection.connection.info.backend_pid)
            call()
        except DomainError as refusal:
            refusals.append(refusal)
        except BaseException as error:  # raised again in the test's own thread
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        by()
        thread.start()
        _wait_until_it_waits(began.get(timeout=10))
    thread.join(timeout=30)
    if errors:
        raise errors[0]
    return refusals[0] if refusals else None


def _wait_until_it_waits(pid: int) -> None:
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(_WAITS, [pid])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("The call did not wait for any lock.")


def reassign(scene: Scene, visit: Visit) -> Callable[[], object]:
    """The desk gives the visit to the second technician."""
    manager, technician = scene.staff(RoleCode.MANAGER), scene.workers[1].technician
    return lambda: visit_assign(visit_ref=visit.ref, technician_ref=technician.ref, actor=manager, now=scene.now)


def to_the_day_after(scene: Scene, booking_ref: str) -> Callable[[], object]:
    """The customer service moves the booking to the next day."""
    clerk = scene.staff(RoleCode.CUSTOMER_SERVICE)
    hold = booking_hold_again(
        ref=booking_ref, window=scene.window(14, days=1), holder_key="clerk", actor=clerk, now=scene.now
    )
    return lambda: booking_reschedule(
        ref=booking_ref, hold_ref=hold.ref, holder_key="clerk", actor=clerk, now=scene.now
    )


def state_of(visit: Visit) -> tuple[str, list[int]]:
    visit.refresh_from_db()
    live = visit.assignments.filter(ended_at__isnull=True)
    return visit.status, list(live.values_list("technician", flat=True))


def test_the_desk_assigns_what_the_loop_shows_in_the_hall_at_that_moment() -> None:
    scene = make_scene()
    visit = scene.booked()[1]

    refusal = overtaken(reassign(scene, visit), by=lambda: city.make_offer(visit, now=scene.now))

    assert refusal is None
    assert state_of(visit) == ("assigned", [scene.workers[1].pk])
    assert list(Offer.objects.filter(visit=visit).values_list("status", flat=True)) == ["withdrawn"]


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_an_answer_to_what_was_taken_away_does_not_count_for_the_next_one(answer: str) -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    first = scene.assigned(visit, accept=False).actor
    answers: dict[str, Callable[[], object]] = {
        "accept": lambda: assignment_accept(visit_ref=visit.ref, actor=first, now=scene.now),
        "decline": lambda: assignment_decline(
            visit_ref=visit.ref, reason="too_far", text="", actor=first, now=scene.now
        ),
    }

    refusal = overtaken(answers[answer], by=reassign(scene, visit))

    assert refusal is not None
    assert refusal.code == "not_found"
    assert state_of(visit) == ("assigned", [scene.workers[1].pk])
    assert visit.accept_by_at is not None


def test_nobody_sets_out_for_what_another_has_accepted_meanwhile() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    first, second = scene.assigned(visit).actor, scene.workers[1].actor
    given = reassign(scene, visit)

    def given_and_accepted() -> None:
        given()
        assignment_accept(visit_ref=visit.ref, actor=second, now=scene.now)

    refusal = overtaken(lambda: visit_depart(visit_ref=visit.ref, actor=first, now=scene.now), by=given_and_accepted)

    assert refusal is not None
    assert refusal.code == "not_found"
    assert state_of(visit) == ("accepted", [scene.workers[1].pk])


def test_an_answer_that_comes_in_time_is_not_lapsed() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    worker = scene.assigned(visit, accept=False)
    visit.refresh_from_db()
    assert visit.accept_by_at is not None
    late = visit.accept_by_at + timedelta(seconds=1)

    refusal = overtaken(
        lambda: assignments_lapse(late),
        by=lambda: _accepted_under_the_plans_lock(scene, visit, worker),
    )

    assert refusal is None
    assert state_of(visit) == ("accepted", [worker.pk])


def _accepted_under_the_plans_lock(scene: Scene, visit: Visit, worker: city.Worker) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM dispatch_planday ORDER BY service_date FOR UPDATE")
    assignment_accept(visit_ref=visit.ref, actor=worker.actor, now=scene.now)


def test_a_hand_assignment_sees_that_the_promise_moved_to_another_day() -> None:
    scene = make_scene()
    booking, visit = scene.booked()
    assign = reassign(scene, visit)

    refusal = overtaken(assign, by=to_the_day_after(scene, booking.ref))

    assert refusal is not None
    assert refusal.code == "visit_changed"
    assert state_of(visit) == ("pending", [])
    assert visit.window_start_at == scene.window(14, days=1).start
    assign()
    assert state_of(visit) == ("assigned", [scene.workers[1].pk])


def test_a_cancellation_sees_that_the_promise_moved_to_another_day() -> None:
    scene = make_scene()
    booking, visit = scene.booked()
    clerk = scene.staff(RoleCode.CUSTOMER_SERVICE)

    refusal = overtaken(
        lambda: booking_cancel(ref=booking.ref, reason="other", actor=clerk, now=scene.now),
        by=to_the_day_after(scene, booking.ref),
    )

    assert refusal is not None
    assert refusal.code == "visit_changed"
    assert PlanStop.objects.filter(visit=visit).exists()
    assert booking_findings() == []


def test_a_cancellation_costs_what_the_promise_costs_that_moved_meanwhile() -> None:
    scene = make_scene()
    booking = scene.booked()[0]
    clerk = scene.staff(RoleCode.CUSTOMER_SERVICE)
    now = scene.window(11).start
    earlier = booking_hold_again(ref=booking.ref, window=scene.window(12), holder_key="clerk", actor=clerk, now=now).ref

    refusal = overtaken(
        lambda: booking_cancel(ref=booking.ref, reason="other", actor=clerk, now=now),
        by=lambda: booking_reschedule(ref=booking.ref, hold_ref=earlier, holder_key="clerk", actor=clerk, now=now),
    )

    booking.refresh_from_db()
    assert refusal is None
    assert (booking.status, booking.cancel_fee_minor) == ("cancelled", booking.price_minor // 5)


def test_the_batch_leaves_alone_what_moved_to_another_day() -> None:
    scene = make_scene()
    scene.version.mode = DispatchMode.ASSIGN_AT_ONCE
    scene.version.save()
    booking, visit = scene.booked()

    overtaken(lambda: dispatch_tick(scene.now), by=to_the_day_after(scene, booking.ref))

    assert state_of(visit)[0] == "pending"
    assert not Decision.objects.exists()
    assert not WorkItem.objects.exists()
    dispatch_tick(scene.now)
    assert state_of(visit)[0] == "assigned"


def test_a_replan_leaves_alone_what_was_assigned_meanwhile() -> None:
    scene = make_scene(workers=2)
    visit = scene.booked()[1]
    planned = PlanStop.objects.select_related("shift__technician").get(visit=visit).shift.technician
    other = next(worker for worker in scene.workers if worker.pk != planned.pk)
    manager = scene.staff(RoleCode.MANAGER)
    Technician.objects.filter(pk=planned.pk).update(paused_at=scene.now)
    span = TimeSpan(scene.now, scene.now + timedelta(days=3))

    overtaken(
        lambda: availability_follow(technician_id=planned.pk, span=span, now=scene.now),
        by=lambda: visit_assign(visit_ref=visit.ref, technician_ref=other.technician.ref, actor=manager, now=scene.now),
    )

    assert state_of(visit) == ("assigned", [other.pk])
    assert PlanStop.objects.get(visit=visit).pinned
    assert Commitment.objects.filter(subject_id=visit.pk, technician=other.technician, live=True).exists()
