"""Doubtful bookings: a person approves, rejects or asks, once (B5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from paidan.accounts.constants import RoleCode
from paidan.booking.constants import BookingStatus
from paidan.booking.models import Booking
from paidan.booking.selectors import booking_detail
from paidan.booking.services import ReviewVerdict, booking_answer, booking_close, booking_hold, booking_review_decide
from paidan.dispatch.errors import SlotTaken
from paidan.dispatch.models import PlanStop, SlotHold
from paidan.dispatch.services.holding import holds_lapse
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.kernel.models import Event
from paidan.kernel.transitions import TransitionRefused
from paidan.visits.models import Visit
from paidan.worklist.models import WorkItem
from tests import city
from tests.booking.scene import PLACE, Scene, make_scene, race, refusal_codes, winners

pytestmark = pytest.mark.django_db


def doubtful(scene: Scene, actor: Actor | None = None) -> Booking:
    """A booking in the desk's queue, its window held."""
    actor = actor or scene.customer_actor()
    scene.book(actor)
    hold = booking_hold(item_code=scene.item_code, place=PLACE, window=scene.window(), holder_key="b", now=scene.now)
    return Booking.objects.get(ref=scene.book(actor, hold_ref=hold.ref, holder_key="b").ref)


def test_an_approved_booking_gets_its_visit_in_the_held_place() -> None:
    scene = make_scene()
    booking = doubtful(scene)
    agent = scene.staff(RoleCode.CUSTOMER_SERVICE)

    view = booking_review_decide(
        ref=booking.ref, verdict=ReviewVerdict.APPROVE, actor=agent, now=scene.now + timedelta(minutes=20)
    )

    assert view.status == BookingStatus.CONFIRMED
    assert PlanStop.objects.get(visit__ref=view.visit_ref).hold_id is None
    assert SlotHold.objects.get().status == "used"
    assert WorkItem.objects.get().status == "done"
    assert booking.steps.order_by("-pk")[0].actor_key == agent.key


def test_an_approval_after_the_window_is_lost_changes_nothing() -> None:
    scene = make_scene(workers=2, minutes=150)
    booking = doubtful(scene)
    SlotHold.objects.update(expires_at=scene.now)
    holds_lapse(scene.now)
    for hour in (12, 12, 14):
        scene.book(window=scene.window(hour))

    with city.refused(SlotTaken):
        booking_review_decide(
            ref=booking.ref,
            verdict=ReviewVerdict.APPROVE,
            actor=scene.staff(RoleCode.CUSTOMER_SERVICE),
            now=scene.now,
        )

    booking.refresh_from_db()
    assert booking.status == BookingStatus.IN_REVIEW
    assert WorkItem.objects.get().status == "open"


def test_a_rejected_booking_says_why_and_frees_its_window() -> None:
    scene = make_scene()
    booking = doubtful(scene)

    booking_review_decide(
        ref=booking.ref,
        verdict=ReviewVerdict.REJECT,
        text="同一时间已有预约",
        actor=scene.staff(RoleCode.CUSTOMER_SERVICE),
        now=scene.now,
    )

    booking.refresh_from_db()
    assert booking.status == BookingStatus.REJECTED
    assert booking.steps.order_by("-pk")[0].data == {"reason": "review", "text": "同一时间已有预约"}
    assert SlotHold.objects.get().status == "released"
    assert Event.objects.filter(name="booking.rejected").count() == 1


@pytest.mark.parametrize("verdict", [ReviewVerdict.REJECT, ReviewVerdict.ASK])
@pytest.mark.parametrize("text", ["", "  ", "x\0y", "字" * 501])
def test_rejecting_and_asking_need_words_the_customer_can_read(verdict: ReviewVerdict, text: str) -> None:
    scene = make_scene()
    booking = doubtful(scene)

    with pytest.raises(Invalid) as refusal:
        booking_review_decide(
            ref=booking.ref, verdict=verdict, text=text, actor=scene.staff(RoleCode.MANAGER), now=scene.now
        )

    booking.refresh_from_db()
    assert set(refusal.value.fields) == {"text"}
    assert booking.status == BookingStatus.IN_REVIEW


