"""Add-ons, urgency and questions on the booking page: the total comes from the server, nothing typed is lost."""

from __future__ import annotations

import pytest

from paidan.accounts.constants import RoleCode
from paidan.booking.models import Booking
from paidan.catalog.constants import QuestionKind
from paidan.catalog.models import AddOn, ItemQuestion, ServiceItemVersion
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.test_portal import FRAGMENT, book_url, client_of, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    scene = make_scene()
    ServiceItemVersion.objects.filter(pk=scene.version.pk).update(price_minor=10_000, urgent_minor=3_000)
    AddOn.objects.create(
        version=scene.version,
        code="gas",
        name={"zh": "补充制冷剂", "en": "Refill"},
        price_minor=12_000,
        extra_minutes=20,
    )
    ItemQuestion.objects.create(
        version=scene.version,
        code="kind",
        text={"zh": "哪一种？", "en": "Which kind?"},
        kind=QuestionKind.CHOICE,
        choices=[{"zh": "挂机", "en": "Wall unit"}, {"zh": "柜机", "en": "Floor unit"}],
        is_required=True,
    )
    return scene


def test_ticking_an_add_on_renews_the_total_and_the_times(scene: Scene) -> None:
    client = client_of()
    asked = {**form(scene), "step": "price", "minutes": str(scene.version.duration_minutes)}

    longer = client.post(book_url(scene), {**asked, "add_ons": "gas", "urgency": "urgent"}, headers=FRAGMENT)
    same = client.post(book_url(scene), asked, headers=FRAGMENT)

    assert 'name="price" value="25000"' in longer.content.decode()
    assert longer["HX-Trigger-After-Swap"] == "length:changed"
    assert 'name="price" value="10000"' in same.content.decode()
    assert "HX-Trigger-After-Swap" not in same


def test_without_scripts_the_same_button_answers_with_the_whole_page(scene: Scene) -> None:
    page = client_of().post(book_url(scene), {**form(scene), "step": "price", "add_ons": "gas"}).content.decode()

    assert 'name="price" value="22000"' in page
    assert 'value="gas"' in page
    assert "does not cool" in page


def test_booking_with_options_keeps_them_and_shows_them(scene: Scene) -> None:
    client = client_of(city.make_user(RoleCode.CUSTOMER, "李女士"))

    done = client.post(book_url(scene), form(scene, add_ons="gas", q_kind="2", price="22000"))
    page = client.get(done["Location"]).content.decode()

    assert done.status_code == 303
    booking = Booking.objects.get()
    assert (booking.price_minor, booking.answers[0]["answer"]["en"]) == (22_000, "Floor unit")
    assert all(words in page for words in ("Refill", "Which kind?", "Floor unit", "220.00"))


def test_a_question_left_open_and_another_price_are_said_and_the_form_stays(scene: Scene) -> None:
    client = client_of(city.make_user(RoleCode.CUSTOMER, "李女士"))

    unanswered = client.post(book_url(scene), form(scene, add_ons="gas"))
    dearer = client.post(book_url(scene), form(scene, add_ons="gas", q_kind="1", price="10000"))

    assert (unanswered.status_code, dearer.status_code) == (422, 409)
    assert all('name="price" value="22000"' in answer.content.decode() for answer in (unanswered, dearer))
    assert all("样例路 8 号" in answer.content.decode() for answer in (unanswered, dearer))
    assert not Booking.objects.exists()
