"""What time alone makes a matter for the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from paidan.catalog.constants import DispatchMode
from paidan.dispatch.services import visit_assign
from paidan.dispatch.services.attention import attention_tick
from paidan.fieldwork.services import visit_depart
from paidan.visits.models import Visit
from paidan.worklist.constants import WorkKind
from paidan.worklist.models import WorkItem
from paidan.worklist.services import work_close
from tests import city
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(workers=1)


def statuses(visit: Visit, kind: WorkKind) -> list[str]:
    items = WorkItem.objects.filter(kind=kind, subject_ref=visit.ref).order_by("created_at")
    return list(items.values_list("status", flat=True))


def test_what_the_desk_assigns_itself_waits_for_it_with_a_clock(scene: Scene) -> None:
    scene.version.mode = DispatchMode.MANUAL
    scene.version.save()
    visit = city.make_visit(scene.territory, scene.version, scene.window(), now=scene.now)

    for _ in range(2):
        attention_tick(scene.now)
    item = WorkItem.objects.get(kind=WorkKind.TO_ASSIGN)
    visit_assign(
        visit_ref=visit.ref,
        technician_ref=scene.worker.technician.ref,
        actor=city.make_dispatcher(scene.territory),
        now=scene.now,
    )

    assert (item.subject_ref, item.due_at) == (visit.ref, scene.now + timedelta(minutes=30))
    assert statuses(visit, WorkKind.TO_ASSIGN) == ["done"]


def test_what_the_loop_assigns_is_no_matter_for_the_desk(scene: Scene) -> None:
    city.make_visit(scene.territory, scene.version, scene.window(), now=scene.now)

    attention_tick(scene.now)

    assert not WorkItem.objects.exists()


def test_a_promise_whose_time_has_passed_is_told_once_until_somebody_sets_out(scene: Scene) -> None:
    _, visit = scene.booked()
    worker = scene.assigned(visit)

    attention_tick(visit.window_end_at)
    assert statuses(visit, WorkKind.LATE) == []

    late = visit.window_end_at + timedelta(seconds=1)
    attention_tick(late)
    attention_tick(late)
    assert statuses(visit, WorkKind.LATE) == ["open"]

    visit_depart(visit_ref=visit.ref, actor=worker.actor, now=late)
    attention_tick(late)
    assert statuses(visit, WorkKind.LATE) == ["done"]


def test_what_a_person_has_settled_is_not_asked_again(scene: Scene) -> None:
    _, visit = scene.booked()
    late = visit.window_end_at + timedelta(seconds=1)
    attention_tick(late)

    work_close(kind=WorkKind.LATE, subject_ref=visit.ref, actor=city.make_dispatcher(scene.territory), now=late)
    attention_tick(late)

    assert statuses(visit, WorkKind.LATE) == ["done"]


def test_a_new_promise_settles_the_late_one(scene: Scene) -> None:
    _, visit = scene.booked()
    late = visit.window_end_at + timedelta(seconds=1)
    attention_tick(late)

    Visit.objects.filter(pk=visit.pk).update(window_end_at=late + timedelta(hours=4))
    attention_tick(late)
    attention_tick(late + timedelta(hours=5))

    assert statuses(visit, WorkKind.LATE) == ["done", "open"]
