"""Lists of bookings: found by what people remember, exported as they are shown, added up (B7)."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from paidan.accounts.constants import RoleCode
from paidan.booking.selectors import BookingFilter, bookings_list, bookings_sheet, bookings_totals, exporting
from paidan.booking.services import booking_cancel
from paidan.customers.models import Customer
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden
from paidan.kernel.sheets import csv_lines
from paidan.kernel.texts import pinyin_key
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return make_scene(workers=6)


def found(actor: Actor, text: str) -> set[str]:
    return {row.ref for row in bookings_list(actor, which=BookingFilter(search=text)).items}


def table(actor: Actor, which: BookingFilter | None = None) -> list[dict[str, str]]:
    with override("en"):
        text = b"".join(csv_lines(bookings_sheet(actor, which))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_words_are_found_in_chinese_pinyin_and_english(scene: Scene) -> None:
    booking, visit = scene.booked(contact_name="欧阳娜", description="厨房的水龙头滴水")
    other, _ = scene.booked(contact_name="李女士", contact_phone="13900139000", window=scene.window(8))
    desk = scene.staff(RoleCode.MANAGER)
    name = booking.item_name

    for words in ("欧阳", "水龙头", booking.ref.lower(), visit.ref, "欧阳 水龙头"):
        assert found(desk, words) == {booking.ref}, words
    for words in (name["zh"], name["en"], "", "   "):
        assert found(desk, words) == {booking.ref, other.ref}, words
    for words in ("欧阳 不存在", "zzzz", "%", "\0"):
        assert found(desk, words) == (set() if words.strip("\0") else {booking.ref, other.ref}), words


def test_a_customer_is_found_by_the_sound_of_the_name(scene: Scene) -> None:
    scene.booked()
    named = Customer.objects.create(name="欧阳娜", name_key=pinyin_key("欧阳娜"), phone="+8613900139000")
    desk = scene.staff(RoleCode.DISPATCHER)
    booking, _ = scene.booked(desk, contact_name="娜娜", contact_phone="139 0013 9000", window=scene.window(8))

    assert found(desk, "ouyang") == {booking.ref}
    assert booking.customer == named


def test_a_phone_number_is_found_whole_and_never_by_a_part(scene: Scene) -> None:
    booking, _ = scene.booked(contact_phone="13800138000")
    desk = scene.staff(RoleCode.CUSTOMER_SERVICE)

    assert found(desk, "138 0013 8000") == {booking.ref}
    assert found(desk, "138001") == set()


def test_a_masked_address_cannot_be_guessed_by_searching(scene: Scene) -> None:
    booking, _ = scene.booked()

    assert found(scene.staff(RoleCode.DISPATCHER), "样例路") == {booking.ref}
    assert found(scene.staff(RoleCode.CUSTOMER_SERVICE), "样例路") == set()
    assert found(scene.staff(RoleCode.CUSTOMER_SERVICE), "样例区") == {booking.ref}


def test_a_search_finds_nothing_of_other_people(scene: Scene) -> None:
    booking, _ = scene.booked(contact_name="欧阳娜")
    stranger = scene.customer_actor()

    assert found(stranger, "欧阳") == set()
    assert found(stranger, booking.ref) == set()


def test_a_file_holds_what_the_list_shows_masked_alike(scene: Scene) -> None:
    customer = scene.customer_actor()
    booking, _ = scene.booked(customer, contact_name="=1+1")

    (masked,) = table(scene.staff(RoleCode.MANAGER))
    (whole,) = table(customer)

    assert masked["Reference"] == whole["Reference"] == booking.ref
    assert (masked["Phone"], masked["Address"]) == ("138****8000", "")
    assert whole["Address"] == "样例路 8 号 3 单元 502"
    assert whole["Contact"] == "'=1+1"
    assert whole["Price"] == f"{booking.price_minor / 100:.2f}"


def test_a_file_of_more_rows_than_are_read_at_once_misses_and_repeats_none(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = {scene.booked(window=scene.window(hour))[0].ref for hour in (8, 10, 12, 14, 16)}
    monkeypatch.setattr(exporting, "READ_AT_ONCE", 2)

    rows = table(scene.staff(RoleCode.MANAGER))

    assert [row["Reference"] for row in rows] == sorted(refs, key=[row["Reference"] for row in rows].index)
    assert len(rows) == len(refs) == 5


def test_a_file_is_filtered_as_the_list(scene: Scene) -> None:
    scene.booked(contact_name="欧阳娜")

    assert table(scene.staff(RoleCode.MANAGER), BookingFilter(group="cancelled")) == []
    assert len(table(scene.staff(RoleCode.MANAGER), BookingFilter(item_code=scene.item_code))) == 1
    assert table(scene.staff(RoleCode.MANAGER), BookingFilter(item_code="nothing")) == []


def test_totals_count_what_was_not_called_off_and_all_that_was_charged(scene: Scene) -> None:
    customer = scene.customer_actor()
    done, visit = scene.booked(customer, window=scene.window(8))
    scene.finished(visit)
    off, _ = scene.booked(customer, window=scene.window(12, days=1))
    booking_cancel(ref=off.ref, reason="changed_mind", actor=customer, now=scene.now)
    scene.booked(window=scene.window(10))

    own = bookings_totals(customer)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        bookings_totals(scene.staff(RoleCode.MANAGER))

    assert sum(total.bookings for total in own) == 1
    assert sum(total.charged_minor for total in own) == done.price_minor
    assert len([query for query in queries if "booking_booking" in query["sql"]]) == 1


def test_technicians_get_no_list_and_no_file(scene: Scene) -> None:
    scene.booked()

    for call in (bookings_sheet, bookings_totals):
        with pytest.raises(Forbidden):
            call(scene.worker.actor)
