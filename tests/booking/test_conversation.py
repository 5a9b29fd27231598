"""Customer and desk write to each other about a booking; an urge is one item on the worklist, however often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.booking.errors import NothingToUrge
from paidan.booking.models import Booking, BookingMessage, ConversationMark
from paidan.booking.selectors import conversation_of
from paidan.booking.services import booking_cancel, booking_urge, conversation_read, message_send
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound, TooMany
from paidan.kernel.models import Event
from paidan.notifications.handlers import message_answered
from paidan.notifications.models import Delivery
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import Scene, make_scene, race
from tests.web.clients import FRAGMENT, NUL, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def customer(scene: Scene) -> Actor:
    return scene.customer_actor()


@pytest.fixture
def booking(scene: Scene, customer: Actor) -> Booking:
    return scene.booked(customer)[0]


@pytest.fixture
def desk(scene: Scene) -> Actor:
    return scene.staff(RoleCode.DISPATCHER)


def works() -> list[tuple[str, str]]:
    return list(WorkItem.objects.order_by("kind").values_list("kind", "status"))


def test_a_question_and_its_answer(scene: Scene, booking: Booking, customer: Actor, desk: Actor) -> None:
    asked = message_send(ref=booking.ref, text=" 能早点来吗？ ", actor=customer, now=scene.now)
    seen = conversation_of(desk, booking.ref, now=scene.now)
    message_send(ref=booking.ref, text="十点到。", actor=desk, now=scene.now)
    read = conversation_of(customer, booking.ref, now=scene.now)

    assert [(line.text, line.is_own, line.author) for line in asked.messages] == [("能早点来吗？", True, "")]
    assert (seen.unread, seen.messages[0].is_unread, seen.may_urge) == (1, True, False)
    assert [(line.text, line.is_own, line.author) for line in read.messages][1] == ("十点到。", False, "")
    assert read.unread == 1
    assert conversation_of(desk, booking.ref, now=scene.now).unread == 0
    assert works() == [("message", "done")]


def test_reading_is_kept_once_per_side(scene: Scene, booking: Booking, customer: Actor, desk: Actor) -> None:
    message_send(ref=booking.ref, text="在吗", actor=customer, now=scene.now)

    for _ in range(2):
        conversation_read(ref=booking.ref, actor=desk, now=scene.now)
        conversation_read(ref=booking.ref, actor=customer, now=scene.now)

    assert list(ConversationMark.objects.values_list("side", flat=True)) == ["desk"]
    assert Event.objects.filter(name="booking.conversation_read").count() == 1


def test_urging_is_one_item_and_limited(scene: Scene, booking: Booking, customer: Actor, desk: Actor) -> None:
    booking_urge(ref=booking.ref, actor=customer, now=scene.now)
    with pytest.raises(TooMany), transaction.atomic():
        booking_urge(ref=booking.ref, actor=customer, now=scene.now + timedelta(minutes=9))
    booking_urge(ref=booking.ref, actor=customer, now=scene.now + timedelta(minutes=11))

    assert works() == [("urged", "open")]
    assert BookingMessage.objects.filter(kind="urge").count() == 2
    message_send(ref=booking.ref, text="马上到", actor=desk, now=scene.now)
    assert works() == [("urged", "done")]


def test_what_is_over_is_not_urged(scene: Scene, booking: Booking, customer: Actor) -> None:
    booking_cancel(ref=booking.ref, reason="changed_mind", agreed_fee_minor=0, actor=customer, now=scene.now)

    with pytest.raises(NothingToUrge):
        booking_urge(ref=booking.ref, actor=customer, now=scene.now)

    assert not BookingMessage.objects.exists()
    assert not conversation_of(customer, booking.ref, now=scene.now).may_urge


def test_strangers_neither_read_nor_write(scene: Scene, booking: Booking, desk: Actor) -> None:
    other = scene.customer_actor()
    elsewhere = actor_of_user(city.make_user(RoleCode.DISPATCHER))
    link = scene.link(LinkPurpose.BOOKING, scene.booked(other, window=scene.window(10))[0].ref)
    technician = scene.worker.actor

    for actor in (other, elsewhere, link, technician):
        with pytest.raises((NotFound, Forbidden)):
            message_send(ref=booking.ref, text="x", actor=actor, now=scene.now)
        with pytest.raises((NotFound, Forbidden)):
            conversation_of(actor, booking.ref, now=scene.now)
    with pytest.raises(Forbidden):
        booking_urge(ref=booking.ref, actor=desk, now=scene.now)
    assert not BookingMessage.objects.exists()
    assert works() == []


@pytest.mark.parametrize("text", ["", "  ", "长" * 1001, NUL])
def test_what_cannot_be_kept_is_said(scene: Scene, booking: Booking, customer: Actor, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        message_send(ref=booking.ref, text=text, actor=customer, now=scene.now)

    assert list(refused.value.fields) == ["text"]
    assert not BookingMessage.objects.exists()


def test_nothing_written_is_ever_changed(scene: Scene, booking: Booking, customer: Actor) -> None:
    message_send(ref=booking.ref, text="在吗", actor=customer, now=scene.now)

    for change in (lambda rows: rows.update(text="没"), lambda rows: rows.delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change(BookingMessage.objects.all())


def test_an_answer_is_told_to_the_customer(scene: Scene, booking: Booking, desk: Actor) -> None:
    message_send(ref=booking.ref, text="十点到。", actor=desk, now=scene.now)
    event = Event.objects.get(name="booking.message_answered")

    message_answered({**event.payload, "event_id": event.pk})

    told = Delivery.objects.filter(template="message_answered")
    assert sorted(told.values_list("channel", flat=True)) == ["inbox", "sms"]
    assert f"user:{booking.customer.user_id}" in event.topics


@pytest.mark.django_db(transaction=True)
def test_eight_urges_at_once_are_one(scene: Scene, booking: Booking, customer: Actor) -> None:
    outcomes = race([lambda: booking_urge(ref=booking.ref, actor=customer, now=scene.now)] * 8)

    assert sum(outcome.value is not None for outcome in outcomes) == 1
    assert BookingMessage.objects.count() == 1
    assert works() == [("urged", "open")]


def page(booking: Booking, face: str = "bookings") -> str:
    return (
        f"/{face}/{booking.ref}/conversation/" if face == "bookings" else f"/desk/bookings/{booking.ref}/conversation/"
    )


def browser_of(actor: Actor) -> Client:
    return client_of(User.objects.get(pk=actor.user_id))


def test_both_sides_talk_on_their_pages(booking: Booking, customer: Actor, desk: Actor) -> None:
    theirs, ours = browser_of(customer), browser_of(desk)

    sent = theirs.post(page(booking), {"text": "能早点来吗？"}, headers=FRAGMENT)
    shown = ours.get(page(booking, "desk"), headers=FRAGMENT).content.decode()
    refused = ours.post(page(booking, "desk"), {"text": ""}, headers=FRAGMENT)
    urged = theirs.post(page(booking), {"step": "urge", "text": "还没写完"}, headers=FRAGMENT)
    again = theirs.post(page(booking), {"step": "urge", "text": "还没写完"}, headers=FRAGMENT)
    read = ours.post(page(booking, "desk"), {"step": "read"}, headers=FRAGMENT)
    plain = theirs.post(page(booking), {"text": "好的"})

    assert (sent.status_code, refused.status_code, urged.status_code, again.status_code) == (200, 422, 200, 422)
    assert (read.status_code, plain.status_code) == (204, 303)
    assert "能早点来吗？" in shown
    assert 'data-unread="1"' in shown
    assert "Please fill in this field." in refused.content.decode()
    assert "还没写完" in again.content.decode()
    assert theirs.get(page(booking)).status_code == ours.get(page(booking, "desk")).status_code == 200


def test_the_api_talks_too(booking: Booking, customer: Actor, desk: Actor) -> None:
    theirs, ours = browser_of(customer), browser_of(desk)
    url = f"/api/v1/bookings/{booking.ref}"

    sent = theirs.post(f"{url}/messages", {"text": "在吗"}, content_type="application/json")
    urged = theirs.post(f"{url}/urge", content_type="application/json")
    read = ours.post(f"{url}/messages/read", content_type="application/json")
    listed = theirs.get(f"{url}/messages").json()

    assert (sent.status_code, urged.status_code, read.status_code) == (201, 201, 200)
    assert read.json()["unread"] == 0
    assert [(line["kind"], line["text"]) for line in listed["messages"]] == [("text", "在吗"), ("urge", "")]
