"""Each event becomes its messages once: to whom it concerns, through what reaches them."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from paidan.kernel import settings as business
from paidan.kernel.actors import SYSTEM
from paidan.kernel.models import Event, EventHandled
from paidan.kernel.tasks import event_handle
from paidan.notifications.constants import SEND_JOB, Recipient
from paidan.notifications.facts import visit_subject
from paidan.notifications.models import Delivery
from paidan.notifications.recipients import people_for
from paidan.visits.constants import AssignmentSource
from paidan.visits.models import Assignment
from paidan.visits.services import assignment_create
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open
from tests.city import make_shift, make_skill, make_territory, make_worker, tomorrow
from tests.notifications.scene import NOW, Scene, handle_events, inbox_users, make_dispatcher, make_scene, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def test_grabbed_visit_tells_the_customer_who_comes(scene: Scene) -> None:
    scene.reach("offer")

    scene.step("grab")

    assert said() == [("technician_confirmed", "inbox", "sent"), ("technician_confirmed", "sms", "pending")]
    inbox = Delivery.objects.get(channel="inbox")
    assert (inbox.user_id, inbox.customer_id) == (scene.customer.user_id, scene.customer.pk)
    assert inbox.params["staff_number"] == scene.worker.technician.staff_number
    assert scene.customer.name not in str(inbox.params)
    assert str(scene.customer.phone) not in str(inbox.params)


def test_assigned_visit_tells_the_technician_and_the_customer(scene: Scene) -> None:
    scene.step("assign", actor=SYSTEM)

    assert said(user=scene.worker.user) == [("visit_new", "inbox", "sent"), ("visit_new", "sms", "pending")]
    assert said(customer=scene.customer) == [("technician_assigned", "inbox", "sent")]


def test_declined_visit_tells_the_customer_that_another_is_sought(scene: Scene) -> None:
    scene.reach("assign")

    scene.step("decline", reason="too_far")

    assert said() == [("technician_changing", "inbox", "sent")]


def test_release_is_an_sms_only_when_the_customer_had_been_told_for_sure(scene: Scene) -> None:
    scene.reach("assign", "accept")

    scene.step("release", actor=SYSTEM, reason="ill")

    assert said(customer=scene.customer) == [
        ("technician_changing", "inbox", "sent"),
        ("technician_changing", "sms", "pending"),
    ]
    assert said(user=scene.worker.user) == [
        ("visit_taken_back", "inbox", "sent"),
        ("visit_taken_back", "sms", "pending"),
    ]


def test_release_before_acceptance_tells_the_technician_only(scene: Scene) -> None:
    scene.reach("assign")

    scene.step("release", actor=SYSTEM, reason="ill")

    assert {template for template, _, _ in said()} == {"visit_taken_back"}


def test_failed_visit_tells_why(scene: Scene) -> None:
    scene.reach("assign", "accept", "depart", "arrive")

    scene.step("fail", reason="customer_absent")

    assert Delivery.objects.get(channel="sms").params["reason"] == "customer_absent"


def test_signed_off_visit_tells_the_technician_what_it_pays(scene: Scene) -> None:
    scene.reach("assign", "accept", "depart", "arrive", "start", "finish")

    scene.step("sign_off", actor=SYSTEM)

    assert said() == [("visit_signed_off", "inbox", "sent")]
    assert inbox_users("visit_signed_off") == {scene.worker.user.pk}


def test_customer_without_account_gets_the_sms_only(scene: Scene) -> None:
    scene.customer.user = None
    scene.customer.save()
    scene.reach("assign")

    scene.step("accept")

    assert said() == [("technician_confirmed", "sms", "pending")]


def test_disabled_technician_gets_nothing(scene: Scene) -> None:
    scene.worker.user.is_active = False
    scene.worker.user.save()

    scene.step("assign", actor=SYSTEM)

    assert said(user=scene.worker.user) == []


def test_an_event_handled_twice_makes_its_messages_once(scene: Scene) -> None:
    scene.step("assign", actor=SYSTEM)
    first = said()
    event = Event.objects.get(name="visit.assigned")

    event_handle(event.pk)
    EventHandled.objects.all().delete()
    event_handle(event.pk)

    assert said() == first


def test_many_events_wake_one_sending_job(scene: Scene) -> None:
    scene.step("assign", actor=SYSTEM)
    scene.step("accept")
    scene.step("release", actor=SYSTEM, reason="ill")

    assert ProcrastinateJob.objects.filter(task_name=SEND_JOB, status="todo").count() == 1


def test_inbox_of_everybody_concerned_is_told_live(scene: Scene) -> None:
    scene.step("assign", actor=SYSTEM)

    changed = Event.objects.get(name="inbox.changed")
    assert sorted(changed.topics) == sorted([f"user:{scene.worker.user.pk}", f"user:{scene.customer.user_id}"])
    assert changed.payload == {}


def test_sms_of_an_undoable_step_waits_for_the_undo(scene: Scene) -> None:
    scene.reach("assign", "accept")

    scene.step("depart")

    sms = Delivery.objects.get(channel="sms")
    assert (sms.due_at - sms.created_at).total_seconds() == business.UNDO_SECONDS.value()


def test_undone_step_takes_its_messages_back(scene: Scene) -> None:
    scene.reach("assign", "accept")
    scene.step("depart")

    scene.step("undo_depart")

    assert said() == [("on_the_way", "inbox", "withdrawn"), ("on_the_way", "sms", "withdrawn")]

    scene.step("depart")
    assert said(status__in=("sent", "pending")) == [
        ("on_the_way", "inbox", "sent"),
        ("on_the_way", "sms", "pending"),
    ]


def test_step_undone_before_its_event_was_handled_says_nothing(scene: Scene) -> None:
    scene.reach("assign", "accept")
    scene.visit.refresh_from_db()
    from paidan.visits.services import visit_move

    for action in ("depart", "undo_depart"):
        visit_move(scene.visit, action, actor=scene.worker.actor, now=NOW, crew=scene.crew)

    handle_events()

    assert said() == []


def test_work_reaches_the_dispatchers_of_its_territory(scene: Scene) -> None:
    here, elsewhere, nowhere = make_dispatcher(scene.territory), make_dispatcher(make_territory()), make_dispatcher()

    work_open(
        kind=WorkKind.DECLINED_TWICE,
        subject_ref=scene.visit.ref,
        territory_id=scene.territory.pk,
        facts={"times": 2},
        due_at=NOW,
        now=NOW,
    )
    work_open(
        kind=WorkKind.BOOKING_REVIEW, subject_ref="B000000000001", territory_id=None, facts={}, due_at=NOW, now=NOW
    )
    handle_events()

    about_visit = Delivery.objects.filter(subject_ref=scene.visit.ref)
    assert [row.user_id for row in about_visit] == [here.pk]
    assert about_visit[0].params["district"] == scene.visit.district
    about_booking = Delivery.objects.filter(subject_ref="B000000000001")
    assert {row.user_id for row in about_booking} == {here.pk, elsewhere.pk, nowhere.pk}


def test_offer_reaches_the_nearest_who_could_take_it(scene: Scene, django_assert_num_queries: object) -> None:
    skill = make_skill()
    scene.visit.item_version.needs.create(skill=skill, level=3)
    able = [make_worker(scene.territory, (skill, 3)) for _ in range(10)]
    for number, worker in enumerate(able):
        worker.technician.home_lat = scene.visit.lat + number / 100
        worker.technician.save()
        make_shift(worker, tomorrow())
    off_duty = make_worker(scene.territory, (skill, 5))
    too_low = make_worker(scene.territory, (skill, 2))
    stranger = make_worker(make_territory(), (skill, 5))
    for worker in (too_low, stranger):
        make_shift(worker, tomorrow())
    refuser = able[0]
    assignment_create(visit_id=scene.visit.pk, technician_id=refuser.pk, source=AssignmentSource.AUTOMATIC, now=NOW)
    Assignment.objects.update(ended_at=NOW, end_reason="declined")

    scene.step("offer", actor=SYSTEM)

    assert inbox_users("offer_opened") == {worker.user.pk for worker in able[1:9]}
    assert said(channel="sms") == []
    subject = visit_subject(scene.visit.pk, None)
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture is untyped
        people = people_for(Recipient.NEARBY, subject)
    assert off_duty.user.pk not in {person.user_id for person in people}
