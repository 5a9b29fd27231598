"""The inbox is one's own: newest first, in the reader's language, read or unread."""

from __future__ import annotations

import pytest

from paidan.accounts.access import actor_of_user
from paidan.kernel.actors import ANONYMOUS, SYSTEM, Actor
from paidan.kernel.errors import NotFound, Unauthenticated
from paidan.kernel.models import Event
from paidan.notifications.models import Delivery
from paidan.notifications.selectors import deliveries_about, inbox_page, inbox_unread
from paidan.notifications.services import inbox_read, inbox_read_all
from tests.notifications.scene import NOW, Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.step("assign", actor=SYSTEM)
    scene.step("accept")
    return scene


def _customer(scene: Scene) -> Actor:
    assert scene.customer.user is not None
    return actor_of_user(scene.customer.user)


def test_inbox_shows_ones_own_messages_newest_first(scene: Scene) -> None:
    page = inbox_page(_customer(scene), language="en")

    assert [row.template for row in page.rows] == ["technician_confirmed", "technician_assigned"]
    assert page.next_before is None
    first = page.rows[0]
    assert (first.title, first.is_unread) == ("Your technician is confirmed", True)
    assert (first.visit_ref, first.booking_ref) == (scene.visit.ref, scene.visit.booking_ref)
    assert inbox_unread(_customer(scene)) == 2
    assert inbox_page(_customer(scene), language="zh-hans").rows[0].title == "师傅已确认"


def test_long_inbox_continues_where_it_ended_and_costs_one_query(
    scene: Scene, django_assert_num_queries: object
) -> None:
    row = Delivery.objects.filter(channel="inbox", customer=scene.customer).latest("pk")
    for number in range(43):
        row.pk, row.event_id = None, 10_000 + number
        row.save(force_insert=True)
    actor = _customer(scene)

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture is untyped
        first = inbox_page(actor, language="en")
    second = inbox_page(actor, language="en", before=first.next_before)
    third = inbox_page(actor, language="en", before=second.next_before)

    ids = [row.id for page in (first, second, third) for row in page.rows]
    assert [len(page.rows) for page in (first, second, third)] == [20, 20, 5]
    assert ids == sorted(ids, reverse=True)
    assert third.next_before is None


def test_message_is_read_once_and_other_screens_hear_of_it(scene: Scene) -> None:
    actor = _customer(scene)
    message = inbox_page(actor, language="en").rows[0]
    Event.objects.all().delete()

    for _ in range(2):
        read = inbox_read(message_id=message.id, actor=actor, language="en", now=NOW)

    assert not read.is_unread
    assert inbox_unread(actor) == 1
    assert [event.topics for event in Event.objects.all()] == [[f"user:{actor.user_id}"]]


def test_everything_is_read_at_once(scene: Scene) -> None:
    actor = _customer(scene)

    assert inbox_read_all(actor=actor, now=NOW) == 2
    assert inbox_read_all(actor=actor, now=NOW) == 0

    assert inbox_unread(actor) == 0
    assert inbox_unread(scene.worker.actor) == 1


def test_foreign_message_answers_like_an_absent_one(scene: Scene) -> None:
    message = inbox_page(_customer(scene), language="en").rows[0]

    for message_id in (message.id, 999_999_999):
        with pytest.raises(NotFound):
            inbox_read(message_id=message_id, actor=scene.worker.actor, language="en", now=NOW)

    assert inbox_unread(_customer(scene)) == 2


@pytest.mark.parametrize("actor", [ANONYMOUS, SYSTEM])
def test_nobody_has_no_inbox(actor: Actor) -> None:
    with pytest.raises(Unauthenticated):
        inbox_page(actor, language="en")


def test_withdrawn_message_is_not_shown(scene: Scene) -> None:
    scene.step("depart")
    assert inbox_unread(_customer(scene)) == 3

    scene.step("undo_depart")

    assert inbox_unread(_customer(scene)) == 2


def test_what_was_sent_about_a_visit_is_listed(scene: Scene) -> None:
    views = deliveries_about([scene.visit.ref])

    assert [(view.template, view.channel, view.status) for view in views] == [
        ("visit_new", "inbox", "sent"),
        ("visit_new", "sms", "pending"),
        ("technician_assigned", "inbox", "sent"),
        ("technician_confirmed", "inbox", "sent"),
        ("technician_confirmed", "sms", "pending"),
    ]
