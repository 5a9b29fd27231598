"""Partner orders through the API: answered one by one, booked once, their status fetched; partners see their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from paidan.accounts.constants import Permission, RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import api_key_create
from paidan.booking.models import Booking
from paidan.partners.models import Partner, PartnerImport
from paidan.partners.services import import_run
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.partners.files import make_partner

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    make_partner()
    return scene


@pytest.fixture
def account(scene: Scene) -> User:
    """The account that the partner's programs use."""
    user = city.make_user(RoleCode.CUSTOMER_SERVICE)
    Partner.objects.update(account=user)
    return user


def client_of(user: User) -> Client:
    """A program with a key that may do nothing but order."""
    key = api_key_create(user_id=user.pk, label="erp", scopes=[Permission.ORDER_FOR_PARTNERS], expires_at=None)
    return Client(headers={"authorization": f"Bearer {key}"})


def order(scene: Scene, number: str = "A-1", **changes: object) -> dict[str, object]:
    return {
        "external_number": number,
        "service": scene.item_code,
        "contact_name": "李女士",
        "contact_phone": "13800138000",
        "district": scene.territory.code,
        "address": "样例路 8 号",
        "date": f"{scene.day:%Y-%m-%d}",
        "window": "14:00-16:00",
        **changes,
    }


def post(client: Client, *orders: dict[str, object], partner: str = "haier") -> tuple[int, dict[str, Any]]:
    body = {"partner": partner, "orders": list(orders)}
    answer = client.post(f"{API}/partner-orders", body, content_type="application/json")
    return answer.status_code, answer.json()


def test_each_order_is_answered_by_itself(scene: Scene, account: User) -> None:
    client = client_of(account)

    status, answer = post(client, order(scene), order(scene, "A-2", district="Atlantis"), order(scene))

    assert status == 200
    assert [one["status"] for one in answer["results"]] == ["booked", "rejected", "known"]
    assert [error["field"] for error in answer["results"][1]["errors"]] == ["district"]
    assert answer["results"][0]["booking_ref"] == Booking.objects.get().ref
    again = post(client, order(scene))[1]["results"][0]
    assert (again["status"], again["booking_ref"]) == ("known", Booking.objects.get().ref)


def test_many_orders_wait_for_the_worker(scene: Scene, account: User) -> None:
    client = client_of(account)

    answer = post(client, *(order(scene, f"A-{number}", district="x") for number in range(11)))[1]

    assert {one["status"] for one in answer["results"]} == {"waiting"}
    import_run(import_id=PartnerImport.objects.get().pk)
    done = client.get(f"{API}/partner-imports/{answer['ref']}").json()
    assert (done["is_done"], done["rejected"]) == (True, 11)


def test_the_status_is_fetched_since_an_instant(scene: Scene, account: User) -> None:
    client = client_of(account)
    post(client, order(scene))

    (row,) = client.get(f"{API}/partner-orders").json()["items"]

    assert (row["external_number"], row["status"], row["visit_status"]) == ("A-1", "confirmed", "pending")
    since = {"updated_since": row["updated_at"]}
    assert len(client.get(f"{API}/partner-orders", since).json()["items"]) == 1
    later = {"updated_since": "2199-01-01T00:00:00Z"}
    assert client.get(f"{API}/partner-orders", later).json()["items"] == []


def test_a_partner_sees_and_orders_for_nobody_else(scene: Scene, account: User) -> None:
    make_partner("midea")
    desk = client_of(city.make_user(RoleCode.MANAGER))
    ref = post(desk, order(scene, "M-1"), partner="midea")[1]["ref"]
    client = client_of(account)

    assert post(client, order(scene), partner="midea")[0] == 404
    assert client.get(f"{API}/partner-orders").json()["items"] == []
    assert client.get(f"{API}/partner-imports/{ref}").status_code == 404
    assert len(desk.get(f"{API}/partner-orders").json()["items"]) == 1


def test_a_key_for_orders_books_in_no_other_way(scene: Scene, account: User) -> None:
    client = client_of(account)

    answer = client.post(f"{API}/bookings", {}, content_type="application/json")

    assert answer.status_code == 403


def test_a_retired_partner_orders_no_more(scene: Scene, account: User) -> None:
    Partner.objects.update(retired_at=scene.now)

    assert post(client_of(account), order(scene))[0] == 404
    assert not Booking.objects.exists()


@pytest.mark.parametrize("count", [0, 101])
def test_a_call_has_one_to_a_hundred_orders(scene: Scene, account: User, count: int) -> None:
    assert post(client_of(account), *(order(scene, f"A-{n}") for n in range(count)))[0] == 422


def test_customers_do_not_order_for_partners(scene: Scene) -> None:
    customer = city.make_user(RoleCode.CUSTOMER)
    key = api_key_create(user_id=customer.pk, label="x", scopes=[], expires_at=None)
    client = Client(headers={"authorization": f"Bearer {key}"})

    assert post(client, order(scene))[0] == 403
    assert not PartnerImport.objects.exists()
