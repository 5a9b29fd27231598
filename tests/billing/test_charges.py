"""A charge is fixed once, split into revenue and tax, and posted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paidan.billing.constants import Account, ChargeStatus, LineKind
from paidan.billing.errors import ChargeFixed
from paidan.billing.models import Charge
from paidan.billing.selectors import (
    billing_findings,
    charge_of,
    charges_of,
    ledger_balance,
    ledger_entries_of,
)
from paidan.billing.services import ChargeLineDraft, charge_create, fee_post, tax_included

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VISIT = "V000000000001"
BOOKING = "B000000000001"
REPAIR = ChargeLineDraft(name={"zh": "空调维修", "en": "Air conditioner repair"}, unit_minor=19_900, tax_percent=6)
PART = ChargeLineDraft(name={"zh": "电容"}, unit_minor=3_333, quantity_thousandths=1_500, tax_percent=13)


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [(10_600, 6, 600), (19_900, 6, 1_126), (11_300, 13, 1_300), (1, 100, 1), (0, 6, 0), (5_000, 0, 0)],
)
def test_tax_is_taken_out_of_the_gross_and_rounded_half_up(gross: int, percent: int, tax: int) -> None:
    assert tax_included(gross, percent) == tax


@given(gross=st.integers(0, 10**9), percent=st.integers(0, 100))
def test_tax_is_within_half_a_unit_of_the_exact_share(gross: int, percent: int) -> None:
    exact_times_whole = gross * percent

    difference = 2 * (tax_included(gross, percent) * (100 + percent) - exact_times_whole)

    assert -(100 + percent) < difference <= 100 + percent


@pytest.mark.django_db
def test_charge_posts_receivable_against_revenue_and_tax() -> None:
    charge = charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(REPAIR, PART), now=NOW)

    assert [line.amount_minor for line in charge.lines] == [19_900, 5_000]
    assert [line.tax_minor for line in charge.lines] == [1_126, 575]
    assert (charge.total_minor, charge.tax_minor, charge.status) == (24_900, 1_701, ChargeStatus.OPEN)
    assert {entry.account: entry.amount_minor for entry in ledger_entries_of(VISIT)} == {
        Account.RECEIVABLE: 24_900,
        Account.REVENUE: -23_199,
        Account.TAX: -1_701,
    }
    assert {entry.transaction_key for entry in ledger_entries_of(VISIT)} == {f"charge:{charge.ref}"}
    assert billing_findings() == []


@pytest.mark.django_db
def test_same_charge_again_is_the_same_and_posts_nothing() -> None:
    first = charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(REPAIR,), now=NOW)

    second = charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(REPAIR,), now=NOW)

    assert second == first
    assert ledger_balance(Account.RECEIVABLE) == 19_900


@pytest.mark.django_db
def test_other_lines_for_a_fixed_charge_are_refused_and_change_nothing() -> None:
    first = charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(REPAIR,), now=NOW)

    with pytest.raises(ChargeFixed):
        charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(REPAIR, PART), now=NOW)

    assert charge_of(VISIT) == first
    assert ledger_balance(Account.RECEIVABLE) == 19_900


@pytest.mark.django_db
def test_charge_of_nothing_is_settled_at_once_without_a_posting() -> None:
    free = ChargeLineDraft(name={"en": "Rework"}, unit_minor=0, tax_percent=6)

    charge = charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(free,), now=NOW)

    assert charge.is_settled
    assert ledger_entries_of(VISIT) == ()
    assert billing_findings() == []


@pytest.mark.django_db
def test_fee_is_owed_and_is_fee_revenue() -> None:
    fee = fee_post(subject_ref=BOOKING, name={"en": "Late cancellation"}, amount_minor=3_000, now=NOW)

    assert (fee.kind, fee.total_minor, fee.status) == (LineKind.FEE, 3_000, ChargeStatus.OPEN)
    assert ledger_balance(Account.FEE_REVENUE) == -3_000
    assert ledger_balance(Account.RECEIVABLE) == 3_000
    assert billing_findings() == []


@pytest.mark.django_db
def test_fees_of_several_occasions_stand_side_by_side() -> None:
    for occasion in ("", "reschedule:1", "reschedule:2"):
        fee_post(subject_ref=BOOKING, name={"en": "Fee"}, amount_minor=1_000, occasion=occasion, now=NOW)

    assert [charge.total_minor for charge in charges_of([BOOKING])[BOOKING]] == [1_000] * 3
    assert ledger_balance(Account.FEE_REVENUE) == -3_000
    assert billing_findings() == []


@pytest.mark.django_db
def test_charges_of_many_subjects_cost_two_queries(django_assert_num_queries: object) -> None:
    refs = [f"V{number:012d}" for number in range(30)]
    for ref in refs:
        charge_create(subject_ref=ref, kind=LineKind.SERVICE, lines=(REPAIR,), now=NOW)

    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture is untyped
        charges = charges_of(refs)

    assert sorted(charges) == refs


@pytest.mark.django_db
def test_check_names_a_charge_whose_total_is_not_its_lines() -> None:
    charge = Charge.objects.create(subject_ref=VISIT, total_minor=500, created_at=NOW)

    findings = billing_findings()

    assert findings == [
        f"The total of charge {charge.ref} is not the sum of its lines.",
        f"Charge {charge.ref} is not in the ledger with its amount and tax.",
    ]
