"""The portal over HTTP: from the need to the rating, for new and returning customers and holders of links."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.accounts.models import User
from paidan.accounts.services import link_create
from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.models import SlotHold
from paidan.dispatch.slots import rooms_search
from paidan.kernel.geo import Point
from paidan.kernel.timespan import TimeSpan
from paidan.reviews.models import Review
from paidan.visits.constants import VisitStatus
from paidan.visits.models import Visit
from tests import city
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db

PHONE = "13800138000"
FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def client_of(user: User | None = None, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    if user is not None:
        client.force_login(user, backend="paidan.accounts.backends.PasswordBackend")
    return client


def form(scene: Scene, at: TimeSpan | None = None, **changes: str) -> dict[str, str]:
    span = at or scene.window()
    return {
        "description": "does not cool",
        "district": scene.territory.code,
        "address_text": "样例路 8 号",
        "door": "3-502",
        "contact_name": "李女士",
        "contact_phone": PHONE,
        "urgency": "normal",
        "window": f"{span.start.isoformat()}/{span.end.isoformat()}",
        "consent": "on",
        **changes,
    }


def book_url(scene: Scene) -> str:
    return reverse("portal:book", args=[scene.item_code])


def code_sent() -> str:
    lines = (settings.DATA_DIR / "sms" / "outbox.jsonl").read_text(encoding="utf-8").splitlines()
    return str(json.loads(lines[-1])["code"])


def booked(scene: Scene) -> tuple[User, Booking, Visit]:
    user = city.make_user(RoleCode.CUSTOMER, "李女士")
    response = client_of(user).post(book_url(scene), form(scene))
    assert response.status_code == 303, response.content.decode()
    booking = Booking.objects.get()
    return user, booking, Visit.objects.get(booking_ref=booking.ref)


def link_to(purpose: LinkPurpose, subject: str, scene: Scene) -> str:
    return link_create(purpose=purpose, subject=subject, now=scene.now)


def test_nonsense_on_the_first_page_gets_a_question_and_no_guess(scene: Scene) -> None:
    page = client_of().post("/", {"text": "qqqq zzzz"}, headers=FRAGMENT).content.decode()

    assert "need-question" in page
    assert 'class="suggestion"' not in page


def test_a_need_in_words_leads_to_the_service_and_is_carried_over(scene: Scene) -> None:
    name = scene.version.name["zh"]

    found = client_of().post("/", {"text": name}, headers=FRAGMENT).content.decode()
    client = client_of()
    begun = client.post(book_url(scene), {"step": "begin", "text": f"{name} 坏了"})
    page = client.get(begun["Location"]).content.decode()

    assert book_url(scene) in found
    assert begun.status_code == 303
    assert f"{name} 坏了" in page
    assert "坏了" not in begun["Location"]


def test_times_are_shown_before_log_in(scene: Scene) -> None:
    page = (
        client_of()
        .post(book_url(scene), {"step": "times", "district": scene.territory.code}, headers=FRAGMENT)
        .content.decode()
    )

    assert 'name="window"' in page
    assert "14:00–16:00" in page


def test_a_crowded_day_is_looked_at_again_by_itself_and_not_for_ever() -> None:
    territory, skill = city.make_territory(), city.make_skill()
    for home in (city.CENTRE, Point(city.CENTRE.lat + 0.04, city.CENTRE.lng)):
        level = 4 if home is city.CENTRE else 1
        city.make_shift(city.make_worker(territory, (skill, level), home=home), city.tomorrow(), 10, 12)
    city.make_visit(territory, city.make_item((skill, 1), minutes=90), city.window(city.tomorrow(), 10))
    url = reverse("portal:book", args=[city.make_item((skill, 4), minutes=90).item.code])

    def looked(look: str) -> str:
        sent = {"step": "times:0", "district": territory.code, "look": look}
        return client_of().post(url, sent, headers=FRAGMENT).content.decode()

    first, last = looked(""), looked("5")
    rooms_search()
    found = looked("1")

    assert '"look": "1"' in first
    assert "slot-grid" not in first
    assert 'hx-trigger="load' not in last
    assert "10:00–12:00" in found
    assert 'hx-trigger="load' not in found


def test_a_chosen_time_is_kept_for_this_browser_and_a_second_choice_gives_it_back(scene: Scene) -> None:
    client = client_of()

    first = client.post(book_url(scene), {**form(scene), "step": "hold"}, headers=FRAGMENT)
    second = client.post(book_url(scene), {**form(scene, scene.window(10)), "step": "hold"}, headers=FRAGMENT)

    assert "data-countdown" in first.content.decode()
    assert second.status_code == 200
    statuses = list(SlotHold.objects.order_by("pk").values_list("status", flat=True))
    assert statuses == [HoldStatus.RELEASED, HoldStatus.LIVE]


def test_a_new_customer_books_with_a_code_inside_the_form_and_the_hold_survives_the_log_in(scene: Scene) -> None:
    client = client_of()
    client.post(book_url(scene), {**form(scene), "step": "hold"}, headers=FRAGMENT)

    asked = client.post(book_url(scene), form(scene))
    wrong = client.post(book_url(scene), form(scene, code="000000" if code_sent() != "000000" else "111111"))
    done = client.post(book_url(scene), form(scene, code=code_sent()))

    assert "id_code" in asked.content.decode()
    assert "样例路 8 号" in asked.content.decode()
    assert wrong.status_code == 422
    assert 'aria-describedby="id_code_error"' in wrong.content.decode()
    assert done.status_code == 303
    booking = Booking.objects.get()
    assert booking.status == BookingStatus.CONFIRMED
    assert booking.hold == SlotHold.objects.get()
    assert booking.contact_phone == f"+86{PHONE}"


def test_no_code_is_sent_for_a_form_with_faults(scene: Scene) -> None:
    client = client_of()

    page = client.post(book_url(scene), form(scene, address_text="", window="", contact_name="", consent=""))

    assert page.status_code == 422
    text = page.content.decode()
    for field in ("address_text", "contact_name", "window", "consent"):
        assert f'id="id_{field}_error"' in text
    assert "login_code" not in client.session


def test_a_stranger_hears_of_a_passed_time_before_any_code(scene: Scene) -> None:
    client = client_of()

    page = client.post(book_url(scene), form(scene, scene.window(days=-7)))

    assert page.status_code == 422
    assert 'id="id_window_error"' in page.content.decode()
    assert "样例路 8 号" in page.content.decode()
    assert "login_code" not in client.session
    assert not SlotHold.objects.exists()


def test_a_stranger_hears_of_an_unserved_address_before_any_code(scene: Scene) -> None:
    client = client_of()

    page = client.post(book_url(scene), form(scene, lat="30.0", lng="120.0"))

    assert page.status_code == 422
    assert 'id="id_district_error"' in page.content.decode()
    assert "login_code" not in client.session


def test_a_stranger_hears_of_a_taken_time_before_any_code() -> None:
    scene = make_scene(workers=1, minutes=240)
    for span in (scene.window(8), scene.window(12)):
        scene.book(window=span)
    client = client_of()

    page = client.post(book_url(scene), form(scene, scene.window(12)))

    assert page.status_code == 409
    assert "This time has just been taken" in page.content.decode()
    assert "login_code" not in client.session


def test_the_time_is_kept_while_the_code_travels(scene: Scene) -> None:
    client = client_of()

    client.post(book_url(scene), form(scene))
    kept = SlotHold.objects.get()
    client.post(book_url(scene), form(scene, code=code_sent()))

    assert kept.status == HoldStatus.LIVE
    assert Booking.objects.get().hold == kept


@pytest.mark.parametrize("typed", ["a\0b", "😀 مرحبا", "x" * 1_000_000])
def test_whatever_is_typed_comes_back(scene: Scene, typed: str) -> None:
    user = city.make_user(RoleCode.CUSTOMER, "李女士")

    page = client_of(user).post(book_url(scene), form(scene, description=typed, contact_name=""))

    assert page.status_code == 422
    assert typed in page.content.decode()
    assert not Booking.objects.exists()


def test_an_address_outside_every_district_is_told_at_the_address(scene: Scene) -> None:
    user = city.make_user(RoleCode.CUSTOMER, "李女士")

    page = client_of(user).post(book_url(scene), form(scene, lat="30.0", lng="120.0"))

    assert page.status_code == 422
    assert "We do not serve this address yet." in page.content.decode()
    assert 'id="id_district_error"' in page.content.decode()


def test_a_lost_time_names_the_nearest_and_keeps_the_form() -> None:
    scene = make_scene(workers=1, minutes=240)
    full = scene.window(8), scene.window(12)
    for span in full:
        scene.book(window=span)
    user = city.make_user(RoleCode.CUSTOMER, "王先生")

    page = client_of(user).post(book_url(scene), form(scene, scene.window(12)))

    text = page.content.decode()
    assert page.status_code == 409
    assert "This time has just been taken" in text
    assert len(re.findall(r'id="near-', text)) in {1, 2, 3}
    assert "样例路 8 号" in text
    assert Booking.objects.count() == 2


def test_a_returning_customer_finds_address_and_contact_filled_in(scene: Scene) -> None:
    user, _booking, _visit = booked(scene)

    page = client_of(user).get(book_url(scene)).content.decode()

    assert "3-502" in page
    assert 'value="李女士"' in page
    assert 'name="consent"' not in page
    assert 'name="window"' in page


def test_the_booking_page_is_its_customers_alone(scene: Scene) -> None:
    user, booking, _visit = booked(scene)
    address = reverse("portal:booking", args=[booking.ref])

    assert client_of(user).get(address).status_code == 200
    assert client_of(city.make_user(RoleCode.CUSTOMER)).get(address).status_code == 404
    assert client_of().get(address).status_code == 302


def test_the_link_opens_the_same_page_without_log_in_and_live(scene: Scene) -> None:
    _user, booking, visit = booked(scene)
    scene.assigned(visit)
    token = link_to(LinkPurpose.BOOKING, booking.ref, scene)

    page = client_of().get(reverse("portal:booking-link", args=[token]))

    text = page.content.decode()
    assert page.status_code == 200
    assert f'data-live="{booking.ref} {visit.ref}"' in text
    assert f'name="paidan:live-link" content="{token}"' in text
    assert scene.worker.technician.staff_number in text
    assert scene.worker.technician.name not in text
    assert page["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["booking-link", "review-link"])
def test_an_ended_link_shows_the_way_out(scene: Scene, name: str) -> None:
    page = client_of().get(reverse(f"portal:{name}", args=["nothing"]))

    assert page.status_code == 404
    assert reverse("portal:bookings") in page.content.decode()


def test_i_will_be_there_is_kept(scene: Scene) -> None:
    user, booking, _visit = booked(scene)

    response = client_of(user).post(reverse("portal:booking-acknowledge", args=[booking.ref]))

    booking.refresh_from_db()
    assert response.status_code == 303
    assert booking.confirmed_by_customer_at is not None


def test_another_time_is_held_then_agreed_by_link(scene: Scene) -> None:
    _user, booking, _visit = booked(scene)
    token = link_to(LinkPurpose.BOOKING, booking.ref, scene)
    client, address = client_of(), reverse("portal:booking-link-reschedule", args=[token])
    new = scene.window(10, days=1)
    value = f"{new.start.isoformat()}/{new.end.isoformat()}"

    held = client.post(address, {"step": "hold", "window": value}, headers=FRAGMENT)
    moved = client.post(address, {"window": value})

    booking.refresh_from_db()
    assert "data-countdown" in held.content.decode()
    assert moved.status_code == 303
    assert booking.window_start_at == new.start


def test_rescheduling_without_a_choice_changes_nothing(scene: Scene) -> None:
    user, booking, _visit = booked(scene)

    page = client_of(user).post(reverse("portal:booking-reschedule", args=[booking.ref]), {})

    assert page.status_code == 422
    assert "Please choose a time." in page.content.decode()


def test_cancelling_shows_its_price_first_and_needs_a_reason(scene: Scene) -> None:
    user, booking, _visit = booked(scene)
    client, address = client_of(user), reverse("portal:booking-cancel", args=[booking.ref])

    shown = client.get(address).content.decode()
    refused = client.post(address, {"agreed": "0"})
    booking.refresh_from_db()
    status_before = booking.status
    done = client.post(address, {"agreed": "0", "reason": "changed_mind"})

    booking.refresh_from_db()
    assert "Free of charge" in shown
    assert refused.status_code == 422
    assert status_before == BookingStatus.CONFIRMED
    assert done.status_code == 303
    assert booking.status == BookingStatus.CANCELLED


def test_whoever_cancels_too_late_is_told_why_and_led_back(scene: Scene) -> None:
    user, booking, visit = booked(scene)
    scene.finished(visit)
    client, address = client_of(user), reverse("portal:booking-cancel", args=[booking.ref])

    page = client.get(address)
    sent = client.post(address, {"agreed": "0", "reason": "changed_mind"})

    booking.refresh_from_db()
    assert page.status_code == 409
    assert "this can no longer be cancelled here" in page.content.decode()
    assert reverse("portal:booking", args=[booking.ref]) in page.content.decode()
    assert '<form method="post" data-draft' not in page.content.decode()
    assert sent.status_code == 303
    assert booking.status != BookingStatus.CANCELLED


def test_a_fee_that_was_not_agreed_to_is_asked_again(scene: Scene) -> None:
    user, booking, _visit = booked(scene)
    Booking.objects.update(window_start_at=scene.now + timedelta(minutes=50))

    page = client_of(user).post(
        reverse("portal:booking-cancel", args=[booking.ref]), {"agreed": "0", "reason": "changed_mind"}
    )

    booking.refresh_from_db()
    assert page.status_code == 409
    assert "¥40.00" in page.content.decode()
    assert booking.status == BookingStatus.CONFIRMED


def test_sign_off_shows_the_photos_and_leads_to_the_rating(scene: Scene) -> None:
    _user, booking, visit = booked(scene)
    scene.finished(visit)
    token = link_to(LinkPurpose.BOOKING, booking.ref, scene)
    client, address = client_of(), reverse("portal:booking-link-sign-off", args=[token])

    page = client.get(address).content.decode()
    photo = re.search(r'<img src="(/files/[^"]+)"', page)
    done = client.post(address)

    visit.refresh_from_db()
    assert photo is not None
    assert client.get(photo[1]).status_code == 200
    assert visit.status == VisitStatus.SIGNED_OFF
    assert done["Location"] == reverse("portal:booking-link-review", args=[token, visit.ref])


def test_a_rating_by_link_is_given_once(scene: Scene) -> None:
    user, booking, visit = booked(scene)
    scene.finished(visit)
    client_of(user).post(reverse("portal:booking-sign-off", args=[booking.ref]))
    address = reverse("portal:review-link", args=[link_to(LinkPurpose.REVIEW, visit.ref, scene)])
    answers = {"attitude": "5", "quality": "4", "response": "5", "skill": "4", "text": "很好"}

    missing = client_of().post(address, {**answers, "skill": ""})
    first = client_of().post(address, answers)
    second = client_of().post(address, answers)

    assert missing.status_code == 422
    assert "Thank you for your rating!" in first.content.decode()
    assert second.status_code == 409
    assert "You have rated this visit" in second.content.decode()
    assert Review.objects.count() == 1


def test_my_bookings_are_sorted_into_tabs_and_searched(scene: Scene) -> None:
    user, booking, _visit = booked(scene)
    client, address = client_of(user), reverse("portal:bookings")

    assert booking.ref in client.get(address).content.decode()
    assert booking.ref not in client.get(address, {"group": "done"}).content.decode()
    assert booking.ref in client.get(address, {"search": booking.ref.lower()}).content.decode()
    assert "Nothing fits your search." in client.get(address, {"search": "zzz\0"}).content.decode()


def test_staff_do_not_book_here(scene: Scene) -> None:
    response = client_of(city.make_user(RoleCode.MANAGER)).post(book_url(scene), form(scene))

    assert response.status_code == 403
    assert not Booking.objects.exists()


def test_a_pasted_line_is_taken_apart_into_the_form(scene: Scene) -> None:
    district = scene.territory.name["zh"]
    pasted = f"张先生 13900139000 {district}幸福路 12 号 3 栋 502"
    browser = client_of(language="zh-hans")

    page = browser.post(book_url(scene), {**form(scene, description="不制冷"), "step": "paste", "paste": pasted})
    nothing = browser.post(book_url(scene), {**form(scene), "step": "paste", "paste": "！！"}, headers=FRAGMENT)

    text = page.content.decode()
    assert page.status_code == 200
    for value in ("张先生", "13900139000", "不制冷"):
        assert value in text
    assert "幸福路" in text
    assert re.search(rf'<option value="{scene.territory.code}"[^>]* selected', text)
    assert "样例路 8 号" in nothing.content.decode(), "what it does not say stays"
    assert 'role="alert"' in nothing.content.decode()
