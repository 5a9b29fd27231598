"""The inbox page, its bell and its reading, over HTTP."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from paidan.accounts.models import User
from paidan.kernel.actors import SYSTEM
from paidan.notifications.constants import Template
from paidan.notifications.models import Delivery
from paidan.notifications.selectors import InboxRow
from paidan.web.inbox.targets import target_of
from tests.notifications.scene import NOW, Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    scene.step("assign", actor=SYSTEM)
    scene.step("accept")
    return scene


def _client(user: User | None, language: str = "en") -> Client:
    assert user is not None
    client = Client(headers={"accept-language": language})
    client.force_login(user, backend="paidan.accounts.backends.PasswordBackend")
    return client


@pytest.mark.parametrize("name", ["inbox", "inbox-badge"])
def test_nobody_logged_in_is_sent_to_log_in(name: str) -> None:
    response = Client().get(reverse(f"web:{name}"))

    assert response.status_code == 302
    assert reverse("portal:login") in response["Location"]


def test_page_shows_ones_own_messages_on_ones_own_face(scene: Scene) -> None:
    mine = _client(scene.customer.user).get(reverse("web:inbox"))
    theirs = _client(scene.worker.user).get(reverse("web:inbox"))

    assert "Your technician is confirmed" in mine.content.decode()
    assert 'data-face="portal"' in mine.content.decode()
    assert "New visit for you" in theirs.content.decode()
    assert "Your technician is confirmed" not in theirs.content.decode()
    assert 'data-face="crew"' in theirs.content.decode()


def test_page_speaks_chinese(scene: Scene) -> None:
    text = _client(scene.customer.user, "zh-hans").get(reverse("web:inbox")).content.decode()

    assert "师傅已确认" in text


def test_fragment_is_the_list_alone(scene: Scene) -> None:
    text = _client(scene.customer.user).get(reverse("web:inbox"), headers={"hx-request": "true"}).content.decode()

    assert "Your technician is confirmed" in text
    assert "<html" not in text


def test_empty_inbox_says_what_will_come(scene: Scene) -> None:
    Delivery.objects.all().delete()

    text = _client(scene.customer.user).get(reverse("web:inbox")).content.decode()

    assert "No messages yet" in text
    assert "Mark all as read" not in text


def test_badge_counts_what_is_unread(scene: Scene) -> None:
    client = _client(scene.customer.user)

    assert client.get(reverse("web:inbox-badge")).content.decode().startswith("2<")
    client.post(reverse("web:inbox-read"))
    assert client.get(reverse("web:inbox-badge")).content.decode().strip() == ""


def test_reading_one_leads_away_and_leaves_the_others_unread(scene: Scene) -> None:
    client = _client(scene.customer.user)
    message = Delivery.objects.get(template="technician_confirmed", channel="inbox")

    response = client.post(reverse("web:inbox-read"), {"message": message.pk})

    assert response.status_code == 303
    assert list(Delivery.objects.filter(read_at__isnull=False)) == [message]


@pytest.mark.parametrize("number", ["", "x", "0", "-1", "9" * 40, "1\0", "٣", "1.5"])
def test_senseless_message_numbers_answer_404_and_read_nothing(scene: Scene, number: str) -> None:
    response = _client(scene.customer.user).post(reverse("web:inbox-read"), {"message": number})

    assert response.status_code == 404
    assert not Delivery.objects.filter(read_at__isnull=False).exists()


def test_foreign_message_answers_404_and_stays_unread(scene: Scene) -> None:
    message = Delivery.objects.get(template="technician_confirmed", channel="inbox")

    response = _client(scene.worker.user).post(reverse("web:inbox-read"), {"message": message.pk})

    assert response.status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


@pytest.mark.parametrize("before", ["abc", "-5", "9" * 40])
def test_senseless_cursor_shows_the_newest(scene: Scene, before: str) -> None:
    response = _client(scene.customer.user).get(reverse("web:inbox"), {"before": before})

    assert "Your technician is confirmed" in response.content.decode()


def test_query_count_does_not_grow_with_messages(scene: Scene) -> None:
    client = _client(scene.customer.user)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("web:inbox"))
        counts.append(len(queries))
        row = Delivery.objects.filter(channel="inbox", customer=scene.customer).latest("pk")
        for _ in range(15):
            row.pk, row.event_id = None, row.event_id + 10_000
            row.save(force_insert=True)

    assert counts[0] == counts[1]


def _row(template: Template, subject_ref: str) -> InboxRow:
    return InboxRow(1, template, "", "", subject_ref, "B000000000001", "V000000000001", NOW, is_unread=True)


@pytest.mark.parametrize(
    ("role", "template", "subject_ref", "leads_to"),
    [
        ("customer", Template.ARRIVED, "V000000000001", "portal:booking B000000000001"),
        ("customer", Template.BOOKING_CONFIRMED, "B000000000001", "portal:booking B000000000001"),
        ("customer", Template.REVIEW_INVITED, "V000000000001", "portal:review V000000000001"),
        ("technician", Template.VISIT_NEW, "V000000000001", "crew:visit V000000000001"),
        ("team_lead", Template.OFFER_OPENED, "V000000000001", "crew:hall"),
        ("dispatcher", Template.WORK_OPENED, "V000000000001", "desk:visit V000000000001"),
        ("dispatcher", Template.WORK_OPENED, "B000000000001", "desk:booking B000000000001"),
        ("dispatcher", Template.WORK_OPENED, "", "desk:worklist"),
    ],
)
def test_message_leads_to_its_subject_on_the_readers_face(
    role: str, template: Template, subject_ref: str, leads_to: str
) -> None:
    name, *refs = leads_to.split()

    assert target_of(_row(template, subject_ref), role) == reverse(name, args=refs)
