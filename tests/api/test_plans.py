"""Recurring plans through the API: offered, agreed to, looked at, changed; strangers find nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from paidan.booking.models import RecurringPlan
from paidan.catalog.models import ServiceItemVersion
from tests.api.test_booking import API, booked, customer, post
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db
RULE = {"rule": "FREQ=WEEKLY", "holidays": "keep"}


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    ServiceItemVersion.objects.update(is_recurring=True)
    return scene


@pytest.fixture
def client() -> Client:
    return customer()


def test_a_plan_is_offered_agreed_to_and_ended(scene: Scene, client: Client) -> None:
    ref = booked(scene, client)
    status, offer = post(client, f"bookings/{ref}/plan-offer", dict(RULE))
    assert (status, offer["price_minor"]) == (200, 20_000)

    assert post(client, f"bookings/{ref}/plan", {**RULE, "agreed_price_minor": 1})[1]["code"] == "price_changed"
    status, made = post(client, f"bookings/{ref}/plan", {**RULE, "agreed_price_minor": 20_000})
    plan = f"plans/{made['ref']}"

    assert status == 201
    assert [one["ref"] for one in client.get(f"{API}/plans").json()] == [made["ref"]]
    days = client.get(f"{API}/{plan}").json()["days"]
    assert [day["state"] for day in days[:2]] == ["booked", "ahead"]
    skipped = post(client, f"{plan}/skip", {"day": days[1]["original"]})[1]
    assert skipped["status"] == "active"
    assert post(client, f"{plan}/skip", {"day": days[1]["original"]})[0] == 409
    assert post(client, f"{plan}/pause")[1]["status"] == "paused"
    assert post(client, f"{plan}/resume")[1]["status"] == "active"
    first = f"{scene.day + timedelta(days=15):%Y-%m-%d}"
    changed = post(client, f"{plan}/change", {**RULE, "first": first, "start": "10:00"})[1]
    assert (changed["start_time"], changed["rule"]) == ("10:00", "FREQ=WEEKLY")
    assert post(client, f"{plan}/end")[1]["status"] == "ended"


def test_what_is_no_rule_is_named(scene: Scene, client: Client) -> None:
    ref = booked(scene, client)

    status, answer = post(client, f"bookings/{ref}/plan-offer", {"rule": "FREQ=HOURLY"})

    assert status == 422
    assert "rule" in str(answer)


def test_strangers_find_no_plan(scene: Scene, client: Client) -> None:
    ref = booked(scene, client)
    made = post(client, f"bookings/{ref}/plan", {**RULE, "agreed_price_minor": 20_000})[1]
    stranger = customer()

    assert stranger.get(f"{API}/plans/{made['ref']}").status_code == 404
    assert post(stranger, f"plans/{made['ref']}/end")[0] == 404
    assert stranger.get(f"{API}/plans").json() == []
    assert RecurringPlan.objects.get().status == "active"
