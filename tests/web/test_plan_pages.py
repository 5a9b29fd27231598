"""Recurring plans on the customer's pages, by link, and at the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import link_create
from paidan.booking.models import Booking, PlanVisit, RecurringPlan
from paidan.booking.services import plans_tick
from paidan.catalog.models import ServiceItemVersion
from paidan.kernel import clock
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import client_of

pytestmark = pytest.mark.django_db
WEEKLY = {"every": "1", "unit": "WEEKLY", "holidays": "keep", "times": ""}


@pytest.fixture
def scene() -> Scene:
    scene = make_scene(workers=1, minutes=240)
    ServiceItemVersion.objects.update(is_recurring=True)
    city.make_shift(scene.worker, scene.day + timedelta(days=7))
    return scene


@pytest.fixture
def customer() -> User:
    return city.make_user(RoleCode.CUSTOMER, "李女士")


@pytest.fixture
def booking(scene: Scene, customer: User) -> Booking:
    return scene.booked(actor_of_user(customer))[0]


def _plan(booking: Booking, client: Client) -> RecurringPlan:
    client.post(reverse("portal:plan-new", args=[booking.ref]), {**WEEKLY, "agreed": "20000", "step": "agree"})
    return RecurringPlan.objects.get()


def test_a_booking_leads_to_a_plan_by_way_of_its_next_visits(booking: Booking, customer: User) -> None:
    client = client_of(customer)
    page = reverse("portal:plan-new", args=[booking.ref])
    assert page in client.get(reverse("portal:booking", args=[booking.ref])).content.decode()

    looked = client.post(page, {**WEEKLY, "step": "look"}).content.decode()
    agreed = client.post(page, {**WEEKLY, "agreed": "20000", "step": "agree"})

    assert looked.count("calendar-event") >= 6
    assert 'name="agreed" value="20000"' in looked
    plan = RecurringPlan.objects.get()
    assert agreed.headers["Location"] == reverse("portal:plan", args=[plan.ref])
    assert reverse("portal:plan", args=[plan.ref]) in client.get(reverse("portal:bookings")).content.decode()
    assert client.get(page).headers["Location"] == agreed.headers["Location"]


def test_wrong_numbers_and_another_price_keep_the_form(booking: Booking, customer: User) -> None:
    client = client_of(customer)
    page = reverse("portal:plan-new", args=[booking.ref])

    wrong = client.post(page, {**WEEKLY, "every": "99", "step": "agree"})
    dear = client.post(page, {**WEEKLY, "agreed": "1", "step": "agree"})

    assert (wrong.status_code, dear.status_code) == (422, 422)
    assert 'value="99"' in wrong.content.decode()
    assert 'role="alert"' in dear.content.decode()
    assert not RecurringPlan.objects.exists()


def test_a_plan_is_paused_resumed_changed_and_ended(booking: Booking, customer: User, scene: Scene) -> None:
    client = client_of(customer)
    plan = _plan(booking, client)
    page = reverse("portal:plan", args=[plan.ref])

    for step, status in (("pause", "paused"), ("resume", "active")):
        assert client.post(page, {"step": step}).status_code == 303
        plan.refresh_from_db()
        assert plan.status == status
    assert client.post(page, {"step": "resume"}).status_code == 409
    change = {**WEEKLY, "step": "change", "first": f"{scene.day + timedelta(days=9):%Y-%m-%d}", "start": "10:00"}
    assert client.post(page, change).status_code == 303
    assert client.post(page, {**change, "first": "never"}).status_code == 422
    assert client.post(page, {"step": "end"}).status_code == 303
    plan.refresh_from_db()
    assert (plan.status, plan.start_time.hour) == ("ended", 10)
    assert 'value="pause"' not in client.get(page).content.decode()


def test_a_day_is_left_out(booking: Booking, customer: User, scene: Scene) -> None:
    client = client_of(customer)
    plan = _plan(booking, client)
    page = reverse("portal:plan", args=[plan.ref])
    step = f"skip:{scene.day + timedelta(days=7):%Y-%m-%d}"
    assert step in client.get(page).content.decode()

    assert client.post(page, {"step": step}).status_code == 303
    again = client.post(page, {"step": step})

    assert again.status_code == 409
    assert PlanVisit.objects.get(status="skipped").original_date == scene.day + timedelta(days=7)
    assert client.post(page, {"step": "skip:tomorrow"}).status_code == 422


def test_the_link_of_a_full_day_offers_times_nearby(booking: Booking, customer: User, scene: Scene) -> None:
    plan = _plan(booking, client_of(customer))
    day = scene.day + timedelta(days=7)
    scene.booked(window=city.window(day, 14))
    plans_tick(clock.now())
    token = link_create(purpose=LinkPurpose.PLAN, subject=plan.ref, now=clock.now())
    page = reverse("portal:plan-link", args=[token])
    visitor = client_of()

    shown = visitor.get(page)
    value = shown.content.decode().split('name="window" value="')[1].split('"')[0]
    placed = visitor.post(page, {"step": f"place:{day:%Y-%m-%d}", "window": value})

    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert (placed.status_code, placed.headers["Location"]) == (303, page)
    assert PlanVisit.objects.get(original_date=day).status == "booked"
    assert visitor.get(reverse("portal:plan-link", args=["nothing"])).status_code == 404
    assert visitor.get(reverse("portal:plan", args=[plan.ref])).status_code in {302, 303, 404}


def test_the_desk_makes_and_sees_plans(booking: Booking) -> None:
    desk = client_of(city.make_user(RoleCode.MANAGER))
    page = reverse("desk:plan-new", args=[booking.ref])
    assert page in desk.get(reverse("desk:booking", args=[booking.ref])).content.decode()

    desk.post(page, {**WEEKLY, "agreed": "20000", "step": "agree"})

    plan = RecurringPlan.objects.get()
    shown = desk.get(reverse("desk:plan", args=[plan.ref])).content.decode()
    assert reverse("desk:booking", args=[booking.ref]) in shown
    assert desk.post(reverse("desk:plan", args=[plan.ref]), {"step": "pause"}).status_code == 303


def test_other_customers_find_no_such_plan(booking: Booking, customer: User) -> None:
    plan = _plan(booking, client_of(customer))
    stranger = client_of(city.make_user(RoleCode.CUSTOMER))

    assert stranger.get(reverse("portal:plan", args=[plan.ref])).status_code == 404
    assert stranger.post(reverse("portal:plan", args=[plan.ref]), {"step": "end"}).status_code == 404
    plan.refresh_from_db()
    assert plan.status == "active"
