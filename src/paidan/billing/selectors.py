"""Reads on charges, payments and the ledger: frozen views, amounts in minor units."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Sum
from django.utils.functional import Promise

from paidan.billing.constants import Account, ChargeStatus, CompensationStatus, LineKind, PaymentStatus
from paidan.billing.models import Charge, Compensation, LedgerEntry, Payment
from paidan.kernel.errors import NotFound
from paidan.kernel.texts import Texts


@dataclass(frozen=True, slots=True)
class ChargeLineView:
    """One line as sold; ``amount_minor`` includes ``tax_minor``."""

    kind: LineKind
    name: Texts
    quantity_thousandths: int
    unit_minor: int
    amount_minor: int
    tax_percent: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class ChargeView:
    """What is owed for a subject; ``total_minor`` includes ``tax_minor``."""

    ref: str
    subject_ref: str
    kind: LineKind
    status: ChargeStatus
    total_minor: int
    tax_minor: int
    lines: tuple[ChargeLineView, ...]
    created_at: datetime
    settled_at: datetime | None

    @property
    def is_settled(self) -> bool:
        return self.status is ChargeStatus.SETTLED

    @property
    def status_label(self) -> str | Promise:
        return self.status.label


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money on its way or arrived."""

    ref: str
    charge_ref: str
    provider: str
    provider_ref: str
    status: PaymentStatus
    amount_minor: int
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class CompensationView:
    """What a customer gets because of us; ``left_minor`` is credit not used yet."""

    ref: str
    subject_ref: str
    amount_minor: int
    left_minor: int
    status: CompensationStatus

    @property
    def status_label(self) -> str | Promise:
        return self.status.label

    @property
    def is_to_choose(self) -> bool:
        return self.status is CompensationStatus.GRANTED

    @property
    def is_to_pay(self) -> bool:
        return self.status is CompensationStatus.REFUND


@dataclass(frozen=True, slots=True)
class LedgerEntryView:
    """One side of a transaction: debit positive, credit negative."""

    transaction_key: str
    account: Account
    amount_minor: int
    posted_at: datetime


def charge_view(charge: Charge) -> ChargeView:
    """The frozen view of a charge with its lines."""
    lines = tuple(
        ChargeLineView(
            kind=LineKind(line.kind),
            name=line.name,
            quantity_thousandths=line.quantity_thousandths,
            unit_minor=line.unit_minor,
            amount_minor=line.amount_minor,
            tax_percent=line.tax_percent,
            tax_minor=line.tax_minor,
        )
        for line in sorted(charge.lines.all(), key=lambda line: line.pk)
    )
    return ChargeView(
        ref=charge.ref,
        subject_ref=charge.subject_ref,
        kind=LineKind(charge.kind),
        status=ChargeStatus(charge.status),
        total_minor=charge.total_minor,
        tax_minor=sum(line.tax_minor for line in lines),
        lines=lines,
        created_at=charge.created_at,
        settled_at=charge.settled_at,
    )


def payment_view(payment: Payment) -> PaymentView:
    """The frozen view of a payment; reads its charge."""
    return PaymentView(
        ref=payment.ref,
        charge_ref=payment.charge.ref,
        provider=payment.provider,
        provider_ref=payment.provider_ref,
        status=PaymentStatus(payment.status),
        amount_minor=payment.amount_minor,
        created_at=payment.created_at,
        settled_at=payment.settled_at,
    )


def charge_by_ref(ref: str) -> ChargeView:
    """One charge.

    Raises:
        NotFound: there is none of that ref.
    """
    charge = Charge.objects.prefetch_related("lines").filter(ref=ref).first()
    if charge is None:
        raise NotFound
    return charge_view(charge)


def charge_of(subject_ref: str, kind: LineKind = LineKind.SERVICE) -> ChargeView | None:
    """The charge of a kind for a subject, if it has been fixed."""
    charge = Charge.objects.prefetch_related("lines").filter(subject_ref=subject_ref, kind=kind).first()
    return None if charge is None else charge_view(charge)


def charges_of(subject_refs: Collection[str]) -> dict[str, tuple[ChargeView, ...]]:
    """Every charge of many subjects, oldest first, by subject: two queries however many there are."""
    charges = Charge.objects.prefetch_related("lines").filter(subject_ref__in=subject_refs).order_by("pk")
    by_subject: dict[str, tuple[ChargeView, ...]] = {}
    for charge in charges:
        by_subject[charge.subject_ref] = (*by_subject.get(charge.subject_ref, ()), charge_view(charge))
    return by_subject


def compensation_view(row: Compensation) -> CompensationView:
    """The frozen view of a compensation."""
    return CompensationView(
        ref=row.ref,
        subject_ref=row.subject_ref,
        amount_minor=row.amount_minor,
        left_minor=row.left_minor,
        status=CompensationStatus(row.status),
    )


def compensations_of(subject_ref: str) -> tuple[CompensationView, ...]:
    """What was granted about a subject, oldest first."""
    rows = Compensation.objects.filter(subject_ref=subject_ref).order_by("pk")
    return tuple(compensation_view(row) for row in rows)


def credit_of(holder_ref: str) -> int:
    """A customer's credit in minor units."""
    left = Compensation.objects.filter(holder_ref=holder_ref, left_minor__gt=0).aggregate(left=Sum("left_minor"))
    return left["left"] or 0


