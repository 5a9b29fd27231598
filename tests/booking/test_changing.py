"""Cancelling under the fee table, moving to another window, and the customer's own yes (B6, B8)."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.billing.models import Charge, LedgerEntry
from paidan.booking.constants import BookingStatus
from paidan.booking.errors import FeeChanged, TooLateToCancel, TooLateToReschedule
from paidan.booking.findings import booking_findings
from paidan.booking.models import Booking
from paidan.booking.services import (
    booking_cancel,
    booking_confirm_by_customer,
    booking_hold,
    booking_hold_again,
    booking_reschedule,
)
from paidan.dispatch.errors import HoldLapsed
from paidan.dispatch.models import Offer, PlanStop, SlotHold
from paidan.dispatch.services import offer_grab, visit_assign
from paidan.fieldwork.services import visit_depart
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.geo import Point
from paidan.kernel.models import Event
from paidan.kernel.transitions import TransitionRefused
from paidan.visits.models import Visit
from paidan.workforce.models import Commitment
from tests import city
from tests.booking.scene import make_scene, race, refusal_codes, winners

pytestmark = pytest.mark.django_db
SHORT_NOTICE = timedelta(minutes=30)


def test_a_preview_names_the_price_and_changes_nothing() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    events = Event.objects.count()

    free = booking_cancel(ref=booking.ref, reason="", actor=customer, now=scene.now, preview=True)
    dear = booking_cancel(
        ref=booking.ref, reason="", actor=customer, now=scene.window().start - SHORT_NOTICE, preview=True
    )

    assert (free.fee_minor, free.is_done, free.departed) == (0, False, False)
    assert (dear.fee_minor, dear.notice_minutes, dear.is_done) == (4_000, 30, False)
    assert free.sentence != dear.sentence
    booking.refresh_from_db()
    visit.refresh_from_db()
    assert (booking.status, visit.status, Event.objects.count()) == ("confirmed", "pending", events)


def test_cancelling_in_time_is_free_and_leaves_no_trace_in_the_plan() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    worker = scene.assigned(visit)

    view = booking_cancel(ref=booking.ref, reason="changed_mind", actor=customer, now=scene.now)

    booking.refresh_from_db()
    visit.refresh_from_db()
    assert (view.fee_minor, view.is_done) == (0, True)
    assert (booking.status, booking.cancel_reason, booking.cancelled_at) == ("cancelled", "changed_mind", scene.now)
    assert (visit.status, visit.planned_start_at) == ("cancelled", None)
    assert not PlanStop.objects.filter(visit=visit).exists()
    assert not Commitment.objects.filter(live=True).exists()
    assert visit.assignments.get().end_reason == "cancelled"
    assert not Charge.objects.exists()
    told = Event.objects.get(name="booking.cancelled")
    assert (told.payload["technician_id"], told.payload["fee_minor"]) == (worker.pk, 0)
    assert booking_findings() == []


def test_cancelling_late_costs_what_the_table_says_and_is_booked() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    now = scene.window().start - SHORT_NOTICE

    view = booking_cancel(
        ref=booking.ref, reason="other", text="临时出差", actor=customer, now=now, agreed_fee_minor=4_000
    )

    charge = Charge.objects.get()
    booking.refresh_from_db()
    assert (view.fee_minor, booking.cancel_fee_minor, charge.total_minor) == (4_000, 4_000, 4_000)
    assert (charge.subject_ref, charge.kind) == (booking.ref, "fee")
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0
    assert booking_findings() == []


def test_a_fee_higher_than_agreed_is_asked_again() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)

    with city.refused(FeeChanged) as refusal:
        booking_cancel(
            ref=booking.ref,
            reason="other",
            actor=customer,
            now=scene.window().start - SHORT_NOTICE,
            agreed_fee_minor=0,
        )

    booking.refresh_from_db()
    assert refusal.value.facts == {"fee_minor": 4_000}
    assert booking.status == BookingStatus.CONFIRMED
    assert PlanStop.objects.filter(visit=visit).exists()


def test_what_the_company_cancels_costs_the_customer_nothing() -> None:
    scene = make_scene()
    booking, _visit = scene.booked()
    dispatcher = scene.staff(RoleCode.DISPATCHER)

    view = booking_cancel(ref=booking.ref, reason="company", actor=dispatcher, now=scene.window().start - SHORT_NOTICE)

    assert (view.fee_minor, view.is_done) == (0, True)
    assert not Charge.objects.exists()


@pytest.mark.parametrize("reason", ["", "no-such-reason", "company"])
def test_a_customer_names_a_reason_of_their_own(reason: str) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)

    with pytest.raises(Invalid) as refusal:
        booking_cancel(ref=booking.ref, reason=reason, actor=customer, now=scene.now)

    assert set(refusal.value.fields) == {"reason"}
    assert Booking.objects.get().status == BookingStatus.CONFIRMED


def test_after_departure_it_can_still_be_cancelled_after_arrival_not() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    first, on_the_way = scene.booked(customer)
    scene.under_way(on_the_way, "depart")

    preview = booking_cancel(ref=first.ref, reason="", actor=customer, now=scene.now, preview=True)
    second, arrived = scene.booked(customer, window=scene.window(10, days=1))
    scene.under_way(arrived, "depart", "arrive")

    assert preview.departed
    with city.refused(TooLateToCancel):
        booking_cancel(ref=second.ref, reason="other", actor=customer, now=scene.now)
    second.refresh_from_db()
    arrived.refresh_from_db()
    assert (second.status, arrived.status) == ("confirmed", "arrived")
    assert Commitment.objects.filter(subject_id=arrived.pk, live=True).exists()


def test_cancelling_twice_says_so() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now)

    with city.refused(TooLateToCancel) as refusal:
        booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now)

    assert refusal.value.code == "already_cancelled"


def test_a_booking_under_review_is_cancelled_free_and_frees_its_hold() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    scene.book(customer)
    hold = booking_hold(
        item_code=scene.item_code, place=Point(31.05, 121.05), window=scene.window(), holder_key="b", now=scene.now
    )
    view = scene.book(customer, hold_ref=hold.ref, holder_key="b")

    cancelled = booking_cancel(ref=view.ref, reason="other", actor=customer, now=scene.window().start - SHORT_NOTICE)

    assert (cancelled.fee_minor, cancelled.is_done) == (0, True)
    assert SlotHold.objects.get().status == "released"


def test_a_link_cancels_what_it_opens_and_nothing_else() -> None:
    scene = make_scene()
    mine, _ = scene.booked()
    other, _ = scene.booked(window=scene.window(10))
    link = scene.link(LinkPurpose.BOOKING, mine.ref)

    with pytest.raises(NotFound):
        booking_cancel(ref=other.ref, reason="other", actor=link, now=scene.now)
    booking_cancel(ref=mine.ref, reason="other", actor=link, now=scene.now)

    assert Booking.objects.get(pk=mine.pk).status == BookingStatus.CANCELLED
    assert Booking.objects.get(pk=other.pk).status == BookingStatus.CONFIRMED


@pytest.mark.parametrize("state", ["pending", "offered", "assigned", "accepted"])
def test_a_booking_moves_to_another_window_and_its_visit_starts_anew(state: str) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    if state == "offered":
        city.make_offer(visit, now=scene.now)
    if state in {"assigned", "accepted"}:
        scene.assigned(visit, accept=state == "accepted")
    wanted = scene.window(10, days=1)
    moved = {"from": visit.window_start_at.isoformat(), "to": wanted.start.astimezone(UTC).isoformat()}
    hold = booking_hold_again(ref=booking.ref, window=wanted, holder_key="b", actor=customer, now=scene.now)

    booking_reschedule(ref=booking.ref, hold_ref=hold.ref, holder_key="b", actor=customer, now=scene.now)

    booking.refresh_from_db()
    visit.refresh_from_db()
    steps = (booking.steps.get(action="reschedule"), visit.steps.get(action="reschedule"))
    assert [step.data for step in steps] == [moved, moved]
    assert (booking.window_start_at, booking.window_end_at) == (wanted.start, wanted.end)
    assert (visit.window_start_at, visit.window_end_at) == (wanted.start, wanted.end)
    assert (booking.status, visit.status) == ("confirmed", "pending")
    assert not visit.assignments.filter(ended_at__isnull=True).exists()
    assert not Offer.objects.filter(status="open").exists()
    assert not Commitment.objects.filter(live=True).exists()
    assert wanted.start <= PlanStop.objects.get().start_at < wanted.end
    assert booking_findings() == []


def test_moving_takes_the_customers_confirmation_back() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    booking_confirm_by_customer(ref=booking.ref, actor=customer, now=scene.now)
    hold = booking_hold_again(
        ref=booking.ref, window=scene.window(10, days=1), holder_key="b", actor=customer, now=scene.now
    )

    booking_reschedule(ref=booking.ref, hold_ref=hold.ref, holder_key="b", actor=customer, now=scene.now)

    booking.refresh_from_db()
    assert booking.confirmed_by_customer_at is None


def test_a_hold_for_something_else_or_lapsed_moves_nothing() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    elsewhere = booking_hold(
        item_code=scene.item_code, place=Point(31.06, 121.05), window=scene.window(10), holder_key="b", now=scene.now
    )
    lapsed = booking_hold_again(ref=booking.ref, window=scene.window(12), holder_key="b", actor=customer, now=scene.now)

    with city.refused(Invalid) as refusal:
        booking_reschedule(ref=booking.ref, hold_ref=elsewhere.ref, holder_key="b", actor=customer, now=scene.now)
    with city.refused(HoldLapsed):
        booking_reschedule(
            ref=booking.ref, hold_ref=lapsed.ref, holder_key="b", actor=customer, now=scene.now + timedelta(hours=1)
        )
    with city.refused(NotFound):
        booking_reschedule(ref=booking.ref, hold_ref=lapsed.ref, holder_key="c", actor=customer, now=scene.now)

    visit.refresh_from_db()
    assert set(refusal.value.fields) == {"window"}
    assert visit.window_start_at == scene.window().start


def test_after_departure_the_time_stands() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    scene.under_way(visit, "depart")

    with pytest.raises(TooLateToReschedule):
        booking_hold_again(
            ref=booking.ref, window=scene.window(10, days=1), holder_key="b", actor=customer, now=scene.now
        )


def test_the_customers_own_yes_is_kept_once() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)

    booking_confirm_by_customer(ref=booking.ref, actor=customer, now=scene.now)
    booking_confirm_by_customer(ref=booking.ref, actor=customer, now=scene.now + timedelta(hours=1))

    booking.refresh_from_db()
    assert (booking.confirmed_by_customer_at, booking.status) == (scene.now, "confirmed")
    assert booking.steps.filter(action="acknowledge").count() == 1
    with pytest.raises(Forbidden):
        booking_confirm_by_customer(ref=booking.ref, actor=scene.staff(RoleCode.MANAGER), now=scene.now)


def test_nobody_confirms_what_is_cancelled() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now)

    with pytest.raises(TransitionRefused):
        booking_confirm_by_customer(ref=booking.ref, actor=customer, now=scene.now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_cancel_and_departure_at_once_agree(attempt: int) -> None:
    scene = make_scene(workers=1)
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    technician = scene.assigned(visit).actor

    outcomes = race(
        [
            lambda: booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now),
            lambda: visit_depart(visit_ref=visit.ref, actor=technician, now=scene.now),
        ]
    )

    booking.refresh_from_db()
    visit.refresh_from_db()
    assert set(refusal_codes(outcomes)) <= {"visit_changed", "not_found", "wrong_state"}
    assert (booking.status == "cancelled") == (visit.status == "cancelled")
    assert Commitment.objects.filter(subject_id=visit.pk, live=True).exists() == (visit.status == "en_route")
    assert booking_findings() == []


@pytest.mark.django_db(transaction=True)
def test_two_cancellations_at_once_cost_one_fee() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    now = scene.window().start - SHORT_NOTICE

    outcomes = race([lambda: booking_cancel(ref=booking.ref, reason="other", actor=customer, now=now)] * 2)

    assert len(winners(outcomes)) == 1
    assert len(refusal_codes(outcomes)) == 1
    assert Charge.objects.count() == 1
    assert Visit.objects.get().status == "cancelled"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_grab_assignment_and_cancel_at_once_leave_one_truth(attempt: int) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    offer = city.make_offer(visit, now=scene.now)
    manager = scene.staff(RoleCode.MANAGER)
    technician = scene.workers[1].technician.ref

    race(
        [
            lambda: offer_grab(offer_ref=offer.ref, actor=scene.worker.actor, now=scene.now),
            lambda: visit_assign(visit_ref=visit.ref, technician_ref=technician, actor=manager, now=scene.now),
            lambda: booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now),
        ]
    )

    booking.refresh_from_db()
    visit.refresh_from_db()
    live = visit.assignments.filter(ended_at__isnull=True).count()
    held = Commitment.objects.filter(subject_id=visit.pk, live=True).count()
    planned = PlanStop.objects.filter(visit=visit).count()
    assert booking.status == ("cancelled" if visit.status == "cancelled" else "confirmed")
    assert (live, held, planned) == ((0, 0, 0) if visit.status == "cancelled" else (1, 1, 1))
    assert not Offer.objects.filter(status="open").exists()
    assert booking_findings() == []
