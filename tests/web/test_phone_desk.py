"""The phone desk over HTTP: the caller is found while typing, taken over, and booked in the customer's own slots."""

from __future__ import annotations

import re
from time import process_time

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from paidan.accounts.access import actor_of_user
from paidan.accounts.constants import RoleCode
from paidan.accounts.models import User
from paidan.booking.constants import Channel
from paidan.booking.models import Booking
from paidan.catalog.models import AddOn, ItemQuestion, ServiceItemVersion
from paidan.customers.calling import call_report, extension_set
from paidan.customers.models import CallerLookup, Customer, DeskLine, IncomingCall
from paidan.customers.services import customer_by_phone
from paidan.kernel.errors import DomainError
from paidan.kernel.settings import CALLERS_EACH_PER_HOUR
from paidan.workforce.models import TerritoryScope
from tests import city
from tests.booking.scene import Scene, make_scene
from tests.web.clients import EMOJI, FRAGMENT, MEGABYTE, NUL, client_of

pytestmark = pytest.mark.django_db
PHONE = "13800138000"
URL = "/desk/phone/"


@pytest.fixture
def scene() -> Scene:
    return make_scene()


@pytest.fixture
def agent(scene: Scene) -> User:
    user = city.make_user(RoleCode.DISPATCHER)
    TerritoryScope.objects.create(user=user, territory=scene.territory)
    return user


@pytest.fixture
def desk(agent: User) -> Client:
    return client_of(agent)


@pytest.fixture
def known(scene: Scene) -> Customer:
    """A customer who has booked by phone before."""
    booking, _visit = scene.booked(scene.staff(RoleCode.MANAGER))
    return booking.customer


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def fields(scene: Scene, **changes: str) -> dict[str, str]:
    window = scene.window(10)
    return {
        "item": scene.item_code,
        "address_ref": "new",
        "district": scene.territory.code,
        "address_text": "样例路 9 号",
        "door": "2 栋 301",
        "window": f"{window.start.isoformat()}/{window.end.isoformat()}",
        "contact_name": "王先生",
        "contact_phone": "13912345678",
        "urgency": "normal",
        **changes,
    }


def lookups() -> list[tuple[int, str]]:
    return list(CallerLookup.objects.values_list("user_id", "customer__ref"))


