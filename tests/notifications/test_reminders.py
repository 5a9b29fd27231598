"""A reminder reaches the customer by one channel, the second by the other, and never when it is no longer true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import override_settings

from paidan.accounts.constants import LinkPurpose
from paidan.booking.models import Booking, Reminder
from paidan.booking.services import booking_cancel, booking_confirm_by_customer, reminders_tick
from paidan.customers.models import Customer
from paidan.kernel.actors import Actor
from paidan.kernel.models import Event
from paidan.notifications import ports
from paidan.notifications.models import Delivery
from paidan.notifications.services import deliveries_send
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.notifications.scene import Outbox, handle_events, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Outbox:
    outbox = Outbox()
    monkeypatch.setattr(ports, "_registry", ports._Registry())
    ports.sms_sender_register(outbox)
    return outbox


def _booked(scene: Scene, actor: Actor) -> Booking:
    booking, _visit = scene.booked(actor, window=scene.window(14, days=1))
    Reminder.objects.update(promised_at=datetime(2026, 1, 1, tzinfo=UTC))
    Event.objects.all().delete()
    return booking


def _until(scene: Scene, hour: int) -> None:
    """Let the day before pass up to an hour, every half an hour, and handle what happened."""
    at = city.local(scene.day, 12)
    while at <= city.local(scene.day, hour):
        reminders_tick(at)
        at += timedelta(minutes=30)
    handle_events()


def test_first_by_sms_then_by_mail_each_once(scene: Scene) -> None:
    actor = scene.customer_actor()
    _booked(scene, actor)

    _until(scene, 16)
    assert said() == [("reminder_day_before", "inbox", "sent"), ("reminder_day_before", "sms", "pending")]
    Delivery.objects.all().delete()

    _until(scene, 18)
    handle_events()
    assert said() == [("reminder_again", "email", "pending"), ("reminder_again", "inbox", "sent")]


def test_without_a_phone_the_first_comes_by_mail(scene: Scene) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    Customer.objects.filter(pk=booking.customer_id).update(phone=None)

    _until(scene, 18)

    assert said() == [("reminder_day_before", "email", "pending"), ("reminder_day_before", "inbox", "sent")]


def test_the_technician_who_comes_is_reminded_too(scene: Scene) -> None:
    booking = _booked(scene, scene.customer_actor())
    scene.assigned(booking.visits.get().visit)
    Event.objects.all().delete()

    _until(scene, 16)

    assert said(user=scene.worker.user) == [("visit_reminder", "inbox", "sent")]


def test_a_message_that_waited_for_the_provider_is_not_sent_at_night(scene: Scene, outbox: Outbox) -> None:
    _booked(scene, scene.customer_actor())
    _until(scene, 16)

    with time_machine.travel(city.local(scene.day, 23), tick=False):
        deliveries_send()

    assert outbox.sent == []
    assert Delivery.objects.get(channel="sms").status == "withdrawn"


def test_the_message_carries_the_customers_link(scene: Scene, outbox: Outbox) -> None:
    _booked(scene, scene.customer_actor())
    _until(scene, 16)

    with time_machine.travel(city.local(scene.day, 16), tick=False), override_settings(PUBLIC_URL="https://p.example"):
        deliveries_send()

    (sms,) = outbox.sent
    assert "https://p.example/l/" in sms.text
    assert "{" not in sms.text


def test_a_message_about_a_booking_cancelled_meanwhile_is_not_sent(scene: Scene, outbox: Outbox) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    _until(scene, 16)
    booking_cancel(ref=booking.ref, reason="changed_mind", actor=actor, now=scene.now)

    with time_machine.travel(city.local(scene.day, 16), tick=False):
        deliveries_send()

    assert outbox.sent == []


def test_who_answers_meanwhile_is_not_asked_again(scene: Scene, outbox: Outbox) -> None:
    actor = scene.customer_actor()
    booking = _booked(scene, actor)
    _until(scene, 18)
    booking_confirm_by_customer(ref=booking.ref, actor=scene.link(LinkPurpose.BOOKING, booking.ref), now=scene.now)

    with time_machine.travel(city.local(scene.day, 18), tick=False):
        deliveries_send()

    assert Delivery.objects.get(template="reminder_again", channel="email").status == "withdrawn"