def open_charges(subject_refs: Collection[str]) -> tuple[ChargeView, ...]:
    """What is still owed about subjects, oldest first."""
    charges = Charge.objects.prefetch_related("lines").filter(subject_ref__in=subject_refs, status=ChargeStatus.OPEN)
    return tuple(charge_view(charge) for charge in charges.order_by("pk"))


def payments_of(charge_ref: str) -> tuple[PaymentView, ...]:
    """Payments of a charge, oldest first."""
    payments = Payment.objects.select_related("charge").filter(charge__ref=charge_ref).order_by("pk")
    return tuple(payment_view(payment) for payment in payments)


def ledger_balance(account: Account, *, before: datetime | None = None) -> int:
    """Debits less credits of an account, in minor units; all, or posted before an instant."""
    entries = LedgerEntry.objects.filter(account=account)
    if before is not None:
        entries = entries.filter(transaction__posted_at__lt=before)
    total: int | None = entries.aggregate(total=Sum("amount_minor"))["total"]
    return total or 0


def ledger_entries_of(subject_ref: str) -> tuple[LedgerEntryView, ...]:
    """Everything posted about a subject, in the order it was posted."""
    entries = (
        LedgerEntry.objects.select_related("transaction")
        .filter(transaction__subject_ref=subject_ref)
        .order_by("transaction_id", "pk")
    )
    return tuple(
        LedgerEntryView(
            transaction_key=entry.transaction.key,
            account=Account(entry.account),
            amount_minor=entry.amount_minor,
            posted_at=entry.transaction.posted_at,
        )
        for entry in entries
    )


_FINDINGS: tuple[tuple[str, str], ...] = (
    (
        "The ledger transaction {} does not sum to zero.",
        """
        SELECT t.key FROM billing_ledgertransaction t
        LEFT JOIN billing_ledgerentry e ON e.transaction_id = t.id
        GROUP BY t.id HAVING coalesce(sum(e.amount_minor), 0) <> 0 OR count(e.id) < 2
        """,
    ),
    (
        "The total of charge {} is not the sum of its lines.",
        """
        SELECT c.ref FROM billing_charge c LEFT JOIN billing_chargeline l ON l.charge_id = c.id
        GROUP BY c.id HAVING coalesce(sum(l.amount_minor), 0) <> c.total_minor
        """,
    ),
    (
        "Charge {} and its settled payments disagree.",
        """
        SELECT c.ref FROM billing_charge c
        LEFT JOIN billing_payment p ON p.charge_id = c.id AND p.status = 'settled'
        GROUP BY c.id HAVING count(p.id) <> (c.status = 'settled' AND c.total_minor > 0)::int
            OR coalesce(sum(p.amount_minor), c.total_minor) <> c.total_minor
        """,
    ),
    (
        "Charge {} is not in the ledger with its amount and tax.",
        """
        SELECT c.ref FROM billing_charge c
        LEFT JOIN billing_ledgertransaction t ON t.key = 'charge:' || c.ref
        LEFT JOIN LATERAL (
            SELECT sum(amount_minor) FILTER (WHERE account = 'receivable') AS owed,
                   coalesce(-sum(amount_minor) FILTER (WHERE account = 'tax'), 0) AS tax
            FROM billing_ledgerentry WHERE transaction_id = t.id
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT sum(tax_minor) AS tax FROM billing_chargeline WHERE charge_id = c.id
        ) l ON true
        WHERE c.total_minor > 0 AND (e.owed IS DISTINCT FROM c.total_minor OR e.tax IS DISTINCT FROM l.tax)
        """,
    ),
    (
        "Payment {} is not in the ledger with its amount.",
        """
        SELECT p.ref FROM billing_payment p
        LEFT JOIN billing_ledgertransaction t ON t.key = 'payment:' || p.ref
        LEFT JOIN billing_ledgerentry e ON e.transaction_id = t.id AND e.account = 'receivable'
        WHERE (p.status = 'settled') <> (t.id IS NOT NULL)
            OR (p.status = 'settled' AND e.amount_minor IS DISTINCT FROM -p.amount_minor)
        """,
    ),
)


_FINDINGS += (
    (
        "Compensation {} is not in the ledger with its amount.",
        """
        SELECT g.ref FROM billing_compensation g
        LEFT JOIN billing_ledgertransaction t ON t.key = 'compensation:' || g.ref
        LEFT JOIN billing_ledgerentry e ON e.transaction_id = t.id AND e.account = 'compensation'
        WHERE g.amount_minor > 0 AND e.amount_minor IS DISTINCT FROM g.amount_minor::bigint
        """,
    ),
    (
        "Customers' credit in the ledger is not what is left of compensations: {}.",
        """
        SELECT l.total FROM
            (SELECT coalesce(-sum(amount_minor), 0) AS total FROM billing_ledgerentry WHERE account = 'credit') l,
            (SELECT coalesce(sum(left_minor), 0) AS total FROM billing_compensation) c
        WHERE l.total <> c.total
        """,
    ),
)


def billing_findings() -> list[str]:
    """What does not add up: each finding names the row; an empty list when all is well."""
    findings: list[str] = []
    with connection.cursor() as cursor:
        for sentence, statement in _FINDINGS:
            cursor.execute(statement)
            findings.extend(sentence.format(row[0]) for row in cursor.fetchall())
    return findings
