"""Booking: judged before anything is written, promised with a plan behind it, or shown to a person (B4, B5)."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import ANY

import pytest
from django.utils.translation import override

from paidan.accounts.constants import RoleCode
from paidan.booking.constants import BookingStatus, Channel
from paidan.booking.errors import PriceChanged
from paidan.booking.models import Booking, BookingStep, BookingVisit
from paidan.booking.services import booking_hold, booking_submit
from paidan.catalog.models import ServiceItemVersion
from paidan.customers.models import Address, Consent, Customer
from paidan.customers.services import NewAddress
from paidan.dispatch.constants import HoldStatus
from paidan.dispatch.errors import SlotTaken, TooManyHolds
from paidan.dispatch.models import PlanStop, SlotHold
from paidan.dispatch.services import hold_release
from paidan.kernel.actors import ANONYMOUS
from paidan.kernel.errors import Forbidden, Invalid, Unauthenticated
from paidan.kernel.geo import Point
from paidan.kernel.models import Event
from paidan.kernel.settings import LIVE_BOOKINGS_EACH, RELEASE_LEAD_SECONDS
from paidan.kernel.timespan import TimeSpan
from paidan.visits.models import Visit
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import ELSEWHERE, PLACE, Scene, make_scene, race, refusal_codes, winners

pytestmark = pytest.mark.django_db


def nothing_written() -> bool:
    tables = (Booking, Visit, Customer, Address, BookingStep, WorkItem)
    return not any(table.objects.exists() for table in tables)


def event_names() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


def test_a_complete_form_is_confirmed_with_a_visit_and_a_plan() -> None:
    scene = make_scene()

    view = scene.book()

    booking = Booking.objects.select_related("customer", "address").get(ref=view.ref)
    visit = Visit.objects.get(ref=view.visit_ref)
    assert (booking.status, booking.price_minor, booking.item_name) == (
        BookingStatus.CONFIRMED,
        scene.version.price_minor,
        scene.version.name,
    )
    assert (booking.confirmed_at, booking.contact_phone, booking.territory_id) == (
        scene.now,
        "+8613800138000",
        scene.territory.pk,
    )
    assert (visit.status, visit.booking_ref, visit.customer_id) == ("pending", booking.ref, booking.customer_id)
    assert (visit.window_start_at, visit.window_end_at) == (scene.window().start, scene.window().end)
    assert (visit.address_text, visit.door, visit.description) == ("样例路 8 号", "3 单元 502", "空调不制冷")
    assert BookingVisit.objects.get().visit_id == visit.pk
    stop = PlanStop.objects.get(visit=visit)
    assert visit.window_start_at <= stop.start_at < visit.window_end_at
    steps = list(booking.steps.order_by("pk").values_list("action", "source", "target", "actor_role"))
    assert steps == [("submit", "", "submitted", "customer"), ("confirm", "submitted", "confirmed", "system")]
    assert event_names() == ["booking.submitted", "visit.created", "booking.confirmed"]


def test_dispatch_begins_at_once_but_not_before_the_lead() -> None:
    scene = make_scene()
    at_once = scene.booked()[1]

    RELEASE_LEAD_SECONDS.set(3_600)
    later = scene.booked(window=scene.window(10))[1]

    assert at_once.release_at == scene.now
    assert later.release_at == scene.window(10).start - timedelta(hours=1)


def test_the_place_of_a_hold_passes_to_the_visit() -> None:
    scene = make_scene(workers=1, minutes=150)
    hold = booking_hold(
        item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="browser-1", now=scene.now
    )

    booking, visit = scene.booked(hold_ref=hold.ref, holder_key="browser-1")

    kept = SlotHold.objects.get(ref=hold.ref)
    assert (kept.status, booking.hold_id) == (HoldStatus.USED, kept.pk)
    assert PlanStop.objects.get().visit_id == visit.pk


def test_a_lapsed_hold_does_not_matter_while_the_window_is_free() -> None:
    scene = make_scene()
    hold = booking_hold(
        item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="browser-1", now=scene.now
    )
    SlotHold.objects.filter(ref=hold.ref).update(expires_at=scene.now - timedelta(seconds=1))

    booking, _visit = scene.booked(hold_ref=hold.ref, holder_key="browser-1")

    assert (booking.status, booking.hold_id) == (BookingStatus.CONFIRMED, None)


def test_a_hold_for_another_window_is_a_fault_of_the_window() -> None:
    scene = make_scene()
    hold = booking_hold(
        item_code=scene.item_code, place=PLACE, window=scene.window(10), holder_key="browser-1", now=scene.now
    )

    with pytest.raises(Invalid) as refusal:
        scene.book(hold_ref=hold.ref, holder_key="browser-1")

    assert set(refusal.value.fields) == {"window"}
    assert nothing_written()


def test_a_lost_window_names_free_ones_and_leaves_nothing() -> None:
    scene = make_scene(workers=1, minutes=150)
    for hour in (12, 14):
        scene.book(window=scene.window(hour))
    before = (Booking.objects.count(), Visit.objects.count(), Customer.objects.count(), Event.objects.count())

    with city.refused(SlotTaken) as refusal:
        scene.book(window=scene.window(14))

    nearest = refusal.value.facts["nearest"]
    assert isinstance(nearest, list)
    assert len(nearest) == 3
    after = (Booking.objects.count(), Visit.objects.count(), Customer.objects.count(), Event.objects.count())
    assert after == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item_code": "no-such-item"}, "service_item"),
        ({"contact_name": "  "}, "contact_name"),
        ({"contact_name": "名" * 81}, "contact_name"),
        ({"contact_name": "a\0b"}, "contact_name"),
        ({"contact_phone": "12345"}, "contact_phone"),
        ({"contact_phone": "🙂"}, "contact_phone"),
        ({"contact_phone": "1380013800"}, "contact_phone"),
        ({"description": "字" * 2_001}, "description"),
        ({"description": "x" * 1_000_000}, "description"),
        ({"description": "\x1b[31m"}, "description"),
        ({"description": "\ud800"}, "description"),
        ({"special_requirements": "字" * 501}, "special_requirements"),
        ({"urgency": "yesterday"}, "urgency"),
        ({"consent": False}, "consent"),
        ({"address": None}, "address"),
        ({"address_ref": "A000000000000"}, "address"),
        ({"address": NewAddress(district="", text="路", place=PLACE)}, "district"),
        ({"address": NewAddress(district="区", text="", place=PLACE)}, "address_text"),
        ({"address": NewAddress(district="区", text="路", door="门" * 81, place=PLACE)}, "door"),
        ({"address": NewAddress(district="区", text="路", place=ELSEWHERE)}, "address"),
        ({"address": NewAddress(district="区", text="路", place=Point(float("nan"), 121.0))}, "address"),
        ({"address": NewAddress(district="区", text="路", place=Point(91.0, 121.0))}, "address"),
    ],
)
def test_a_fault_is_named_at_its_field_and_nothing_is_written(changes: dict[str, object], field: str) -> None:
    scene = make_scene()

    with pytest.raises(Invalid) as refusal:
        scene.book(**changes)

    assert set(refusal.value.fields) == {field}
    assert str(refusal.value.fields[field])
    assert nothing_written()


@pytest.mark.parametrize("text", ["👍 emoji", "مرحبا \u202eabc", "第一行\n第二行\t制表"])
def test_emoji_and_any_script_are_kept_as_typed(text: str) -> None:
    scene = make_scene()

    booking, _visit = scene.booked(description=text)

    assert booking.description == text


def test_every_fault_is_named_at_once() -> None:
    scene = make_scene()

    with pytest.raises(Invalid) as refusal:
        scene.book(contact_name="", contact_phone="x", consent=False)

    assert set(refusal.value.fields) == {"contact_name", "contact_phone", "consent"}


@pytest.mark.parametrize("shift", [timedelta(days=-3), timedelta(minutes=30), timedelta(days=60)])
def test_a_window_past_off_the_grid_or_too_far_is_refused(shift: timedelta) -> None:
    scene = make_scene()
    window = TimeSpan(scene.window().start + shift, scene.window().end + shift)

    with pytest.raises(Invalid) as refusal:
        scene.book(window=window)

    assert set(refusal.value.fields) == {"window"}
    assert nothing_written()


def test_a_sentence_is_in_the_readers_language() -> None:
    scene = make_scene()

    with override("en"), pytest.raises(Invalid) as refusal:
        scene.book(consent=False)

    assert str(refusal.value.fields["consent"]) == "Please agree to the privacy notice."


def test_a_price_that_changed_is_not_agreed_to() -> None:
    scene = make_scene()

    with pytest.raises(PriceChanged) as refusal:
        scene.book(expected_price_minor=1)

    assert refusal.value.facts == {"price_minor": scene.version.price_minor}
    assert nothing_written()


def test_the_same_order_twice_waits_for_a_person_and_keeps_its_window() -> None:
    scene = make_scene()
    actor = scene.customer_actor()
    scene.book(actor)
    hold = booking_hold(
        item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="browser-1", now=scene.now
    )

    view = scene.book(actor, hold_ref=hold.ref, holder_key="browser-1")

    booking = Booking.objects.get(ref=view.ref)
    assert (booking.status, view.visit_ref) == (BookingStatus.IN_REVIEW, "")
    assert [(one["code"], one["field"]) for one in booking.findings] == [("duplicate_customer", "window")]
    work = WorkItem.objects.get()
    assert (work.kind, work.subject_ref, work.territory_id) == ("booking_review", booking.ref, scene.territory.pk)
    assert SlotHold.objects.get(ref=hold.ref).expires_at == scene.now + timedelta(hours=2)
    assert Visit.objects.count() == 1


def test_an_unusual_price_waits_for_a_person() -> None:
    scene = make_scene()
    scene.version.price_minor = 6_000_000
    scene.version.save()

    view = scene.book()

    assert view.status == BookingStatus.IN_REVIEW
    assert [one["code"] for one in Booking.objects.get().findings] == ["price_above"]


def test_one_number_does_not_fill_the_plan() -> None:
    scene = make_scene(workers=4)
    LIVE_BOOKINGS_EACH.set(2)
    actor = scene.customer_actor()
    for hour in (10, 12):
        scene.book(actor, window=scene.window(hour))

    with pytest.raises(Invalid) as refusal:
        scene.book(actor)

    assert refusal.value.code == "too_many_bookings"
    assert Booking.objects.count() == 2


def test_a_known_customer_needs_no_second_consent_and_keeps_their_address() -> None:
    scene = make_scene()
    actor = scene.customer_actor()
    scene.book(actor, window=scene.window(10))
    saved = Address.objects.get()

    scene.book(actor, address=None, address_ref=saved.ref, consent=False)
    scene.book(actor, window=scene.window(12), consent=False)

    assert (Consent.objects.count(), Address.objects.count(), Customer.objects.count()) == (1, 1, 1)


def test_an_address_of_somebody_else_is_not_taken() -> None:
    scene = make_scene()
    foreign = city.make_address(city.make_customer())

    with pytest.raises(Invalid) as refusal:
        scene.book(address=None, address_ref=foreign.ref)

    assert set(refusal.value.fields) == {"address"}


def test_the_desk_books_for_a_caller_by_their_number() -> None:
    scene = make_scene()
    agent = scene.staff(RoleCode.CUSTOMER_SERVICE)

    view = booking_submit(form=scene.form(consent=False), actor=agent, channel=Channel.PHONE, now=scene.now)
    again = booking_submit(
        form=scene.form(window=scene.window(10), contact_name="另一位"),
        actor=agent,
        channel=Channel.PHONE,
        now=scene.now,
    )

    booking = Booking.objects.select_related("customer").get(ref=view.ref)
    assert (booking.status, booking.channel, booking.created_by_id) == ("confirmed", "phone", agent.user_id)
    assert (booking.customer.phone, booking.customer.name, booking.customer.user_id) == (
        "+8613800138000",
        "李女士",
        None,
    )
    assert Booking.objects.get(ref=again.ref).customer_id == booking.customer_id


def test_technicians_and_the_anonymous_cannot_book() -> None:
    scene = make_scene()

    with pytest.raises(Forbidden):
        scene.book(scene.worker.actor)
    with pytest.raises(Unauthenticated):
        scene.book(ANONYMOUS)

    assert nothing_written()


def test_events_reach_the_customer_the_desk_and_nobody_by_phone_number() -> None:
    scene = make_scene()
    actor = scene.customer_actor()

    scene.book(actor)

    confirmed = Event.objects.get(name="booking.confirmed")
    visit = Visit.objects.get()
    assert set(confirmed.topics) == {
        "office",
        f"booking:{visit.booking_ref}",
        f"desk:{scene.territory.pk}",
        f"user:{actor.user_id}",
        f"visit:{visit.pk}",
    }
    assert confirmed.payload == {
        "booking_id": ANY,
        "booking_ref": visit.booking_ref,
        "customer_id": visit.customer_id,
        "territory_id": scene.territory.pk,
        "action": "confirm",
        "source": "submitted",
        "target": "confirmed",
        "actor_key": "system",
        "actor_role": "system",
        "fee_minor": 0,
        "technician_id": None,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("held", [False, True])
def test_of_two_customers_at_once_one_gets_the_last_place(held: bool) -> None:
    scene = make_scene(workers=1, minutes=150)
    scene.book(window=scene.window(12))
    forms = [scene.form(), scene.form()]
    if held:
        hold = booking_hold(
            item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="first", now=scene.now
        )
        forms[0] = scene.form(hold_ref=hold.ref, holder_key="first")
    actors = [scene.customer_actor(), scene.customer_actor()]

    outcomes = race([_submit(scene, form, actor) for form, actor in zip(forms, actors, strict=True)])

    assert len(winners(outcomes)) == 1
    assert refusal_codes(outcomes) == ["slot_taken"]
    assert (Booking.objects.count(), Visit.objects.count(), PlanStop.objects.count()) == (2, 2, 2)
    if held:
        assert outcomes[0].refusal is None


@pytest.mark.django_db(transaction=True)
def test_the_same_customer_twice_at_once_is_one_promise_and_one_question() -> None:
    scene = make_scene()
    actor = scene.customer_actor()

    outcomes = race([_submit(scene, scene.form(), actor)] * 2)

    assert refusal_codes(outcomes) == []
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["confirmed", "in_review"]
    assert (Customer.objects.count(), Visit.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_hold_submitted_twice_at_once_is_one_promise_and_one_question() -> None:
    scene = make_scene()
    actor = scene.customer_actor()
    hold = booking_hold(
        item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="browser-1", now=scene.now
    )
    form = scene.form(hold_ref=hold.ref, holder_key="browser-1")

    outcomes = race([_submit(scene, form, actor)] * 2)

    assert refusal_codes(outcomes) == []
    assert sorted(Booking.objects.values_list("status", "hold__ref")) == [("confirmed", hold.ref), ("in_review", None)]
    assert PlanStop.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_hold_serves_one_of_two_customers_of_a_clerk() -> None:
    scene = make_scene()
    clerk = scene.staff(RoleCode.CUSTOMER_SERVICE)
    hold = booking_hold(
        item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="clerk", now=scene.now
    )
    forms = [
        scene.form(hold_ref=hold.ref, holder_key="clerk", contact_phone=f"138 0013 800{number}") for number in (1, 2)
    ]

    outcomes = race([_submit(scene, form, clerk) for form in forms])

    assert refusal_codes(outcomes) == []
    assert set(Booking.objects.values_list("status", "hold__ref")) == {("confirmed", hold.ref), ("confirmed", None)}
    assert PlanStop.objects.count() == 2


def test_a_hold_under_review_belongs_to_its_booking_alone() -> None:
    scene = make_scene()
    actor = scene.customer_actor()
    ServiceItemVersion.objects.filter(pk=scene.version.pk).update(price_minor=9_000_000)
    scene.book(actor)
    keep = {"item_code": scene.item_code, "place": PLACE, "holder_key": "browser-1", "now": scene.now}
    for hour in (10, 12):
        hold = booking_hold(window=scene.window(hour), **keep)
        scene.book(actor, window=scene.window(hour), hold_ref=hold.ref, holder_key="browser-1")

    again = scene.book(actor, window=scene.window(12), hold_ref=hold.ref, holder_key="browser-1")
    hold_release(ref=hold.ref, holder_key="browser-1", now=scene.now)

    assert Booking.objects.get(ref=again.ref).hold is None
    assert SlotHold.objects.get(ref=hold.ref).status == HoldStatus.LIVE
    assert booking_hold(window=scene.window(16), **keep).ref


def _submit(scene: Scene, form, actor):
    return lambda: booking_submit(form=form, actor=actor, channel=Channel.WEB, now=scene.now)


def test_a_phone_keeps_two_windows_in_however_many_browsers() -> None:
    scene = make_scene()

    def held(hour: int, browser: str, phone: str = "") -> str:
        return booking_hold(
            item_code=scene.item_code,
            place=PLACE,
            window=scene.window(hour),
            holder_key=browser,
            now=scene.now,
            phone=phone,
        ).ref

    first = held(10, "one", "138 0013 8000")
    again = held(10, "one", "+86 13800138000")
    held(14, "two", "13800138000")
    with city.refused(TooManyHolds):
        held(16, "three", "13800138000")
    other = held(16, "three", "13900139000")
    unreadable = held(16, "three", "no number")

    assert first == again
    assert other == unreadable
    assert "13800138000" not in str(SlotHold.objects.values_list("holder_key", "phone_key"))
