"""After the work: signed off by whom it concerns or by time, paid once, and the review invited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.billing.errors import AlreadyPaid
from paidan.billing.models import Charge, LedgerEntry, Payment
from paidan.billing.selectors import billing_findings
from paidan.config.wiring import CLOCKS, CONSISTENCY_CHECKS, SUBJECT_DOORS
from paidan.fieldwork.errors import NotYetPayable
from paidan.fieldwork.findings import fieldwork_findings
from paidan.fieldwork.services import cash_take, photo_add, sign_offs_due, visit_finish, visit_sign_off
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, NotFound
from paidan.kernel.models import Event
from paidan.kernel.settings import SIGN_OFF_SECONDS
from paidan.kernel.transitions import TransitionRefused
from paidan.visits.models import Visit
from tests import city
from tests.booking.scene import make_scene, photo, race, refusal_codes, winners

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["customer", "link", "customer_service", "dispatcher", "manager"])
def test_the_customer_their_link_and_the_desk_sign_off(who: str) -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, visit = scene.booked(customer)
    scene.finished(visit)
    actors: dict[str, Actor] = {"customer": customer, "link": scene.link(LinkPurpose.BOOKING, booking.ref)}
    actor = actors.get(who) or scene.staff(RoleCode(who))

    visit_sign_off(visit_ref=visit.ref, actor=actor, now=scene.now)

    visit.refresh_from_db()
    invited = Event.objects.get(name="review.invited")
    assert (visit.status, visit.signed_off_at, visit.closed_at) == ("signed_off", scene.now, scene.now)
    assert (invited.payload["visit_ref"], invited.payload["technician_id"]) == (visit.ref, scene.worker.pk)
    assert invited.payload["customer_id"] == visit.customer_id
    assert fieldwork_findings() == []


def test_nobody_else_signs_off() -> None:
    scene = make_scene()
    _booking, visit = scene.booked()
    technician = scene.finished(visit)

    with pytest.raises(Forbidden):
        visit_sign_off(visit_ref=visit.ref, actor=technician, now=scene.now)
    for stranger in (scene.customer_actor(), scene.workers[1].actor, scene.link(LinkPurpose.REVIEW, visit.ref)):
        with pytest.raises(NotFound):
            visit_sign_off(visit_ref=visit.ref, actor=stranger, now=scene.now)

    visit.refresh_from_db()
    assert visit.status == "finished"
    assert not Event.objects.filter(name="review.invited").exists()


def test_unfinished_work_is_not_signed_off_nor_anything_twice() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    _booking, visit = scene.booked(customer)
    with pytest.raises(TransitionRefused):
        visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)
    scene.finished(visit)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)

    with pytest.raises(TransitionRefused):
        visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)

    assert Event.objects.filter(name="review.invited").count() == 1


def test_what_nobody_objects_to_signs_itself_off_once() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    scene.finished(visit)
    limit = scene.now + timedelta(seconds=SIGN_OFF_SECONDS.value())

    sign_offs_due(limit - timedelta(seconds=1))
    visit.refresh_from_db()
    early = visit.status
    sign_offs_due(limit)
    sign_offs_due(limit)

    visit.refresh_from_db()
    assert (early, visit.status) == ("finished", "signed_off")
    assert visit.steps.filter(action="sign_off").get().actor_key == "system"
    assert Event.objects.filter(name="review.invited").count() == 1


def test_cash_settles_the_whole_charge_and_the_ledger_sums_to_zero() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = scene.booked(customer)[1]
    actor = scene.finished(visit)

    payment = cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)

    charge = Charge.objects.get()
    assert (payment.amount_minor, charge.total_minor, charge.status) == (20_000, 20_000, "settled")
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0
    settled = Event.objects.get(name="payment.settled")
    assert f"user:{customer.user_id}" in settled.topics
    assert billing_findings() == []


def test_cash_may_still_be_taken_after_the_sign_off() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = scene.booked(customer)[1]
    actor = scene.finished(visit)
    visit_sign_off(visit_ref=visit.ref, actor=customer, now=scene.now)

    cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert Payment.objects.get().taken_by_key == actor.key


def test_money_is_taken_once_by_the_technician_after_finishing() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = scene.booked(customer)[1]
    actor = scene.under_way(visit, "depart", "arrive", "start")

    with pytest.raises(NotYetPayable):
        cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)
    for other in (customer, scene.workers[1].actor, scene.staff(RoleCode.MANAGER)):
        with pytest.raises(NotFound):
            cash_take(visit_ref=visit.ref, actor=other, now=scene.now)
    photo_add(visit_ref=visit.ref, upload=photo(), actor=actor, now=scene.now)
    visit_finish(visit_ref=visit.ref, actor=actor, now=scene.now)
    cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)
    with city.refused(AlreadyPaid):
        cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)

    assert Payment.objects.count() == 1


def test_a_finished_visit_without_its_charge_is_found() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    scene.under_way(visit, "depart", "arrive", "start")
    Visit.objects.filter(pk=visit.pk).update(status="finished")

    findings = fieldwork_findings()

    assert findings == [
        f"Visit {visit.ref} is finished but not charged what its booking was sold for.",
        f"The state of visit {visit.ref} is not where its last step led.",
    ]


def test_clock_checks_and_doors_are_wired() -> None:
    assert "paidan.fieldwork.services.sign_offs_due" in CLOCKS
    assert {"paidan.booking.findings.booking_findings", "paidan.fieldwork.findings.fieldwork_findings"} <= set(
        CONSISTENCY_CHECKS
    )
    assert set(SUBJECT_DOORS) >= {"B", "V"}


@pytest.mark.django_db(transaction=True)
def test_paying_twice_at_once_is_one_payment() -> None:
    scene = make_scene()
    visit = scene.booked()[1]
    actor = scene.finished(visit)

    outcomes = race([lambda: cash_take(visit_ref=visit.ref, actor=actor, now=scene.now)] * 4)

    assert len(winners(outcomes)) == 1
    assert refusal_codes(outcomes) == ["already_paid"] * 3
    assert (Payment.objects.count(), billing_findings()) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_clock_and_customer_at_once_sign_off_once() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    visit = scene.booked(customer)[1]
    scene.finished(visit)
    late = scene.now + timedelta(days=2)

    race(
        [
            lambda: sign_offs_due(late),
            lambda: sign_offs_due(late),
            lambda: visit_sign_off(visit_ref=visit.ref, actor=customer, now=late),
        ]
    )

    visit.refresh_from_db()
    assert visit.status == "signed_off"
    assert visit.steps.filter(action="sign_off").count() == 1
    assert Event.objects.filter(name="review.invited").count() == 1
