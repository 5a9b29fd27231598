"""What the house owes a customer because of itself: granted, then chosen as money or as credit (B8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from paidan.billing.constants import Account, ChargeStatus, CompensationStatus, PaymentStatus
from paidan.billing.errors import AlreadyChosen
from paidan.billing.models import Charge, Compensation, Payment
from paidan.billing.selectors import CompensationView, compensation_view
from paidan.billing.services.ledger import ledger_post
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound

CREDIT = "credit"
"""The provider's name on payments from a customer's credit."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A compensation to be granted: about what, to whom, for which occasion (once each)."""

    subject_ref: str
    holder_ref: str
    occasion: str
    amount_minor: int


@transaction.atomic
def compensation_grant(grant: Grant, *, facts: Mapping[str, Any], now: datetime) -> CompensationView:
    """Grant a customer an amount because of us; once per subject and occasion, whatever is asked again.

    Args:
        facts: what decided the amount; kept with the posting.
    """
    fresh = Compensation(
        subject_ref=grant.subject_ref,
        holder_ref=grant.holder_ref,
        occasion=grant.occasion,
        amount_minor=grant.amount_minor,
        created_at=now,
    )
    Compensation.objects.bulk_create([fresh], ignore_conflicts=True)
    stored = Compensation.objects.get(subject_ref=grant.subject_ref, occasion=grant.occasion)
    if stored.ref == fresh.ref:
        ledger_post(
            key=f"compensation:{stored.ref}",
            subject_ref=grant.subject_ref,
            entries={Account.COMPENSATION: grant.amount_minor, Account.COMPENSATION_DUE: -grant.amount_minor},
            facts={"compensation": stored.ref, **facts},
            now=now,
        )
    return compensation_view(stored)


@transaction.atomic
def compensation_choose(*, ref: str, as_credit: bool, now: datetime) -> CompensationView:
    """The customer takes it as credit for the next visit, or as money.

    Raises:
        NotFound: there is no such compensation.
        AlreadyChosen: it was chosen before.
    """
    status = CompensationStatus.CREDIT if as_credit else CompensationStatus.REFUND
    stored = _locked(ref)
    left = stored.amount_minor if as_credit else 0
    waiting = Compensation.objects.filter(pk=stored.pk, status=CompensationStatus.GRANTED)
    if not waiting.update(status=status, left_minor=left, chosen_at=now):
        raise AlreadyChosen
    account = Account.CREDIT if as_credit else Account.REFUND_DUE
    ledger_post(
        key=f"choice:{ref}",
        subject_ref=stored.subject_ref,
        entries={Account.COMPENSATION_DUE: stored.amount_minor, account: -stored.amount_minor},
        facts={"compensation": ref},
        now=now,
    )
    stored.refresh_from_db()
    return compensation_view(stored)


@transaction.atomic
def refund_paid(*, ref: str, actor: Actor, now: datetime) -> CompensationView:
    """The desk has paid a refund out.

    Raises:
        NotFound: there is no such compensation.
        AlreadyChosen: it waits for no payment (any more).
    """
    stored = _locked(ref)
    waiting = Compensation.objects.filter(pk=stored.pk, status=CompensationStatus.REFUND)
    if not waiting.update(status=CompensationStatus.PAID, paid_at=now):
        raise AlreadyChosen
    ledger_post(
        key=f"refund:{ref}",
        subject_ref=stored.subject_ref,
        entries={Account.REFUND_DUE: stored.amount_minor, Account.CASH: -stored.amount_minor},
        facts={"compensation": ref, "paid_by": actor.key},
        now=now,
    )
    stored.refresh_from_db()
    return compensation_view(stored)


@transaction.atomic
def credit_spend(*, charge_ref: str, holder_ref: str, now: datetime) -> bool:
    """Settle an open charge from the customer's credit, if it covers all of it; says whether it did."""
    charge = Charge.objects.select_for_update().filter(ref=charge_ref, status=ChargeStatus.OPEN).first()
    if charge is None:
        return False
    kept = list(Compensation.objects.select_for_update().filter(holder_ref=holder_ref, left_minor__gt=0).order_by("pk"))
    if sum(one.left_minor for one in kept) < charge.total_minor:
        return False
    _draw(kept, charge.total_minor)
    payment = Payment.objects.create(
        charge=charge,
        provider=CREDIT,
        amount_minor=charge.total_minor,
        status=PaymentStatus.SETTLED,
        taken_by_key="system",
        created_at=now,
        settled_at=now,
    )
    Charge.objects.filter(pk=charge.pk).update(status=ChargeStatus.SETTLED, settled_at=now)
    ledger_post(
        key=f"payment:{payment.ref}",
        subject_ref=charge.subject_ref,
        entries={Account.CREDIT: charge.total_minor, Account.RECEIVABLE: -charge.total_minor},
        facts={"payment": payment.ref, "charge": charge.ref, "credits": [one.ref for one in kept]},
        now=now,
    )
    return True


def _draw(kept: list[Compensation], amount_minor: int) -> None:
    """Use up the oldest credit first."""
    for one in kept:
        part = min(one.left_minor, amount_minor)
        amount_minor -= part
        Compensation.objects.filter(pk=one.pk).update(left_minor=one.left_minor - part)
        if not amount_minor:
            return


def _locked(ref: str) -> Compensation:
    stored = Compensation.objects.select_for_update().filter(ref=ref).first()
    if stored is None:
        raise NotFound
    return stored