@pytest.mark.parametrize("role", [RoleCode.TECHNICIAN, RoleCode.TEAM_LEAD, RoleCode.CUSTOMER])
def test_only_who_books_for_others_sits_at_the_phone(known: Customer, role: RoleCode) -> None:
    client = client_of(city.make_user(role))

    answers = [
        client.get(URL),
        client.post(URL, {"step": f"caller:{known.ref}"}),
        client.get(reverse("desk:phone-ringing")),
        client.post(reverse("desk:phone-extension"), {"extension": "801"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert lookups() == []
    assert not DeskLine.objects.exists()


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [("138", False), ("1380", True), ("8000", True), ("138 0013", True), ("9999", False), (NUL, False)],
)
def test_four_digits_find_the_caller_masked_and_unaudited(
    desk: Client, known: Customer, typed: str, is_found: bool
) -> None:
    answer = desk.post(URL, {"step": "find", "contact_phone": typed}, headers=FRAGMENT)

    assert answer.status_code == 200
    assert ("138****8000" in text_of(answer)) is is_found
    assert PHONE not in text_of(answer)
    assert lookups() == []


def test_a_chosen_caller_comes_with_everything_and_is_audited_once(desk: Client, agent: User, known: Customer) -> None:
    first, again = (
        desk.post(URL, {"step": f"caller:{known.ref}", "description": "漏水了"}, headers=FRAGMENT) for _ in range(2)
    )

    assert first.status_code == again.status_code == 200
    for part in (PHONE, "李女士", "样例路 8 号", "漏水了", "Book the same again"):
        assert part in text_of(first)
    assert lookups() == [(agent.pk, known.ref)]


def test_callers_are_not_harvested(desk: Client, known: Customer, scene: Scene) -> None:
    CALLERS_EACH_PER_HOUR.set(1)
    other = customer_by_phone(phone="+8613700000001", name="赵", now=scene.now)
    desk.post(URL, {"step": f"caller:{known.ref}"}, headers=FRAGMENT)

    refused = desk.post(URL, {"step": f"caller:{other.ref}"}, headers=FRAGMENT)

    assert refused.status_code == 429
    assert "13700000001" not in text_of(refused)
    assert CallerLookup.objects.count() == 1


def test_a_caller_who_does_not_exist_is_absent(desk: Client) -> None:
    answers = [desk.post(URL, {"step": f"caller:{ref}"}).status_code for ref in ("C000000000000", "x", NUL)]

    assert answers == [404, 404, 404]


def test_the_same_again_takes_service_and_address(desk: Client, scene: Scene, known: Customer) -> None:
    past = Booking.objects.get(customer=known)

    answer = desk.post(URL, {"step": f"again:{past.ref}", "customer": known.ref}, headers=FRAGMENT)

    assert answer.status_code == 200
    assert f'value="{scene.item_code}" selected' in text_of(answer)
    assert re.search(rf'value="{past.address.ref}"[^>]*checked', text_of(answer))
    assert 'name="window"' in text_of(answer)


def test_another_customers_booking_is_not_taken_over(desk: Client, scene: Scene, known: Customer) -> None:
    stranger = customer_by_phone(phone="+8613700000001", name="赵", now=scene.now)
    past = Booking.objects.get(customer=known)

    answer = desk.post(URL, {"step": f"again:{past.ref}", "customer": stranger.ref}, headers=FRAGMENT)

    assert answer.status_code == 404


def test_a_known_caller_is_booked_in_few_interactions(
    desk: Client, scene: Scene, known: Customer, record_property: pytest.RecordProperty
) -> None:
    past, spent = Booking.objects.get(customer=known), process_time()
    interactions = 0

    desk.get(URL)
    desk.post(URL, {"step": "find", "contact_phone": "8000"}, headers=FRAGMENT)
    interactions += 1  # four digits typed
    desk.post(URL, {"step": f"caller:{known.ref}"}, headers=FRAGMENT)
    interactions += 1
    page = desk.post(URL, {"step": f"again:{past.ref}", "customer": known.ref}, headers=FRAGMENT)
    interactions += 1
    window = re.findall(r'name="window"[^>]*value="([^"]+)"', text_of(page))[0]
    sent = {
        **fields(scene, window=window, contact_name=known.name, contact_phone=PHONE),
        "customer": known.ref,
        "address_ref": past.address.ref,
        "price": str(past.price_minor),
    }
    desk.post(URL, {**sent, "step": "hold"}, headers=FRAGMENT)
    interactions += 1
    answer = desk.post(URL, sent)
    interactions += 1

    record_property("server_cpu_seconds", process_time() - spent)
    booking = Booking.objects.exclude(pk=past.pk).get()
    assert interactions <= 12
    assert (answer.status_code, answer["Location"]) == (303, reverse("desk:booking", args=[booking.ref]))
    assert (booking.customer_id, booking.channel, booking.address_id) == (known.pk, Channel.PHONE, past.address_id)
    assert booking.hold is not None


def test_somebody_new_is_booked_with_a_typed_address(desk: Client, scene: Scene, agent: User) -> None:
    answer = desk.post(URL, fields(scene, description=EMOJI))

    booking = Booking.objects.get()
    assert answer.status_code == 303
    assert (booking.channel, booking.contact_phone, booking.created_by_id) == ("phone", "+8613912345678", agent.pk)
    assert (booking.address.text, booking.address.door, booking.description) == ("样例路 9 号", "2 栋 301", EMOJI)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"item": ""}, "Please choose a service."),
        ({"item": "no-such"}, "id_item_error"),
        ({"window": ""}, "Please choose a time."),
        ({"contact_phone": "12"}, "id_contact_phone_error"),
        ({"address_text": ""}, "id_address_text_error"),
        ({"description": MEGABYTE[:3000]}, "id_description_error"),
        ({"contact_name": ""}, "id_contact_name_error"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    desk: Client, scene: Scene, change: dict[str, str], sentence: str
) -> None:
    answer = desk.post(URL, fields(scene, special_requirements="带梯子", **change))

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "带梯子" in text_of(answer)
    assert not Booking.objects.exists()


def test_a_lost_time_names_the_nearest_and_keeps_the_form(desk: Client, scene: Scene) -> None:
    manager = scene.staff(RoleCode.MANAGER)
    for number in range(8):
        try:
            scene.book(manager, window=scene.window(10), contact_phone=f"1370000000{number}")
        except DomainError:  # full
            break

    answer = desk.post(URL, fields(scene))

    assert answer.status_code == 409
    assert "Nearest free times:" in text_of(answer)
    assert "样例路 9 号" in text_of(answer)
    assert not Booking.objects.filter(contact_phone="+8613912345678").exists()