def test_a_question_is_answered_and_looked_at_again() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking = doubtful(scene, customer)
    agent = scene.staff(RoleCode.CUSTOMER_SERVICE)
    booking_review_decide(ref=booking.ref, verdict=ReviewVerdict.ASK, text="是哪一台空调？", actor=agent, now=scene.now)

    booking_answer(ref=booking.ref, answers={"description": "客厅的那台"}, actor=customer, now=scene.now)

    booking.refresh_from_db()
    assert (booking.status, booking.description) == (BookingStatus.IN_REVIEW, "客厅的那台")
    assert list(booking.steps.order_by("pk").values_list("action", flat=True)) == [
        "submit",
        "review",
        "ask",
        "resubmit",
        "review",
    ]
    assert sorted(WorkItem.objects.values_list("status", flat=True)) == ["done", "open"]


def test_customers_do_not_decide_and_foreign_dispatchers_see_nothing() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking = doubtful(scene, customer)
    stranger = make_scene().staff(RoleCode.DISPATCHER)

    with pytest.raises(Forbidden):
        booking_review_decide(ref=booking.ref, verdict=ReviewVerdict.APPROVE, actor=customer, now=scene.now)
    with pytest.raises(NotFound):
        booking_review_decide(ref=booking.ref, verdict=ReviewVerdict.APPROVE, actor=stranger, now=scene.now)

    booking.refresh_from_db()
    assert booking.status == BookingStatus.IN_REVIEW


def test_a_decision_is_made_once() -> None:
    scene = make_scene()
    booking = doubtful(scene)
    agent = scene.staff(RoleCode.MANAGER)
    booking_review_decide(ref=booking.ref, verdict=ReviewVerdict.APPROVE, actor=agent, now=scene.now)

    with city.refused(TransitionRefused):
        booking_review_decide(ref=booking.ref, verdict=ReviewVerdict.APPROVE, actor=agent, now=scene.now)

    assert Visit.objects.filter(booking_ref=booking.ref).count() == 1


def test_only_a_completed_booking_is_closed() -> None:
    scene = make_scene()
    booking, _visit = scene.booked()

    with pytest.raises(TransitionRefused):
        booking_close(ref=booking.ref, actor=scene.staff(RoleCode.MANAGER), now=scene.now)


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_make_one_visit() -> None:
    scene = make_scene()
    booking = doubtful(scene)
    agents = [scene.staff(RoleCode.MANAGER), scene.staff(RoleCode.CUSTOMER_SERVICE)]

    outcomes = race(
        [
            lambda agent=agent: booking_review_decide(
                ref=booking.ref, verdict=ReviewVerdict.APPROVE, actor=agent, now=scene.now
            )
            for agent in agents
        ]
    )

    assert len(winners(outcomes)) == 1
    assert refusal_codes(outcomes)[0] in {"booking_changed", "wrong_state"}
    assert Visit.objects.filter(booking_ref=booking.ref).count() == 1


def test_the_customer_reads_what_is_asked_while_it_is_asked() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking = doubtful(scene, customer)
    agent = scene.staff(RoleCode.CUSTOMER_SERVICE)
    booking_review_decide(ref=booking.ref, verdict=ReviewVerdict.ASK, text="是哪一台空调？", actor=agent, now=scene.now)
    asked = booking_detail(customer, booking.ref, now=scene.now)

    booking_answer(ref=booking.ref, answers={"description": "客厅的那台"}, actor=customer, now=scene.now)
    answered = booking_detail(customer, booking.ref, now=scene.now)

    assert (asked.message, asked.actions[0], asked.findings) == ("是哪一台空调？", "answer", ())
    assert answered.message == ""
    desk = booking_detail(agent, booking.ref, now=scene.now)
    assert [finding.code for finding in desk.findings] == ["duplicate_customer"]
    assert desk.actions[:3] == ("approve", "ask", "reject")
