"""The desk calls customers who did not confirm: the entry, what came of the call, and another time."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import RoleCode
from paidan.booking.models import Booking
from paidan.worklist.constants import WorkKind
from paidan.worklist.services import work_open
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def desk() -> Client:
    return client_of(city.make_user(RoleCode.MANAGER))


def _to_call(scene: Scene) -> Booking:
    booking, _visit = scene.booked()
    work_open(
        kind=WorkKind.UNCONFIRMED,
        subject_ref=booking.ref,
        territory_id=booking.territory_id,
        facts={"window_start": booking.window_start_at.isoformat()},
        due_at=booking.window_start_at,
        now=scene.now,
    )
    return booking


def test_an_entry_leads_to_the_booking_where_the_call_is_noted(scene: Scene, desk: Client) -> None:
    booking = _to_call(scene)
    page = reverse("desk:booking", args=[booking.ref])
    assert page in desk.get(reverse("desk:worklist")).content.decode()
    assert "call-title" in desk.get(page).content.decode()

    answer = desk.post(reverse("desk:booking-call", args=[booking.ref]), {"outcome": "not_reached", "text": "占线"})

    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    shown = desk.get(page).content.decode()
    assert "call-title" not in shown
    assert "占线" in shown
    assert booking.ref not in desk.get(reverse("desk:worklist")).content.decode()


def test_a_note_that_is_too_long_is_kept_in_the_form(scene: Scene, desk: Client) -> None:
    booking = _to_call(scene)

    answer = desk.post(reverse("desk:booking-call", args=[booking.ref]), {"outcome": "confirmed", "text": "很" * 501})

    assert answer.status_code == 422
    assert "很" * 501 in answer.content.decode()
    assert "call-error" in answer.content.decode()


def test_a_booking_that_needs_no_call_has_no_such_card(scene: Scene, desk: Client) -> None:
    booking, _visit = scene.booked()

    assert "call-title" not in desk.get(reverse("desk:booking", args=[booking.ref])).content.decode()


def test_the_desk_moves_a_booking_to_another_time(scene: Scene, desk: Client) -> None:
    booking = _to_call(scene)
    page = reverse("desk:booking-reschedule", args=[booking.ref])
    shown = desk.get(page).content.decode()
    values = re.findall(r'name="window" id="slot-\d+" value="([^"]+)"', shown)
    assert values

    answer = desk.post(page, {"window": values[-1], "agreed": "0"})

    assert answer.status_code == 303, answer.content.decode()
    before = booking.window_start_at
    booking.refresh_from_db()
    assert booking.window_start_at != before
    assert "call-title" not in desk.get(reverse("desk:booking", args=[booking.ref])).content.decode()


def test_without_a_time_the_desk_is_told(scene: Scene, desk: Client) -> None:
    booking = _to_call(scene)

    answer = desk.post(reverse("desk:booking-reschedule", args=[booking.ref]), {"agreed": "0"})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_customers_do_not_reach_the_desks_pages(scene: Scene) -> None:
    booking = _to_call(scene)
    customer = client_of(city.make_user(RoleCode.CUSTOMER))

    for name in ("desk:booking-call", "desk:booking-reschedule"):
        assert customer.post(reverse(name, args=[booking.ref]), {"outcome": "confirmed"}).status_code in {403, 404}
    booking.refresh_from_db()
    assert booking.confirmed_by_customer_at is None
