"""Charges and the payments that settle them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from paidan.billing.constants import Account, ChargeStatus, LineKind, PaymentStatus
from paidan.billing.errors import AlreadyPaid, ChargeFixed, ProviderUnknown
from paidan.billing.events import PaymentSettled
from paidan.billing.models import Charge, ChargeLine, Payment
from paidan.billing.ports import PaymentAnswer, PaymentProvider, PaymentRequest, provider_of
from paidan.billing.selectors import ChargeView, PaymentView, charge_by_ref, payment_view
from paidan.billing.services.ledger import ledger_post
from paidan.kernel.actors import Actor
from paidan.kernel.errors import NotFound
from paidan.kernel.money import Money
from paidan.kernel.outbox import publish
from paidan.kernel.texts import Texts


@dataclass(frozen=True, slots=True)
class ChargeLineDraft:
    """One line to charge: unit price in minor units with tax included 含税, quantity in thousandths."""

    name: Texts
    unit_minor: int
    quantity_thousandths: int = 1000
    tax_percent: int = 0

    @property
    def amount_minor(self) -> int:
        return Money(self.unit_minor).times_thousandths(self.quantity_thousandths).minor

    @property
    def tax_minor(self) -> int:
        return tax_included(self.amount_minor, self.tax_percent)


def tax_included(gross_minor: int, tax_percent: int) -> int:
    """The tax inside a gross amount: gross − gross / (1 + rate), rounded half-up once."""
    whole = 100 + tax_percent
    return (2 * gross_minor * tax_percent + whole) // (2 * whole)


@transaction.atomic
def charge_create(
    *,
    subject_ref: str,
    kind: LineKind,
    lines: Sequence[ChargeLineDraft],
    now: datetime,
    occasion: str = "",
    facts: Mapping[str, Any] | None = None,
) -> ChargeView:
    """Fix what is owed for a subject and post it: receivable against revenue (or fees) and tax.

    The same call again returns the same charge. A charge of nothing is settled at once.

    Raises:
        ChargeFixed: a charge of this kind exists with other lines.
    """
    total = sum(line.amount_minor for line in lines)
    fresh = Charge(subject_ref=subject_ref, kind=kind, occasion=occasion, total_minor=total, created_at=now)
    charge, is_new = _charge_insert(fresh)
    if not is_new:
        return _charge_same(charge, lines)

    ChargeLine.objects.bulk_create([_line_row(charge, kind, line) for line in lines])
    tax = sum(line.tax_minor for line in lines)
    income = Account.REVENUE if kind is LineKind.SERVICE else Account.FEE_REVENUE
    ledger_post(
        key=f"charge:{charge.ref}",
        subject_ref=subject_ref,
        entries={Account.RECEIVABLE: total, income: tax - total, Account.TAX: -tax},
        facts={"charge": charge.ref, **(facts or {})},
        now=now,
    )
    return charge_by_ref(charge.ref)


def fee_post(
    *,
    subject_ref: str,
    name: Texts,
    amount_minor: int,
    now: datetime,
    occasion: str = "",
    facts: Mapping[str, Any] | None = None,
) -> ChargeView:
    """Charge a fee (late cancellation, another time, wasted trip): receivable against fee revenue.

    Args:
        occasion: tells the fees of one subject apart, e.g. each change of its time.
        facts: what decided the amount; kept with the posting.

    Raises:
        ChargeFixed: another fee was already charged for this subject and occasion.
    """
    line = ChargeLineDraft(name=name, unit_minor=amount_minor)
    return charge_create(
        subject_ref=subject_ref, kind=LineKind.FEE, lines=(line,), now=now, occasion=occasion, facts=facts
    )


@transaction.atomic
def payment_take(
    *, charge_ref: str, provider: str, actor: Actor, now: datetime, topics: tuple[str, ...] = ()
) -> PaymentView:
    """Take money for a charge through a provider; settles at once where the provider does.

    Args:
        topics: who sees the settlement live, e.g. the topics of the visit it belongs to.

    Raises:
        NotFound: there is no such charge.
        ProviderUnknown: no provider of that code is connected.
        AlreadyPaid: another payment settled the charge first.
    """
    charge = Charge.objects.filter(ref=charge_ref).first()
    if charge is None:
        raise NotFound
    if charge.status == ChargeStatus.SETTLED:
        raise AlreadyPaid
    adapter = _provider(provider)

    payment = Payment.objects.create(
        charge=charge,
        provider=provider,
        amount_minor=charge.total_minor,
        taken_by_key=actor.key,
        created_at=now,
    )
    answer = adapter.take(_request(payment))
    if answer.settled:
        _settle(payment, adapter, answer, topics=topics, now=now)
    return payment_view(payment)


@transaction.atomic
def payment_settle(*, payment_ref: str, provider_ref: str, now: datetime, topics: tuple[str, ...] = ()) -> PaymentView:
    """Settle a pending payment because its provider's notice says that the money is there.

    The same notice again changes nothing.

    Raises:
        NotFound: there is no such payment.
        AlreadyPaid: another payment settled the charge first.
    """
    payment = Payment.objects.select_for_update(of=("self",)).select_related("charge").filter(ref=payment_ref).first()
    if payment is None:
        raise NotFound
    if payment.status != PaymentStatus.SETTLED:
        answer = PaymentAnswer(settled=True, provider_ref=provider_ref)
        _settle(payment, _provider(payment.provider), answer, topics=topics, now=now)
    return payment_view(payment)


def _settle(
    payment: Payment,
    adapter: PaymentProvider,
    answer: PaymentAnswer,
    *,
    topics: tuple[str, ...],
    now: datetime,
) -> None:
    """Claim the charge, then mark, post and tell: of two payments only one gets past the claim."""
    charge = payment.charge
    claimed = Charge.objects.filter(pk=charge.pk, status=ChargeStatus.OPEN).update(
        status=ChargeStatus.SETTLED, settled_at=now
    )
    if not claimed:
        raise AlreadyPaid
    payment.status, payment.settled_at, payment.provider_ref = PaymentStatus.SETTLED, now, answer.provider_ref
    payment.save(update_fields=("status", "settled_at", "provider_ref"))
    ledger_post(
        key=f"payment:{payment.ref}",
        subject_ref=charge.subject_ref,
        entries={adapter.account: payment.amount_minor, Account.RECEIVABLE: -payment.amount_minor},
        facts={"payment": payment.ref, "charge": charge.ref, "taken_by": payment.taken_by_key},
        now=now,
    )
    publish(
        PaymentSettled(
            payment_ref=payment.ref,
            charge_ref=charge.ref,
            subject_ref=charge.subject_ref,
            provider=payment.provider,
            amount_minor=payment.amount_minor,
            topics=("office", *topics),
            refs=(charge.subject_ref,),
        )
    )


def _charge_insert(fresh: Charge) -> tuple[Charge, bool]:
    """The charge of this kind and occasion and whether this call made it; a second caller waits for the first."""
    if fresh.total_minor == 0:
        fresh.status, fresh.settled_at = ChargeStatus.SETTLED, fresh.created_at
    Charge.objects.bulk_create([fresh], ignore_conflicts=True)
    stored = Charge.objects.get(subject_ref=fresh.subject_ref, kind=fresh.kind, occasion=fresh.occasion)
    return stored, stored.ref == fresh.ref


def _charge_same(charge: Charge, lines: Sequence[ChargeLineDraft]) -> ChargeView:
    view = charge_by_ref(charge.ref)
    stored = [(line.name, line.unit_minor, line.quantity_thousandths, line.tax_percent) for line in view.lines]
    if stored != [(line.name, line.unit_minor, line.quantity_thousandths, line.tax_percent) for line in lines]:
        raise ChargeFixed(facts={"charge": charge.ref})
    return view


def _line_row(charge: Charge, kind: LineKind, line: ChargeLineDraft) -> ChargeLine:
    return ChargeLine(
        charge=charge,
        kind=kind,
        name=line.name,
        quantity_thousandths=line.quantity_thousandths,
        unit_minor=line.unit_minor,
        amount_minor=line.amount_minor,
        tax_percent=line.tax_percent,
        tax_minor=line.tax_minor,
    )


def _provider(code: str) -> PaymentProvider:
    adapter = provider_of(code)
    if adapter is None:
        raise ProviderUnknown
    return adapter


def _request(payment: Payment) -> PaymentRequest:
    return PaymentRequest(
        payment_ref=payment.ref,
        charge_ref=payment.charge.ref,
        subject_ref=payment.charge.subject_ref,
        amount_minor=payment.amount_minor,
        currency=str(settings.CURRENCY),
    )
