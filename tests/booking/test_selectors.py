"""What each reader sees of an order: their own words, masked where it must be, at a constant price (B7, U4, U6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.booking.selectors import (
    BookingFilter,
    NoSlotReason,
    VisitFilter,
    booking_detail,
    bookings_count,
    bookings_list,
    slots_for,
    slots_for_booking,
    visit_detail,
    visits_list,
)
from paidan.booking.selectors.crew import polite_name
from paidan.booking.services import booking_cancel, booking_confirm_by_customer
from paidan.fieldwork.services import visit_arrive, visit_depart, visit_sign_off, visit_undo
from paidan.kernel.actors import ANONYMOUS, Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from tests.booking.scene import ELSEWHERE, PLACE, Scene, make_scene

pytestmark = pytest.mark.django_db
MASKED_ROLES = [RoleCode.CUSTOMER_SERVICE]
UNMASKED_ROLES = [RoleCode.DISPATCHER, RoleCode.MANAGER, RoleCode.ADMINISTRATOR]


def test_slots_of_a_served_place_can_be_booked() -> None:
    scene = make_scene()
    start = scene.window(8).start

    page = slots_for(
        item_code=scene.item_code, place=PLACE, start=start, end=start + timedelta(hours=10), now=scene.now
    )

    assert [slot.window for slot in page.slots] == [scene.window(hour) for hour in (8, 10, 12, 14, 16)]
    assert (page.reason, page.sentence) == (None, "")
    assert page.territory is not None
    assert page.territory.code == scene.territory.code


def test_no_slots_say_which_of_the_two_reasons_it_is() -> None:
    scene = make_scene()
    start = scene.window().start
    far = start + timedelta(days=10)

    unserved = slots_for(
        item_code=scene.item_code, place=ELSEWHERE, start=start, end=start + timedelta(days=1), now=scene.now
    )
    full = slots_for(item_code=scene.item_code, place=PLACE, start=far, end=far + timedelta(days=1), now=scene.now)

    assert (unserved.reason, unserved.territory, unserved.slots) == (NoSlotReason.NOT_SERVED, None, ())
    assert (full.reason, full.slots) == (NoSlotReason.NOTHING_FREE, ())
    assert full.territory is not None
    assert "" not in {unserved.sentence, full.sentence}
    assert unserved.sentence != full.sentence


def test_slots_of_no_service_no_place_or_no_time_are_faults() -> None:
    scene = make_scene()
    start = scene.window().start

    with pytest.raises(Invalid) as no_item:
        slots_for(item_code="nothing", place=PLACE, start=start, end=start, now=scene.now)
    with pytest.raises(Invalid) as no_time:
        slots_for(item_code=scene.item_code, place=PLACE, start=start, end=start - timedelta(days=1), now=scene.now)

    assert set(no_item.value.fields) == {"service_item"}
    assert set(no_time.value.fields) == {"to"}


def test_a_customer_sees_their_own_booking_in_full() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)

    detail = booking_detail(customer, booking.ref, now=scene.now)

    assert (detail.row.contact.phone, detail.row.contact.door) == ("13800138000", "3 单元 502")
    assert detail.row.contact.place == PLACE
    assert detail.actions == ("acknowledge", "reschedule", "cancel")
    assert [entry.action for entry in detail.timeline] == ["submit", "confirm"]
    assert (detail.row.group, detail.row.price_minor, detail.row.due_minor) == ("confirmed", 20_000, 0)
    assert detail.visit is not None
    assert (detail.visit.ref, detail.visit.technician, detail.visit.arrival.at) == (visit.ref, None, None)


def test_the_holder_of_the_link_sees_the_same() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    link = scene.link(LinkPurpose.BOOKING, booking.ref)

    assert booking_detail(link, booking.ref, now=scene.now) == booking_detail(customer, booking.ref, now=scene.now)


@pytest.mark.parametrize("role", [*MASKED_ROLES, *UNMASKED_ROLES])
def test_staff_see_neither_phone_nor_door_before_they_gave_a_reason(role: RoleCode) -> None:
    scene = make_scene()
    booking, visit = scene.booked()
    reader = scene.staff(role)

    contacts = [
        bookings_list(reader).items[0].contact,
        booking_detail(reader, booking.ref, now=scene.now).row.contact,
        visits_list(reader, now=scene.now).items[0].contact,
        visit_detail(reader, visit.ref, now=scene.now).row.contact,
    ]

    assert {(c.phone, c.door, c.address_text, c.place) for c in contacts} == {("138****8000", "", "", None)}
    assert {c.address_line for c in contacts} == {"样例区"}


def test_a_customer_sees_a_polite_name_and_staff_the_full_one() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    worker = scene.assigned(visit).technician

    with override("en"):
        for_customer = booking_detail(customer, booking.ref, now=scene.now)
        for_desk = booking_detail(scene.staff(RoleCode.MANAGER), booking.ref, now=scene.now)

    assert for_customer.visit is not None
    assert for_desk.visit is not None
    assert for_customer.visit.technician is not None
    assert for_desk.visit.technician is not None
    assert for_customer.visit.technician.name == "Technician Shi"
    assert for_desk.visit.technician.name == worker.name
    assert for_customer.visit.technician.staff_number == worker.staff_number
    assert for_customer.visit.technician.rating is None


@pytest.mark.parametrize(("name", "surname"), [("欧阳锋", "Ouyang"), ("张伟", "Zhang"), ("Anna Berg", "Berg")])
def test_surnames_of_one_and_two_characters(name: str, surname: str) -> None:
    with override("en"):
        assert polite_name(name) == f"Technician {surname}"


def test_an_order_under_way_tells_when_to_expect_whom() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    scene.assigned(visit)
    visit.refresh_from_db()
    planned = booking_detail(customer, booking.ref, now=scene.now).visit

    visit_depart(visit_ref=visit.ref, actor=scene.worker.actor, now=scene.now)
    on_the_way = booking_detail(customer, booking.ref, now=scene.now).visit
    late = booking_detail(customer, booking.ref, now=scene.now + timedelta(hours=5)).visit
    visit_arrive(visit_ref=visit.ref, actor=scene.worker.actor, now=scene.now + timedelta(minutes=9))
    there = booking_detail(customer, booking.ref, now=scene.now + timedelta(minutes=9)).visit

    assert planned is not None
    assert (planned.arrival.at, planned.arrival.is_estimate) == (visit.planned_start_at, False)
    assert on_the_way is not None
    assert on_the_way.arrival.is_estimate
    assert on_the_way.arrival.at is not None
    assert scene.now <= on_the_way.arrival.at <= scene.now + timedelta(hours=1)
    assert late is not None
    assert late.arrival.at == scene.now + timedelta(hours=5)
    assert there is not None
    assert (there.arrival.at, there.arrival.is_estimate) == (scene.now + timedelta(minutes=9), False)


def test_charges_and_what_is_due_stand_on_the_order() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    scene.finished(visit)

    finished = booking_detail(customer, booking.ref, now=scene.now)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)
    signed_off = booking_detail(customer, booking.ref, now=scene.now)

    assert (finished.row.charged_minor, finished.row.due_minor) == (20_000, 20_000)
    assert finished.actions[0] == "sign_off"
    assert signed_off.actions[0] == "review"
    assert finished.visit is not None
    assert len(finished.visit.photos) == 1


def test_customers_do_not_read_about_declines_and_searching() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    scene.under_way(visit, "depart")
    visit_undo(visit_ref=visit.ref, actor=scene.worker.actor, now=scene.now)

    mine = [entry.action for entry in booking_detail(customer, booking.ref, now=scene.now).timeline]
    desk = [
        entry.action for entry in booking_detail(scene.staff(RoleCode.MANAGER), booking.ref, now=scene.now).timeline
    ]
    assert mine == ["submit", "confirm", "accept"]
    assert desk == ["submit", "confirm", "assign", "accept", "depart", "undo_depart"]


def test_a_foreign_booking_answers_like_an_absent_one() -> None:
    scene = make_scene()
    booking, visit = scene.booked()
    strangers = [
        scene.customer_actor(),
        make_scene().staff(RoleCode.DISPATCHER),
        scene.link(LinkPurpose.BOOKING, "B000000000000"),
        scene.link(LinkPurpose.REVIEW, visit.ref),
        scene.worker.actor,
        ANONYMOUS,
    ]

    for stranger in strangers:
        for ref in (booking.ref, "B000000000000", ""):
            with pytest.raises(NotFound):
                booking_detail(stranger, ref, now=scene.now)


def test_a_technician_knows_visits_not_bookings() -> None:
    scene = make_scene()
    _booking, visit = scene.booked()
    with pytest.raises(NotFound):
        visit_detail(scene.worker.actor, visit.ref, now=scene.now)
    scene.assigned(visit)

    seen = visit_detail(scene.worker.actor, visit.ref, now=scene.now)

    assert seen.row.contact.phone == "13800138000"
    with pytest.raises(Forbidden):
        bookings_list(scene.worker.actor)


def test_lists_show_what_belongs_to_the_reader() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    mine, _ = scene.booked(customer)
    other, _ = scene.booked(window=scene.window(10))

    seen = {
        role: {row.ref for row in bookings_list(reader).items}
        for role, reader in {
            "customer": customer,
            "link": scene.link(LinkPurpose.BOOKING, other.ref),
            "dispatcher": scene.staff(RoleCode.DISPATCHER),
            "stranger": make_scene().staff(RoleCode.DISPATCHER),
            "manager": scene.staff(RoleCode.MANAGER),
        }.items()
    }

    assert seen == {
        "customer": {mine.ref},
        "link": {other.ref},
        "dispatcher": {mine.ref, other.ref},
        "stranger": set(),
        "manager": {mine.ref, other.ref},
    }


def _three(scene: Scene, customer: Actor) -> list[str]:
    refs = [scene.booked(customer, window=scene.window(hour))[0].ref for hour in (10, 12, 14)]
    booking_cancel(ref=refs[0], reason="other", actor=customer, now=scene.now)
    return refs


def test_lists_are_filtered_by_group_search_and_window() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    cancelled, noon, afternoon = _three(scene, customer)

    def found(**parts: object) -> set[str]:
        which = BookingFilter(**parts)  # type: ignore[arg-type]  # a test's own field names
        return {row.ref for row in bookings_list(customer, which=which).items}

    assert found(group="cancelled") == {cancelled}
    assert found(group="confirmed") == {noon, afternoon}
    assert found(group="done") == set()
    assert found(search=noon.lower()) == {noon}
    assert found(search="138-0013-8000") == {cancelled, noon, afternoon}
    assert found(search="李女") == {cancelled, noon, afternoon}
    assert found(search="nobody\0") == set()
    assert found(window=scene.window(14)) == {afternoon}
    assert found(territory_code=scene.territory.code, channel="web") == {cancelled, noon, afternoon}
    assert found(channel="phone") == set()
    assert bookings_count(customer) == {"pending": 0, "confirmed": 2, "done": 0, "cancelled": 1}


def test_visits_are_filtered_for_the_desk() -> None:
    scene = make_scene()
    desk = scene.staff(RoleCode.DISPATCHER)
    _, first = scene.booked(window=scene.window(10))
    _, second = scene.booked(window=scene.window(12), contact_name="王先生", contact_phone="13900139000")
    scene.assigned(first)

    def found(**parts: object) -> list[str]:
        which = VisitFilter(**parts)  # type: ignore[arg-type]  # a test's own field names
        return [row.ref for row in visits_list(desk, which=which, now=scene.now).items]

    assert found() == [first.ref, second.ref]
    assert found(group="waiting") == [second.ref]
    assert found(status="accepted") == [first.ref]
    assert found(technician_ref=scene.worker.technician.ref) == [first.ref]
    assert found(search=scene.worker.technician.staff_number) == [first.ref]
    assert found(search="13900139000") == [second.ref]
    assert found(search=second.booking_ref) == [second.ref]
    assert found(window=scene.window(12), territory_code=scene.territory.code) == [second.ref]


def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    refs = set(_three(scene, customer))

    first = bookings_list(customer, limit=2)
    assert first.next_cursor is not None
    second = bookings_list(customer, limit=2, cursor=first.next_cursor)
    visits = visits_list(customer, now=scene.now, limit=2)
    assert visits.next_cursor is not None
    rest = visits_list(customer, now=scene.now, limit=2, cursor=visits.next_cursor)

    assert [len(first.items), len(second.items)] == [2, 1]
    assert {row.ref for row in (*first.items, *second.items)} == refs
    assert second.next_cursor is None
    assert len({row.ref for row in (*visits.items, *rest.items)}) == 3
    with pytest.raises(Invalid):
        bookings_list(customer, cursor="nonsense")


def test_lists_cost_the_same_however_long() -> None:
    scene = make_scene(workers=4)
    customer = scene.customer_actor()
    desk = scene.staff(RoleCode.DISPATCHER)
    scene.booked(customer)

    def costs() -> list[int]:
        counts = []
        for read in (
            lambda: bookings_list(customer),
            lambda: bookings_list(desk),
            lambda: visits_list(desk, now=scene.now),
        ):
            with CaptureQueriesContext(connection) as queries:
                read()
            counts.append(len(queries))
        return counts

    with_one = costs()
    for hour in (10, 12):
        scene.assigned(scene.booked(customer, window=scene.window(hour))[1])
    with_three = costs()

    assert with_three == with_one
    assert max(with_three) <= 8


def test_a_booking_can_be_moved_to_the_slots_shown_for_it() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    booking_confirm_by_customer(ref=booking.ref, actor=customer, now=scene.now)
    start = scene.window(8, days=1).start

    page = slots_for_booking(customer, booking.ref, start=start, end=start + timedelta(hours=10), now=scene.now)

    assert scene.window(10, days=1) in [slot.window for slot in page.slots]
    with pytest.raises(NotFound):
        slots_for_booking(scene.customer_actor(), booking.ref, start=start, end=start, now=scene.now)


@pytest.mark.parametrize("ref", ["", "\0", "B", "../etc", "B" * 10_000, "👍"])
def test_what_cannot_be_a_reference_is_simply_absent(ref: str) -> None:
    scene = make_scene()
    manager = scene.staff(RoleCode.MANAGER)

    with pytest.raises(NotFound):
        booking_detail(manager, ref, now=scene.now)
    with pytest.raises(NotFound):
        visit_detail(manager, ref, now=scene.now)
    with pytest.raises(Invalid):
        scene.book(address=None, address_ref=ref or "\0", item_code=scene.item_code)
    with pytest.raises(Invalid):
        scene.book(item_code=ref)


def test_the_desk_reads_that_somebody_checked_in_far_away() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    actor = scene.under_way(visit, "depart")
    visit_arrive(visit_ref=visit.ref, actor=actor, now=scene.now, position=ELSEWHERE)

    with override("en"):
        desk = booking_detail(scene.staff(RoleCode.MANAGER), booking.ref, now=scene.now).timeline[-1]
        mine = booking_detail(customer, booking.ref, now=scene.now).timeline[-1]

    assert desk.text.endswith("m from the door")
    assert (mine.action, mine.text) == ("arrive", "")
