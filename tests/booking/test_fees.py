"""Fees and compensations of a booking: what was previewed is what is posted, whatever the state and the clock (B8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paidan.accounts.constants import LinkPurpose, RoleCode
from paidan.billing.constants import Account
from paidan.billing.models import Charge, Compensation, LedgerEntry, LedgerTransaction
from paidan.billing.selectors import billing_findings, ledger_balance
from paidan.booking.constants import CancelReason
from paidan.booking.errors import FeeChanged
from paidan.booking.findings import booking_findings
from paidan.booking.models import Booking
from paidan.booking.selectors import booking_detail, own_debts
from paidan.booking.services import (
    Terms,
    booking_cancel,
    booking_compensation_choose,
    booking_hold_again,
    booking_refund_paid,
    booking_reschedule,
    booking_reschedule_cost,
)
from paidan.catalog.constants import FeeOccasion, Party
from paidan.catalog.fee_terms import FeeTerms
from paidan.catalog.models import FeeRule
from paidan.catalog.services import fee_table_copy, fee_table_publish, fee_table_write
from paidan.kernel.actors import Actor
from paidan.kernel.errors import Forbidden, Invalid, NotFound
from paidan.visits.models import Visit
from tests import city
from tests.booking.scene import Scene, make_scene

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)
OLD_TERMS = Terms()


def rule(scene: Scene, **columns: object) -> None:
    FeeRule.objects.create(table=scene.version.fee_table, **{"percent": 0, **columns})


def full_table(scene: Scene) -> None:
    """A rule of every kind beside the one that every test item has."""
    rule(scene, percent=10, after_assignment=True, notice_below_minutes=600)
    rule(scene, percent=50, after_departure=True, maximum_minor=8_000)
    rule(scene, percent=7, fixed_minor=123, reason="found_other", notice_below_minutes=300)
    rule(scene, party=Party.COMPANY, fixed_minor=1_500, notice_below_minutes=240)
    rule(scene, party=Party.TECHNICIAN, percent=30, minimum_minor=2_500)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.sampled_from([(), ("assign",), ("depart",)]),
    reason=st.sampled_from(CancelReason),
    notice=st.integers(-300, 900),
    is_new_version=st.booleans(),
)
def test_what_the_preview_says_is_what_is_posted(
    steps: tuple[str, ...], reason: CancelReason, notice: int, is_new_version: bool
) -> None:
    with transaction.atomic():
        _preview_is_charge(steps, reason, notice, is_new_version=is_new_version)
        transaction.set_rollback(True)  # the next example finds an empty city


def _preview_is_charge(steps: tuple[str, ...], reason: CancelReason, notice: int, *, is_new_version: bool) -> None:
    scene = make_scene()
    full_table(scene)
    if is_new_version:
        _new_version(scene)
    booking, visit = scene.booked()
    _reach(scene, visit, steps)
    desk, now = scene.staff(RoleCode.MANAGER), scene.window().start - notice * MINUTES
    posted = set(LedgerTransaction.objects.values_list("pk", flat=True))

    preview = booking_cancel(ref=booking.ref, reason=reason, actor=desk, now=now, preview=True)
    if reason is CancelReason.NOBODY_CAME and now < scene.window().end:
        with city.refused(Invalid):
            booking_cancel(ref=booking.ref, reason=reason, actor=desk, now=now)
        return
    booking_cancel(ref=booking.ref, reason=reason, actor=desk, now=now, agreed_fee_minor=preview.fee_minor)

    charged = sum(Charge.objects.filter(subject_ref=booking.ref).values_list("total_minor", flat=True))
    granted = sum(Compensation.objects.filter(subject_ref=booking.ref).values_list("amount_minor", flat=True))
    assert (charged, granted) == (preview.fee_minor, preview.compensation_minor)
    assert 0 in {charged, granted}
    fresh = LedgerTransaction.objects.exclude(pk__in=posted)
    for one in fresh:
        assert sum(one.entries.values_list("amount_minor", flat=True)) == 0
        assert (one.facts["notice_minutes"], one.facts["reason"]) == (notice, reason)
        assert one.facts["reached"] == {"": "booked", "assign": "assigned", "depart": "departed"}["".join(steps)]
        assert one.facts["fee_table"] == booking.fees_id
    assert fresh.count() == bool(charged) + bool(granted)
    assert (billing_findings(), booking_findings()) == ([], [])


def _new_version(scene: Scene) -> None:
    draft = fee_table_copy(scene.version.fee_table_id, now=scene.now - 3 * MINUTES)
    rules = (FeeTerms(percent=33), FeeTerms(percent=0, fixed_minor=777, party=Party.COMPANY))
    fee_table_write(draft.pk, name={"zh": "新"}, rules=rules, now=scene.now - 3 * MINUTES)
    fee_table_publish(draft.pk, effective_at=scene.now - MINUTES, now=scene.now - 2 * MINUTES)


def _reach(scene: Scene, visit: Visit, steps: tuple[str, ...]) -> None:
    if "assign" in steps:
        scene.assigned(visit)
    elif steps:
        scene.under_way(visit, *steps)


def test_a_booking_keeps_the_version_it_was_sold_under() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    before, _ = scene.booked(customer)
    _new_version(scene)
    after, _ = scene.booked(customer, window=scene.window(10))
    late = scene.window(10).start - 30 * MINUTES

    fees = [
        booking_cancel(ref=one.ref, reason="", actor=customer, now=late, preview=True).fee_minor
        for one in (before, after)
    ]

    assert before.fee_table_id == scene.version.fee_table_id != after.fee_table_id
    assert fees == [0, 6_600]


def _move(scene: Scene, booking: Booking, actor: Actor, *, hour: int, terms: Terms = OLD_TERMS) -> None:
    window = scene.window(hour, days=1)
    hold = booking_hold_again(ref=booking.ref, window=window, holder_key=f"h{hour}", actor=actor, now=scene.now)
    booking_reschedule(
        ref=booking.ref, hold_ref=hold.ref, holder_key=f"h{hour}", actor=actor, now=scene.now, terms=terms
    )
    booking.refresh_from_db()


def test_each_change_of_the_time_costs_what_was_shown() -> None:
    scene = make_scene()
    rule(scene, occasion=FeeOccasion.RESCHEDULE, fixed_minor=1_000)
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)

    shown = booking_reschedule_cost(ref=booking.ref, actor=customer, now=scene.now)
    for hour in (10, 12):
        _move(scene, booking, customer, hour=hour, terms=Terms(agreed_fee_minor=shown.fee_minor))

    charges = Charge.objects.order_by("pk").values_list("occasion", "total_minor")
    assert list(charges) == [("reschedule:1", 1_000), ("reschedule:2", 1_000)]
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0
    assert (billing_findings(), booking_findings()) == ([], [])


def test_another_time_for_another_fee_than_agreed_is_asked_again() -> None:
    scene = make_scene()
    rule(scene, occasion=FeeOccasion.RESCHEDULE, fixed_minor=1_000)
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)

    with city.refused(FeeChanged) as refusal:
        _move(scene, booking, customer, hour=10, terms=Terms(agreed_fee_minor=0))

    booking.refresh_from_db()
    assert refusal.value.facts == {"fee_minor": 1_000}
    assert (booking.window_start_at, Charge.objects.exists()) == (scene.window().start, False)


def test_a_lower_fee_is_asked_again_as_well() -> None:
    scene = make_scene()
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)

    with city.refused(FeeChanged) as refusal:
        booking_cancel(ref=booking.ref, reason="other", actor=customer, now=scene.now, agreed_fee_minor=4_000)

    assert (refusal.value.facts, Booking.objects.get().status) == ({"fee_minor": 0}, "confirmed")


def test_a_change_because_of_us_earns_the_customer_something_and_only_the_desk_says_so() -> None:
    scene = make_scene()
    rule(scene, occasion=FeeOccasion.RESCHEDULE, party=Party.COMPANY, fixed_minor=1_200)
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)

    with city.refused(Forbidden):
        booking_reschedule_cost(ref=booking.ref, actor=customer, now=scene.now, by_company=True)
    _move(scene, booking, scene.staff(RoleCode.DISPATCHER), hour=10, terms=Terms(0, by_company=True))

    assert Compensation.objects.get().amount_minor == 1_200
    assert not Charge.objects.exists()


def test_when_nobody_came_the_customer_cancels_and_chooses_what_they_get() -> None:
    scene = make_scene()
    full_table(scene)
    customer = scene.customer_actor()
    booking, _visit = scene.booked(customer)
    view = booking_cancel(ref=booking.ref, reason="nobody_came", actor=customer, now=scene.window().end)
    granted = booking_detail(customer, booking.ref, now=scene.now).compensations[0]

    with city.refused(NotFound):
        booking_compensation_choose(
            ref=booking.ref, compensation_ref="G000000000000", as_credit=True, actor=customer, now=scene.now
        )
    with city.refused(NotFound):
        booking_compensation_choose(
            ref=booking.ref, compensation_ref=granted.ref, as_credit=True, actor=scene.customer_actor(), now=scene.now
        )
    link = scene.link(LinkPurpose.BOOKING, booking.ref)
    chosen = booking_compensation_choose(
        ref=booking.ref, compensation_ref=granted.ref, as_credit=False, actor=link, now=scene.now
    )
    with city.refused(Forbidden):
        booking_refund_paid(ref=booking.ref, compensation_ref=granted.ref, actor=customer, now=scene.now)
    paid = booking_refund_paid(
        ref=booking.ref, compensation_ref=granted.ref, actor=scene.staff(RoleCode.CUSTOMER_SERVICE), now=scene.now
    )

    assert (view.fee_minor, view.compensation_minor) == (0, 6_000)
    assert (granted.amount_minor, chosen.status, paid.status) == (6_000, "refund", "paid")
    assert ledger_balance(Account.REFUND_DUE) == 0
    assert billing_findings() == []


def test_an_open_fee_is_shown_before_the_next_booking_and_credit_pays_it_where_it_can() -> None:
    scene = make_scene()
    full_table(scene)
    customer = scene.customer_actor()
    late = scene.window().start - 30 * MINUTES
    first, _ = scene.booked(customer)
    booking_cancel(ref=first.ref, reason="other", actor=customer, now=late)
    second, _ = scene.booked(customer, window=scene.window(10))
    owed = own_debts(customer)
    desk = scene.staff(RoleCode.MANAGER)
    at_desk = booking_detail(desk, second.ref, now=scene.now).debts
    booking_cancel(ref=second.ref, reason="nobody_came", actor=customer, now=scene.window(10).end)
    granted = booking_detail(customer, second.ref, now=scene.now).compensations[0]
    booking_compensation_choose(
        ref=second.ref, compensation_ref=granted.ref, as_credit=True, actor=customer, now=scene.now
    )
    third, _ = scene.booked(customer, window=scene.window(16))

    booking_cancel(ref=third.ref, reason="other", actor=customer, now=late + timedelta(hours=2))

    assert [(debt.booking_ref, debt.amount_minor) for debt in owed] == [(first.ref, 4_000)]
    assert at_desk == owed
    assert [(debt.booking_ref) for debt in own_debts(customer)] == [first.ref]
    assert Charge.objects.get(subject_ref=third.ref).status == "settled"
    assert (billing_findings(), booking_findings()) == ([], [])
