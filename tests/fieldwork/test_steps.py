"""The technician's steps: taken by whoever is assigned, in order, with their time, and back within seconds (G7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from paidan.accounts.constants import RoleCode
from paidan.billing.models import Charge
from paidan.booking.models import Booking
from paidan.catalog.constants import FeeOccasion
from paidan.catalog.models import FeeRule, ServiceItemVersion
from paidan.catalog.services import item_version_copy
from paidan.dispatch.services import visit_assign
from paidan.fieldwork.constants import PHOTOS_EACH
from paidan.fieldwork.errors import AmountFixed, NoPhotosNow, ProofMissing, TooManyPhotos
from paidan.fieldwork.services import (
    cash_take,
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
from paidan.files.errors import UploadRefused
from paidan.files.models import StoredFile
from paidan.kernel.errors import Invalid, NotFound
from paidan.kernel.geo import Point
from paidan.kernel.models import Event
from paidan.kernel.timespan import TimeSpan
from paidan.kernel.transitions import TransitionRefused
from paidan.visits.errors import UndoTooLate
from paidan.visits.models import Visit
from paidan.workforce.models import Commitment
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import PLACE, Scene, make_scene, photo, race, refusal_codes, winners

pytestmark = pytest.mark.django_db
STAMP = {"depart": "departed_at", "arrive": "arrived_at", "start": "started_at", "finish": "finished_at"}


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def visit(scene: Scene) -> Visit:
    return scene.booked()[1]


def fresh(visit: Visit) -> Visit:
    visit.refresh_from_db()
    return visit


def test_each_gesture_leaves_its_time_and_an_event(scene: Scene, visit: Visit) -> None:
    actor = scene.assigned(visit).actor
    minute = timedelta(minutes=1)

    visit_depart(visit_ref=visit.ref, actor=actor, now=scene.now)
    visit_arrive(visit_ref=visit.ref, actor=actor, now=scene.now + minute)
    visit_start(visit_ref=visit.ref, actor=actor, now=scene.now + 2 * minute)
    photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now + 3 * minute)
    done = visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now + 4 * minute)

    fresh(visit)
    assert (visit.departed_at, visit.arrived_at) == (scene.now, scene.now + minute)
    assert (visit.started_at, visit.finished_at) == (scene.now + 2 * minute, scene.now + 4 * minute)
    assert (visit.status, done.status) == ("finished", "finished")
    assert done.undo_until == scene.now + 4 * minute + timedelta(seconds=10)
    names = Event.objects.filter(name__startswith="visit.").order_by("pk").values_list("name", flat=True)
    assert list(names)[-4:] == ["visit.departed", "visit.arrived", "visit.started", "visit.finished"]
    assert f"user:{actor.user_id}" in Event.objects.get(name="visit.departed").topics


def test_only_the_assigned_technician_acts(scene: Scene, visit: Visit) -> None:
    scene.assigned(visit)
    others = [scene.workers[1].actor, scene.staff(RoleCode.MANAGER), scene.customer_actor()]

    for other in others:
        with pytest.raises(NotFound):
            visit_depart(visit_ref=visit.ref, actor=other, now=scene.now)

    assert fresh(visit).status == "accepted"


def test_steps_out_of_order_change_nothing(scene: Scene, visit: Visit) -> None:
    actor = scene.assigned(visit).actor

    for step in (visit_arrive, visit_start, visit_resume):
        with pytest.raises(TransitionRefused):
            step(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert (fresh(visit).status, visit.arrived_at) == ("accepted", None)


@pytest.mark.parametrize(
    ("position", "far"), [(None, None), (PLACE, False), (Point(31.0540, 121.05), False), (Point(31.0550, 121.05), True)]
)
def test_an_arrival_far_from_the_door_is_noted_and_not_refused(
    scene: Scene, visit: Visit, position: Point | None, far: bool | None
) -> None:
    actor = scene.under_way(visit, "depart")

    done = visit_arrive(visit_ref=visit.ref, actor=actor, now=scene.now, position=position)

    step = visit.steps.get(action="arrive")
    assert (done.status, done.is_far, step.data.get("far")) == ("arrived", far, far)
    assert set(step.data) <= {"far", "distance_metres"}


def test_an_arrival_nowhere_is_a_fault(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart")

    with pytest.raises(Invalid) as refusal:
        visit_arrive(visit_ref=visit.ref, actor=actor, now=scene.now, position=Point(200.0, 0.0))

    assert set(refusal.value.fields) == {"position"}


def test_work_is_paused_and_resumed_within_the_shift(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart", "arrive", "start")
    now = city.local(scene.day, 15)
    until = city.local(scene.day, 16)

    visit_hold(visit_ref=visit.ref, reason="waiting_for_part", resume_at=until, actor=actor, now=now)
    paused = (fresh(visit).status, visit.resume_at)
    visit_resume(visit_ref=visit.ref, actor=actor, now=until)

    assert paused == ("on_hold", until)
    assert (fresh(visit).status, visit.resume_at) == ("working", None)


@pytest.mark.parametrize(
    ("reason", "text", "minutes", "field"),
    [
        ("", "", 30, "reason"),
        ("nap", "", 30, "reason"),
        ("other", " ", 30, "text"),
        ("safety", "a\0b", 30, "text"),
        ("safety", "", 0, "resume_at"),
        ("safety", "", -5, "resume_at"),
        ("safety", "", 181, "resume_at"),
    ],
)
def test_a_pause_needs_a_reason_and_a_time_before_the_shift_ends(
    scene: Scene, visit: Visit, reason: str, text: str, minutes: int, field: str
) -> None:
    actor = scene.under_way(visit, "depart", "arrive", "start")
    now = city.local(scene.day, 15)

    with pytest.raises(Invalid) as refusal:
        visit_hold(
            visit_ref=visit.ref,
            reason=reason,
            text=text,
            resume_at=now + timedelta(minutes=minutes),
            actor=actor,
            now=now,
        )

    assert set(refusal.value.fields) == {field}
    assert fresh(visit).status == "working"


def test_finishing_needs_a_photo(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart", "arrive", "start")

    with pytest.raises(ProofMissing):
        visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert fresh(visit).status == "working"
    assert not Charge.objects.exists()


def test_photos_are_taken_at_the_door_only(scene: Scene, visit: Visit) -> None:
    actor = scene.assigned(visit).actor

    with pytest.raises(NoPhotosNow):
        photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)
    with pytest.raises(NotFound):
        photo_add(visit_ref=visit.ref, upload=photo(), actor=scene.workers[1].actor, now=scene.now)
    visit_depart(visit_ref=visit.ref, actor=actor, now=scene.now)
    visit_arrive(visit_ref=visit.ref, actor=actor, now=scene.now)
    with pytest.raises(UploadRefused):
        photo_add(visit_ref=visit.ref, upload=ContentFile(b"no picture"), actor=actor, now=scene.now)
    for _ in range(PHOTOS_EACH):
        photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)
    with pytest.raises(TooManyPhotos):
        photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)

    assert StoredFile.objects.filter(subject_ref=visit.ref, kind="completion").count() == PHOTOS_EACH


def test_finishing_fixes_the_price_the_booking_was_sold_for(scene: Scene, visit: Visit) -> None:
    dearer = item_version_copy(scene.version.pk, now=scene.now)
    ServiceItemVersion.objects.filter(pk=dearer.pk).update(price_minor=99_999, effective_at=scene.now)

    scene.finished(visit)

    charge = Charge.objects.get()
    assert (charge.subject_ref, charge.total_minor, charge.status) == (visit.ref, 20_000, "open")


def test_finishing_frees_the_time_that_is_left(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart", "arrive", "start")
    photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)
    planned = Commitment.objects.get(subject_id=visit.pk)
    half = planned.work.lower + timedelta(minutes=30)

    visit_finish(visit_ref=visit.ref, actor=actor, now=half)

    kept = Commitment.objects.get(subject_id=visit.pk)
    assert (kept.work.lower, kept.work.upper, kept.span.upper) == (planned.work.lower, half, half)


def test_work_done_before_its_day_leaves_the_planned_time_free_for_others(scene: Scene, visit: Visit) -> None:
    planned = visit.planned_start_at
    actor = scene.under_way(visit, "depart", "arrive", "start")
    photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)

    visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now)
    other = city.make_visit(
        visit.territory, visit.item_version, TimeSpan(visit.window_start_at, visit.window_end_at), now=scene.now
    )
    desk = city.make_dispatcher(visit.territory)
    visit_assign(visit_ref=other.ref, technician_ref=scene.worker.technician.ref, actor=desk, now=scene.now)

    assert planned is not None
    assert Commitment.objects.get(subject_id=visit.pk).span.upper <= scene.now
    assert Commitment.objects.get(subject_id=other.pk, live=True).work.lower <= planned


def test_the_checklist_and_a_note_are_kept(scene: Scene) -> None:
    scene.version.checklist = [{"zh": "试机", "en": "Test run"}, {"zh": "清场", "en": "Clean up"}]
    scene.version.save()
    visit = scene.booked()[1]
    actor = scene.under_way(visit, "depart", "arrive", "start")
    photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)

    with pytest.raises(Invalid) as refusal:
        visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now, checklist=[2], note="x" * 1_001)
    visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now, checklist=[1, 0, 1], note=" 已试机 ")

    assert set(refusal.value.fields) == {"checklist", "note"}
    assert visit.steps.get(action="finish").data == {"checklist": [0, 1], "text": "已试机"}


@pytest.mark.parametrize(
    ("steps", "before"),
    [
        (("depart",), "accepted"),
        (("depart", "arrive"), "en_route"),
        (("depart", "arrive", "start"), "arrived"),
        (("depart", "arrive", "start", "finish"), "working"),
    ],
)
def test_the_last_step_is_taken_back_as_a_step_of_its_own(
    scene: Scene, visit: Visit, steps: tuple[str, ...], before: str
) -> None:
    actor = scene.under_way(visit, *steps)

    visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now + timedelta(seconds=9))

    last = visit.steps.order_by("-pk")[0]
    assert (fresh(visit).status, last.action, last.target) == (before, f"undo_{steps[-1]}", before)
    assert getattr(visit, STAMP[steps[-1]]) is None
    with pytest.raises(UndoTooLate):
        visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now + timedelta(seconds=9))


def test_a_pause_and_its_end_are_taken_back_with_their_time(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart", "arrive", "start")
    now, until = city.local(scene.day, 15), city.local(scene.day, 16)
    visit_hold(visit_ref=visit.ref, reason="safety", resume_at=until, actor=actor, now=now)
    visit_resume(visit_ref=visit.ref, actor=actor, now=now + timedelta(seconds=30))

    visit_undo(visit_ref=visit.ref, actor=actor, now=now + timedelta(seconds=35))

    assert (fresh(visit).status, visit.resume_at) == ("on_hold", until)


def test_after_ten_seconds_a_step_stands(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart")

    with pytest.raises(UndoTooLate):
        visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now + timedelta(seconds=11))

    assert fresh(visit).status == "en_route"


def test_nobody_takes_back_what_another_did_or_what_has_no_way_back(scene: Scene, visit: Visit) -> None:
    actor = scene.assigned(visit).actor

    with pytest.raises(UndoTooLate):
        visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now)
    with pytest.raises(NotFound):
        visit_undo(visit_ref=visit.ref, actor=scene.workers[1].actor, now=scene.now)

    assert fresh(visit).status == "accepted"


def test_once_money_was_taken_the_work_stays_finished(scene: Scene, visit: Visit) -> None:
    actor = scene.finished(visit)
    cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)

    with pytest.raises(UndoTooLate):
        visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert fresh(visit).status == "finished"


def test_finished_again_after_undo_is_one_charge(scene: Scene, visit: Visit) -> None:
    actor = scene.finished(visit)
    visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now)

    with city.refused(AmountFixed):
        visit_fail(visit_ref=visit.ref, reason="no_access", actor=actor, now=scene.now)
    visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert (fresh(visit).status, Charge.objects.count()) == ("finished", 1)


def test_nobody_at_home_is_told_to_the_desk_and_costs_nothing_without_a_rule(scene: Scene, visit: Visit) -> None:
    actor = scene.under_way(visit, "depart", "arrive")

    visit_fail(visit_ref=visit.ref, reason="customer_absent", actor=actor, now=scene.now)

    work = WorkItem.objects.get(kind="not_done")
    assert (fresh(visit).status, visit.closed_at) == ("not_done", scene.now)
    assert (work.subject_ref, work.facts) == (visit.ref, {"reason": "customer_absent"})
    assert not Charge.objects.exists()


@pytest.mark.parametrize(("reason", "fee"), [("customer_absent", 5_000), ("no_access", 0)])
def test_a_wasted_trip_costs_what_the_table_says(scene: Scene, reason: str, fee: int) -> None:
    FeeRule.objects.create(
        table=scene.version.fee_table, occasion=FeeOccasion.WASTED_TRIP, percent=0, minimum_minor=5_000
    )
    visit = scene.booked()[1]
    actor = scene.under_way(visit, "depart", "arrive")

    visit_fail(visit_ref=visit.ref, reason=reason, actor=actor, now=scene.now)

    charged = list(Charge.objects.values_list("subject_ref", "kind", "total_minor"))
    assert charged == ([(visit.ref, "fee", fee)] if fee else [])


@pytest.mark.parametrize(
    ("reason", "text", "field"), [("", "", "reason"), ("other", "", "text"), ("nap", "", "reason")]
)
def test_what_was_not_done_needs_a_reason(scene: Scene, visit: Visit, reason: str, text: str, field: str) -> None:
    actor = scene.under_way(visit, "depart", "arrive")

    with pytest.raises(Invalid) as refusal:
        visit_fail(visit_ref=visit.ref, reason=reason, text=text, actor=actor, now=scene.now)

    assert set(refusal.value.fields) == {field}
    assert fresh(visit).status == "arrived"


@pytest.mark.django_db(transaction=True)
def test_finishing_twice_at_once_is_one_finish_and_one_charge() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    actor = scene.under_way(visit, "depart", "arrive", "start")
    photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)

    outcomes = race([lambda: visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now)] * 4)

    assert len(winners(outcomes)) == 1
    assert set(refusal_codes(outcomes)) <= {"visit_changed", "wrong_state"}
    assert visit.steps.filter(action="finish").count() == 1
    assert Charge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_money_and_undo_at_once_agree(attempt: int) -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    actor = scene.finished(visit)

    outcomes = race(
        [
            lambda: cash_take(visit_ref=visit.ref, actor=actor, now=scene.now),
            lambda: visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now),
        ]
    )

    assert len(winners(outcomes)) == 1
    settled = Charge.objects.get().status == "settled"
    assert (fresh(visit).status == "finished") == settled
    assert Booking.objects.get().status == "confirmed"
