"""An order from booking to review, through the real services: what each side is told, and what not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.test import override_settings
from procrastinate.contrib.django import app

from paidan.booking.services import booking_cancel, booking_hold_again, booking_reschedule
from paidan.fieldwork.services import visit_sign_off
from paidan.kernel.actors import Actor
from paidan.kernel.timespan import TimeSpan
from paidan.notifications.constants import SEND_JOB
from paidan.notifications.models import Delivery
from tests.booking.scene import make_scene
from tests.notifications.scene import handle_events, said

pytestmark = pytest.mark.django_db


def _templates(channel: str, *, user_id: int | None = None) -> list[str]:
    rows = Delivery.objects.filter(channel=channel).order_by("pk")
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    return list(rows.values_list("template", flat=True))


def _forget() -> None:
    handle_events()
    Delivery.objects.all().delete()


def test_whole_order_tells_the_customer_each_step_once(tmp_path: Path) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    with override_settings(MEDIA_ROOT=tmp_path):
        _booking, visit = scene.booked(customer)
        scene.finished(visit)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)

    handle_events()
    handle_events()

    assert _templates("inbox", user_id=customer.user_id) == [
        "booking_confirmed",
        "technician_assigned",
        "technician_confirmed",
        "on_the_way",
        "arrived",
        "finished",
        "review_invited",
    ]
    assert _templates("inbox", user_id=scene.worker.user.pk) == ["visit_new", "visit_signed_off"]
    assert "technician_assigned" not in _templates("sms")
    review = Delivery.objects.get(template="review_invited", channel="sms")
    assert review.params["visit_ref"] == visit.ref
    assert review.params["technician"] == scene.worker.technician.name


def test_cancelled_order_tells_both_sides_and_names_the_fee() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    worker = scene.assigned(visit)
    _forget()
    late = scene.window().start

    view = booking_cancel(ref=booking.ref, reason="changed_mind", actor=customer, now=late)
    handle_events()

    assert view.fee_minor > 0
    assert _templates("inbox", user_id=customer.user_id) == ["booking_cancelled"]
    assert Delivery.objects.filter(template="booking_cancelled")[0].params["fee_minor"] == view.fee_minor
    assert _templates("inbox", user_id=worker.user.pk) == ["visit_cancelled"]
    assert _templates("sms", user_id=worker.user.pk) == ["visit_cancelled"]


def test_cancelled_order_without_a_technician_tells_the_customer_alone() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    _forget()

    booking_cancel(ref=booking.ref, reason="changed_mind", actor=customer, now=scene.now)
    handle_events()

    assert {template for template, _, _ in said()} == {"booking_cancelled"}


def test_moved_order_is_told_to_each_side_once_with_the_new_time() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    worker = scene.assigned(visit)
    _forget()
    window = scene.window(10, days=1)

    _move(booking.ref, customer, scene.now, window)
    handle_events()

    assert _templates("inbox", user_id=customer.user_id) == ["booking_rescheduled"]
    assert _templates("inbox", user_id=worker.user.pk) == ["visit_rescheduled"]
    for row in Delivery.objects.all():
        assert datetime.fromisoformat(row.params["window_start"]) == window.start


def _move(ref: str, actor: Actor, now: datetime, window: TimeSpan) -> None:
    hold = booking_hold_again(ref=ref, window=window, holder_key="browser", actor=actor, now=now)
    booking_reschedule(ref=ref, hold_ref=hold.ref, holder_key="browser", actor=actor, now=now)


def test_the_sending_job_is_registered() -> None:
    assert SEND_JOB in app.tasks
