"""What the house owes because of itself: granted once, chosen once, and spent to the last unit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from paidan.billing.constants import Account, ChargeStatus, CompensationStatus
from paidan.billing.errors import AlreadyChosen
from paidan.billing.models import Charge, Compensation, LedgerEntry
from paidan.billing.selectors import CompensationView, billing_findings, charge_by_ref, credit_of, ledger_balance
from paidan.billing.services import (
    Grant,
    compensation_choose,
    compensation_grant,
    credit_spend,
    fee_post,
    refund_paid,
)
from paidan.kernel.actors import SYSTEM
from paidan.kernel.errors import NotFound
from tests import city
from tests.booking.scene import race, refusal_codes, winners

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOOKING = "B000000000001"
HOLDER = "C000000000001"
pytestmark = pytest.mark.django_db


def granted(amount_minor: int = 2_000, occasion: str = "cancel") -> CompensationView:
    return compensation_grant(Grant(BOOKING, HOLDER, occasion, amount_minor), facts={"reason": "company"}, now=NOW)


def fee(amount_minor: int, occasion: str = "") -> str:
    return fee_post(subject_ref=BOOKING, name={"en": "Fee"}, amount_minor=amount_minor, occasion=occasion, now=NOW).ref


def test_it_is_granted_once_per_occasion() -> None:
    first, second, other = granted(), granted(), granted(occasion="reschedule:1")

    assert (first, first.ref != other.ref) == (second, True)
    assert ledger_balance(Account.COMPENSATION) == 4_000
    assert ledger_balance(Account.COMPENSATION_DUE) == -4_000
    assert billing_findings() == []


def test_credit_pays_a_fee_that_it_covers_and_keeps_the_rest() -> None:
    compensation_choose(ref=granted(5_000).ref, as_credit=True, now=NOW)
    charge = fee(3_000)

    paid = credit_spend(charge_ref=charge, holder_ref=HOLDER, now=NOW)

    assert (paid, charge_by_ref(charge).status, credit_of(HOLDER)) == (True, ChargeStatus.SETTLED, 2_000)
    assert (ledger_balance(Account.RECEIVABLE), ledger_balance(Account.CREDIT)) == (0, -2_000)
    assert billing_findings() == []


def test_credit_that_does_not_cover_a_fee_is_left_alone() -> None:
    compensation_choose(ref=granted(2_999).ref, as_credit=True, now=NOW)
    charge = fee(3_000)

    assert not credit_spend(charge_ref=charge, holder_ref=HOLDER, now=NOW)
    assert (charge_by_ref(charge).status, credit_of(HOLDER)) == (ChargeStatus.OPEN, 2_999)


def test_several_credits_are_used_oldest_first() -> None:
    for occasion in ("cancel", "reschedule:1"):
        compensation_choose(ref=granted(2_000, occasion).ref, as_credit=True, now=NOW)

    assert credit_spend(charge_ref=fee(3_000), holder_ref=HOLDER, now=NOW)
    assert list(Compensation.objects.order_by("pk").values_list("left_minor", flat=True)) == [0, 1_000]
    assert billing_findings() == []


def test_credit_of_others_pays_nothing() -> None:
    compensation_choose(ref=granted(5_000).ref, as_credit=True, now=NOW)

    assert not credit_spend(charge_ref=fee(1_000), holder_ref="C000000000002", now=NOW)


def test_a_refund_is_owed_until_it_is_paid_out() -> None:
    ref = granted().ref
    chosen = compensation_choose(ref=ref, as_credit=False, now=NOW)
    owed = ledger_balance(Account.REFUND_DUE)

    paid = refund_paid(ref=ref, actor=SYSTEM, now=NOW)

    assert (chosen.status, owed) == (CompensationStatus.REFUND, -2_000)
    assert (paid.status, ledger_balance(Account.REFUND_DUE), ledger_balance(Account.CASH)) == ("paid", 0, -2_000)
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0


def test_what_was_chosen_stays_chosen() -> None:
    ref = granted().ref
    compensation_choose(ref=ref, as_credit=True, now=NOW)

    with city.refused(AlreadyChosen):
        compensation_choose(ref=ref, as_credit=False, now=NOW)
    with city.refused(AlreadyChosen):
        refund_paid(ref=ref, actor=SYSTEM, now=NOW)
    with city.refused(NotFound):
        compensation_choose(ref="G000000000000", as_credit=True, now=NOW)

    assert (Compensation.objects.get().status, credit_of(HOLDER)) == ("credit", 2_000)


@pytest.mark.django_db(transaction=True)
def test_of_two_choices_at_once_one_counts() -> None:
    ref = granted().ref

    outcomes = race(
        [
            lambda: compensation_choose(ref=ref, as_credit=True, now=NOW),
            lambda: compensation_choose(ref=ref, as_credit=False, now=NOW),
        ]
    )

    assert (len(winners(outcomes)), refusal_codes(outcomes)) == (1, ["already_chosen"])
    assert ledger_balance(Account.COMPENSATION_DUE) == 0
    assert billing_findings() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_credit_pays_two_fees_at_once_only_once() -> None:
    compensation_choose(ref=granted(3_000).ref, as_credit=True, now=NOW)
    charges = [fee(3_000, occasion) for occasion in ("", "reschedule:1")]

    outcomes = race([lambda ref=ref: credit_spend(charge_ref=ref, holder_ref=HOLDER, now=NOW) for ref in charges])

    assert sorted(bool(outcome.value) for outcome in outcomes) == [False, True]
    assert sorted(Charge.objects.values_list("status", flat=True)) == ["open", "settled"]
    assert (credit_of(HOLDER), billing_findings()) == (0, [])