def test_another_number_than_the_callers_is_not_booked_by_mistake(desk: Client, scene: Scene, known: Customer) -> None:
    before = Booking.objects.count()

    answer = desk.post(URL, fields(scene, customer=known.ref))

    assert answer.status_code == 422
    assert "This is not the caller&#x27;s number." in text_of(answer)
    assert Booking.objects.count() == before


def test_pasted_text_fills_the_fields(desk: Client, scene: Scene) -> None:
    text = f"陈晓梅 139-1234-5678 {scene.territory.code}区晴湖路8号晴湖苑3栋2单元502"

    answer = desk.post(URL, {"step": "paste", "paste": text, "description": "先来看看"}, headers=FRAGMENT)

    for value in ("陈晓梅", "13912345678", "3栋2单元502", "先来看看"):
        assert f'value="{value}"' in text_of(answer) or f">\n{value}<" in text_of(answer)


def test_pasted_nonsense_is_said_and_kept(desk: Client) -> None:
    answer = desk.post(URL, {"step": "paste", "paste": "?!"}, headers=FRAGMENT)

    assert "We found no name, phone or address in this text." in text_of(answer)
    assert "?!" in text_of(answer)


def test_a_call_comes_up_where_the_extension_is(desk: Client, agent: User, scene: Scene, known: Customer) -> None:
    desk.post(reverse("desk:phone-extension"), {"extension": "801"})
    call_report(call_key="c1", phone=PHONE, extension="801", actor=scene.staff(RoleCode.MANAGER), now=scene.now)
    other = client_of(city.make_user(RoleCode.CUSTOMER_SERVICE))
    ref = IncomingCall.objects.get().ref

    bar, elsewhere = (text_of(client.get(reverse("desk:phone-ringing"))) for client in (desk, other))
    foreign = other.post(reverse("desk:call-answer", args=[ref]), {"open": "1"})
    opened = desk.post(reverse("desk:call-answer", args=[ref]), {"open": "1"}, follow=True)

    assert "138****8000" in bar
    assert PHONE not in bar
    assert "138" not in elsewhere
    assert foreign.status_code == 404
    assert PHONE in text_of(opened)
    assert "Book the same again" in text_of(opened)
    assert "138" not in text_of(desk.get(reverse("desk:phone-ringing")))
    assert lookups() == [(agent.pk, known.ref)]


def test_an_unknown_number_is_in_the_form_already(desk: Client, agent: User, scene: Scene) -> None:
    extension_set(extension="802", actor=actor_of_user(agent), now=scene.now)
    call_report(call_key="c2", phone="13655556666", extension="802", actor=actor_of_user(agent), now=scene.now)

    opened = desk.get(URL, {"call": IncomingCall.objects.get().ref})

    assert 'value="13655556666"' in text_of(opened)
    assert (
        client_of(city.make_user(RoleCode.MANAGER)).get(URL, {"call": IncomingCall.objects.get().ref}).status_code
        == 404
    )


def test_an_extension_moves_with_whoever_sits_down(desk: Client, agent: User, scene: Scene) -> None:
    colleague = city.make_user(RoleCode.MANAGER)
    extension_set(extension="801", actor=actor_of_user(colleague), now=scene.now)

    desk.post(reverse("desk:phone-extension"), {"extension": "801"})
    refused = desk.post(reverse("desk:phone-extension"), {"extension": "8 0 1<"}, follow=True)

    assert list(DeskLine.objects.values_list("user_id", "extension")) == [(agent.pk, "801")]
    assert "An extension has up to 20 letters and digits." in text_of(refused)


def test_add_ons_urgency_and_questions_are_asked_priced_and_kept_at_the_desk(desk: Client, scene: Scene) -> None:
    ServiceItemVersion.objects.filter(pk=scene.version.pk).update(price_minor=10_000, urgent_minor=3_000)
    AddOn.objects.create(version=scene.version, code="gas", name={"en": "Refill"}, price_minor=12_000, extra_minutes=20)
    ItemQuestion.objects.create(version=scene.version, code="kind", text={"en": "Which kind?"}, is_required=True)
    sent = fields(scene, add_ons="gas", urgency="urgent", price="25000")

    chosen = text_of(desk.post(URL, {**sent, "step": "item"}, headers=FRAGMENT))
    unanswered = desk.post(URL, sent)
    done = desk.post(URL, {**sent, "q_kind": "wall"})

    assert all(words in chosen for words in ("Which kind?", 'value="gas"', 'name="price" value="25000"'))
    assert (unanswered.status_code, done.status_code) == (422, 303)
    booking = Booking.objects.get()
    assert (booking.price_minor, booking.answers[0]["answer"]["en"]) == (25_000, "wall")
