"""The customer's side of the API: find, keep, book, move, call off, sign off, rate."""

from __future__ import annotations

import pytest
from django.test import Client

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import api_key_create, link_create
from paidan.booking.constants import BookingStatus, Channel
from paidan.booking.models import Booking
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from tests import city
from tests.booking.scene import PLACE, Scene, make_scene

pytestmark = pytest.mark.django_db
API = "/api/v1"
Json = dict[str, object]


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def caller(user: User) -> Client:
    key = api_key_create(user_id=user.pk, label="test", scopes=[], expires_at=None)
    return Client(headers={"authorization": f"Bearer {key}", "accept-language": "en"})


def customer() -> Client:
    return caller(city.make_user(RoleCode.CUSTOMER, "李女士"))


def window(span: TimeSpan) -> Json:
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def order(scene: Scene, **changes: object) -> Json:
    address = {"district": "样例区", "text": "样例路 8 号", "lat": PLACE.lat, "lng": PLACE.lng}
    return {
        "service_item": scene.item_code,
        "window": window(scene.window()),
        "contact_name": "李女士",
        "contact_phone": "138 0013 8000",
        "address": address,
        "consent": True,
        **changes,
    }


def post(client: Client, path: str, body: Json | None = None) -> tuple[int, Json]:
    answer = client.post(f"{API}/{path}", body or {}, content_type="application/json")
    return answer.status_code, answer.json()


def booked(scene: Scene, client: Client) -> str:
    status, answer = post(client, "bookings", order(scene))
    assert status == 201, answer
    return str(answer["ref"])


def test_services_are_listed_and_found_by_anybody(scene: Scene) -> None:
    name = scene.version.name["zh"]

    listed = Client().get(f"{API}/service-items").json()
    _status, found = post(Client(), "service-items/match", {"text": name})
    _status, nonsense = post(Client(), "service-items/match", {"text": "qqqq zzzz"})

    assert scene.item_code in [item["code"] for item in listed]
    assert found["items"][0]["code"] == scene.item_code  # type: ignore[index]  # JSON
    assert nonsense["items"] == []
    assert nonsense["question"]


def test_slots_say_why_there_are_none(scene: Scene) -> None:
    where = {"service_item": scene.item_code, "lat": PLACE.lat, "lng": PLACE.lng}

    free = Client().get(f"{API}/slots", where).json()
    outside = Client().get(f"{API}/slots", {**where, "lat": 30.0, "lng": 120.0}).json()
    naive = Client().get(f"{API}/slots", {**where, "from": "2026-11-23T08:00:00"})

    assert len(free["slots"]) == 10
    assert outside["reason"] == "not_served"
    assert outside["territory"] is None
    assert naive.status_code == 422
    assert "from" in naive.json()["fields"]


def test_a_kept_window_is_booked(scene: Scene) -> None:
    client = customer()
    place = {"service_item": scene.item_code, "lat": PLACE.lat, "lng": PLACE.lng}

    _status, hold = post(client, "holds", {**place, "window": window(scene.window())})
    status, answer = post(client, "bookings", order(scene, hold_ref=hold["ref"]))

    assert status == 201
    assert answer["status"] == "confirmed"
    assert Booking.objects.get().hold is not None


def test_a_retry_with_the_same_key_books_once(scene: Scene) -> None:
    client = customer()
    headers = {"idempotency-key": "once"}

    first = client.post(f"{API}/bookings", order(scene), content_type="application/json", headers=headers)
    again = client.post(f"{API}/bookings", order(scene), content_type="application/json", headers=headers)

    assert first.content == again.content
    assert Booking.objects.count() == 1


def test_faults_name_the_field_as_it_was_sent(scene: Scene) -> None:
    bad = {"district": "样例区", "text": " ", "lat": PLACE.lat, "lng": PLACE.lng}

    status, answer = post(customer(), "bookings", order(scene, address=bad))

    assert status == 422
    assert list(answer["fields"]) == ["address.text"]  # type: ignore[call-overload]  # JSON
    assert not Booking.objects.exists()


def test_the_desk_books_for_a_caller(scene: Scene) -> None:
    desk = caller(city.make_user(RoleCode.CUSTOMER_SERVICE))

    status, _answer = post(desk, "bookings", order(scene, channel="phone"))

    booking = Booking.objects.get()
    assert status == 201
    assert booking.channel == Channel.PHONE
    assert booking.customer.phone == "+8613800138000"


def test_a_foreign_booking_answers_as_an_absent_one(scene: Scene) -> None:
    ref = booked(scene, customer())
    other = customer()

    assert other.get(f"{API}/bookings/{ref}").status_code == 404
    assert post(other, f"bookings/{ref}/cancel", {"reason": "other"})[0] == 404
    assert other.get(f"{API}/bookings").json()["items"] == []
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


def test_a_preview_changes_nothing_and_cancelling_does(scene: Scene) -> None:
    client = customer()
    ref = booked(scene, client)

    _status, preview = post(client, f"bookings/{ref}/cancel?preview=true")
    before = Booking.objects.get().status
    status, done = post(client, f"bookings/{ref}/cancel", {"reason": "changed_mind", "agreed_fee_minor": 0})

    assert preview["fee_minor"] == 0
    assert before == BookingStatus.CONFIRMED
    assert (status, done["is_done"]) == (200, True)
    assert Booking.objects.get().status == BookingStatus.CANCELLED


def test_a_booking_is_confirmed_and_moved_by_link(scene: Scene) -> None:
    ref = booked(scene, customer())
    token = link_create(purpose=LinkPurpose.BOOKING, subject=ref, now=scene.now)
    holder = Client(headers={"x-paidan-link": token})
    later = scene.window(10, days=1)

    confirmed = post(holder, f"bookings/{ref}/confirm")[0]
    moved, answer = post(holder, f"bookings/{ref}/reschedule", {"window": window(later)})

    assert confirmed == 200
    assert moved == 200
    assert answer["ref"] == ref
    assert Booking.objects.get().window_start_at == later.start


def test_finished_work_is_signed_off_and_rated_once(scene: Scene) -> None:
    client = customer()
    ref = booked(scene, client)
    visit = Visit.objects.get(booking_ref=ref)
    levels: Json = {"attitude": 5, "quality": 5, "response": 4, "skill": 5}
    early = post(client, f"visits/{visit.ref}/review", levels)
    scene.finished(visit)

    signed = post(client, f"visits/{visit.ref}/sign-off")
    own = post(caller(scene.worker.user), f"visits/{visit.ref}/sign-off")
    first = post(client, f"visits/{visit.ref}/review", levels)
    second = post(client, f"visits/{visit.ref}/review", levels)

    assert early[1]["code"] == "not_yet_reviewable"
    assert signed == (200, {"visit_ref": visit.ref, "status": "signed_off"})
    assert own[0] == 403
    assert (first[0], first[1]["mean"]) == (201, 4.75)
    assert second[1]["code"] == "already_reviewed"
