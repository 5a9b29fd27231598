"""A payment settles its charge once, whoever asks and however many ask at the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from paidan.billing import ports
from paidan.billing.constants import Account, ChargeStatus, LineKind, PaymentStatus
from paidan.billing.errors import AlreadyPaid, ProviderUnknown
from paidan.billing.models import LedgerEntry, LedgerTransaction, Payment
from paidan.billing.ports import PaymentAnswer, PaymentRequest
from paidan.billing.selectors import (
    ChargeView,
    billing_findings,
    charge_by_ref,
    ledger_balance,
    ledger_entries_of,
    payments_of,
)
from paidan.billing.services import ChargeLineDraft, charge_create, charging, payment_settle, payment_take
from paidan.integrations.cash.adapter import CashProvider
from paidan.kernel.actors import Actor, ActorKind
from paidan.kernel.errors import NotFound
from paidan.kernel.models import Event

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VISIT = "V000000000001"
TECHNICIAN = Actor(kind=ActorKind.USER, user_id=7, role="technician")
REPAIR = ChargeLineDraft(name={"en": "Repair"}, unit_minor=10_600, tax_percent=6)


class NoticeProvider:
    """A provider whose notice comes later."""

    code = "notice"
    account = Account.CASH

    def take(self, request: PaymentRequest) -> PaymentAnswer:
        return PaymentAnswer(settled=False, provider_ref=f"at-provider-{request.payment_ref}")


@pytest.fixture(autouse=True)
def providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "_providers", {})
    ports.provider_register(CashProvider())
    ports.provider_register(NoticeProvider())


def _charge() -> ChargeView:
    return charge_create(subject_ref=VISIT, kind=LineKind.SERVICE, lines=(REPAIR,), now=NOW)


@pytest.mark.django_db
def test_cash_settles_at_once_into_the_cash_account() -> None:
    charge = _charge()

    payment = payment_take(charge_ref=charge.ref, provider="cash", actor=TECHNICIAN, now=NOW, topics=("user:3",))

    assert (payment.status, payment.amount_minor) == (PaymentStatus.SETTLED, 10_600)
    assert charge_by_ref(charge.ref).status is ChargeStatus.SETTLED
    assert ledger_balance(Account.CASH) == 10_600
    assert ledger_balance(Account.RECEIVABLE) == 0
    assert sum(entry.amount_minor for entry in ledger_entries_of(VISIT)) == 0
    event = Event.objects.get(name="payment.settled")
    assert event.payload == {
        "payment_ref": payment.ref,
        "charge_ref": charge.ref,
        "subject_ref": VISIT,
        "provider": "cash",
        "amount_minor": 10_600,
    }
    assert event.topics == ["office", "user:3"]
    assert billing_findings() == []


@pytest.mark.django_db
def test_second_payment_is_refused_and_changes_nothing() -> None:
    charge = _charge()
    payment_take(charge_ref=charge.ref, provider="cash", actor=TECHNICIAN, now=NOW)

    with pytest.raises(AlreadyPaid):
        payment_take(charge_ref=charge.ref, provider="cash", actor=TECHNICIAN, now=NOW)

    assert len(payments_of(charge.ref)) == 1
    assert ledger_balance(Account.CASH) == 10_600


@pytest.mark.django_db
def test_unknown_charge_and_unknown_provider_are_refused() -> None:
    charge = _charge()

    with pytest.raises(NotFound):
        payment_take(charge_ref="K000000000000", provider="cash", actor=TECHNICIAN, now=NOW)
    with pytest.raises(ProviderUnknown):
        payment_take(charge_ref=charge.ref, provider="shells", actor=TECHNICIAN, now=NOW)

    assert payments_of(charge.ref) == ()


@pytest.mark.django_db
def test_later_notice_settles_once_however_often_it_comes() -> None:
    charge = _charge()
    pending = payment_take(charge_ref=charge.ref, provider="notice", actor=TECHNICIAN, now=NOW)
    assert pending.status is PaymentStatus.PENDING
    assert charge_by_ref(charge.ref).status is ChargeStatus.OPEN

    for _ in range(2):
        settled = payment_settle(payment_ref=pending.ref, provider_ref="4711", now=NOW)

    assert (settled.status, settled.provider_ref) == (PaymentStatus.SETTLED, "4711")
    assert ledger_balance(Account.CASH) == 10_600
    assert billing_findings() == []


@pytest.mark.django_db
def test_notice_for_a_charge_paid_otherwise_is_refused() -> None:
    charge = _charge()
    pending = payment_take(charge_ref=charge.ref, provider="notice", actor=TECHNICIAN, now=NOW)
    payment_take(charge_ref=charge.ref, provider="cash", actor=TECHNICIAN, now=NOW)

    with pytest.raises(AlreadyPaid):
        payment_settle(payment_ref=pending.ref, provider_ref="4711", now=NOW)

    assert [payment.status for payment in payments_of(charge.ref)] == [
        PaymentStatus.PENDING,
        PaymentStatus.SETTLED,
    ]
    assert ledger_balance(Account.CASH) == 10_600


@pytest.mark.django_db
def test_check_names_a_settled_charge_without_its_payment() -> None:
    charge = _charge()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_charge SET status = 'settled' WHERE ref = %s", [charge.ref])

    assert billing_findings() == [f"Charge {charge.ref} and its settled payments disagree."]


@pytest.mark.django_db(transaction=True)
def test_unbalanced_posting_is_refused_by_the_database_at_commit() -> None:
    with pytest.raises(IntegrityError):
        _post_one_side()

    assert not LedgerTransaction.objects.exists()


@transaction.atomic
def _post_one_side() -> None:
    posted = LedgerTransaction.objects.create(key="crooked", subject_ref=VISIT, posted_at=NOW)
    LedgerEntry.objects.create(transaction=posted, account=Account.CASH, amount_minor=1)


def _race(charge_ref: str, racers: int) -> list[str]:
    barrier = threading.Barrier(racers, timeout=10)

    def pay(_: int) -> str:
        try:
            barrier.wait()
            payment_take(charge_ref=charge_ref, provider="cash", actor=TECHNICIAN, now=NOW)
        except AlreadyPaid as refusal:
            return refusal.code
        except IntegrityError:
            return "database"
        finally:
            connection.close()
        return "settled"

    with ThreadPoolExecutor(racers) as pool:
        return sorted(pool.map(pay, range(racers)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("racers", [2, 8])
def test_simultaneous_payments_settle_once(racers: int) -> None:
    charge = _charge()

    outcomes = _race(charge.ref, racers)

    assert outcomes == ["already_paid"] * (racers - 1) + ["settled"]
    assert [payment.status for payment in payments_of(charge.ref)] == [PaymentStatus.SETTLED]
    assert ledger_balance(Account.CASH) == 10_600
    assert billing_findings() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_only_the_constraint_stops_a_second_payment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: with the guard off, two payments do reach the database together."""
    charge = _charge()
    barrier = threading.Barrier(2, timeout=10)

    def unguarded(payment: Payment, *_: object, **__: object) -> None:
        barrier.wait()
        Payment.objects.filter(pk=payment.pk).update(status=PaymentStatus.SETTLED, settled_at=NOW)

    monkeypatch.setattr(charging, "_settle", unguarded)

    assert _race(charge.ref, 2) == ["database", "settled"]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_charges_of_one_subject_are_one() -> None:
    barrier = threading.Barrier(2, timeout=10)

    def fix(_: int) -> str:
        try:
            barrier.wait()
            return _charge().ref
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        refs = set(pool.map(fix, range(2)))

    assert len(refs) == 1
    assert ledger_balance(Account.RECEIVABLE) == 10_600
    assert billing_findings() == []
