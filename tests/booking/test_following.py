"""A booking follows its visits, whatever order the news comes in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from paidan.accounts.constants import RoleCode
from paidan.booking.handlers import visit_moved
from paidan.booking.models import Booking
from paidan.booking.services import booking_close, booking_follow
from paidan.config.wiring import EVENT_TABLE
from paidan.fieldwork.services import (
    photo_add,
    visit_arrive,
    visit_fail,
    visit_finish,
    visit_sign_off,
    visit_start,
    visit_undo,
)
from paidan.kernel.models import Event
from paidan.worklist.models import WorkItem
from tests.booking.scene import make_scene, photo

pytestmark = pytest.mark.django_db
HANDLER = "paidan.booking.handlers.visit_moved"


def status_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.status


def test_the_first_arrival_begins_and_the_sign_off_closes() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)

    scene.under_way(visit, "depart")
    booking_follow(booking_ref=booking.ref, now=scene.now)
    on_the_way = status_of(booking)
    scene.now += timedelta(minutes=1)
    visit_arrive(visit_ref=visit.ref, actor=scene.worker.actor, now=scene.now)
    booking_follow(booking_ref=booking.ref, now=scene.now)
    at_the_door = status_of(booking)
    visit_start(visit_ref=visit.ref, actor=scene.worker.actor, now=scene.now)
    photo_add(visit_ref=visit.ref, upload=photo(), actor=scene.worker.actor, now=scene.now)
    visit_finish(visit_ref=visit.ref, actor=scene.worker.actor, now=scene.now)
    booking_follow(booking_ref=booking.ref, now=scene.now)
    finished = status_of(booking)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)
    booking_follow(booking_ref=booking.ref, now=scene.now)

    assert (on_the_way, at_the_door, finished, status_of(booking)) == (
        "confirmed",
        "in_service",
        "in_service",
        "closed",
    )
    assert booking.completed_at == scene.now


def test_an_arrival_taken_back_leaves_the_booking_open_to_change() -> None:
    scene = make_scene()
    booking, visit = scene.booked(scene.customer_actor())
    actor = scene.under_way(visit, "depart", "arrive")
    booking_follow(booking_ref=booking.ref, now=scene.now)
    assert status_of(booking) == "in_service"

    visit_undo(visit_ref=visit.ref, actor=actor, now=scene.now)
    for _ in range(2):
        booking_follow(booking_ref=booking.ref, now=scene.now)

    assert status_of(booking) == "confirmed"
    assert booking.steps.filter(action="unbegin").count() == 1
    assert HANDLER in EVENT_TABLE["visit.undone"]


def test_news_that_comes_late_once_or_twice_leads_to_the_same_end() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    scene.finished(visit)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)

    for _ in range(2):
        visit_moved({"booking_ref": booking.ref})

    assert status_of(booking) == "closed"
    assert list(booking.steps.order_by("pk").values_list("action", flat=True)) == [
        "submit",
        "confirm",
        "begin",
        "complete",
        "close",
    ]


def test_what_could_not_be_done_waits_for_the_desk() -> None:
    scene = make_scene()
    booking, visit = scene.booked()
    technician = scene.under_way(visit, "depart", "arrive")
    visit_fail(visit_ref=visit.ref, reason="no_access", actor=technician, now=scene.now)

    booking_follow(booking_ref=booking.ref, now=scene.now)
    waiting = status_of(booking)
    booking_close(ref=booking.ref, actor=scene.staff(RoleCode.DISPATCHER), now=scene.now)

    assert (waiting, status_of(booking)) == ("completed", "closed")
    assert WorkItem.objects.get(kind="not_done").status == "done"


def test_a_booking_nobody_knows_is_no_trouble() -> None:
    booking_follow(booking_ref="B000000000000", now=make_scene().now)

    assert not Event.objects.filter(name__startswith="booking.").exists()


@pytest.mark.parametrize("event", ["visit.arrived", "visit.signed_off", "visit.failed", "visit.cancelled"])
def test_the_steps_that_matter_are_heard(event: str) -> None:
    assert HANDLER in EVENT_TABLE[event]
