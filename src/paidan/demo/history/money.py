"""Charges, payments and ledger of the past, as ``billing.services`` would have written them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random

from paidan.billing.constants import Account, ChargeStatus, LineKind, PaymentStatus
from paidan.billing.events import PaymentSettled
from paidan.billing.models import Charge, ChargeLine, LedgerEntry, LedgerTransaction, Payment
from paidan.billing.services import ChargeLineDraft
from paidan.demo.history.writing import HistoryWriter
from paidan.demo.identity import reference

_INCOME = {LineKind.SERVICE: Account.REVENUE, LineKind.FEE: Account.FEE_REVENUE}


def charge_write(
    writer: HistoryWriter, line: ChargeLineDraft, *, subject_ref: str, kind: LineKind, at: datetime, rng: Random
) -> Charge:
    """Fix what is owed: the charge, its line, and receivable against income and tax."""
    charge = Charge(
        ref=reference(rng, "K"), subject_ref=subject_ref, kind=kind, total_minor=line.amount_minor, created_at=at
    )
    writer.keep(
        charge,
        ChargeLine(
            charge=charge,
            kind=kind,
            name=line.name,
            quantity_thousandths=line.quantity_thousandths,
            unit_minor=line.unit_minor,
            amount_minor=line.amount_minor,
            tax_percent=line.tax_percent,
            tax_minor=line.tax_minor,
        ),
    )
    total, tax = line.amount_minor, line.tax_minor
    sides = {Account.RECEIVABLE: total, _INCOME[kind]: tax - total, Account.TAX: -tax}
    _post(writer, f"charge:{charge.ref}", subject_ref, sides, {"charge": charge.ref}, at)
    return charge


def cash_write(writer: HistoryWriter, charge: Charge, *, taken_by_key: str, at: datetime, rng: Random) -> None:
    """The technician takes the whole amount in cash: the charge is settled."""
    charge.status, charge.settled_at = ChargeStatus.SETTLED, at
    ref = reference(rng, "P")
    writer.keep(
        Payment(
            ref=ref,
            charge=charge,
            provider="cash",
            provider_ref=ref,
            amount_minor=charge.total_minor,
            status=PaymentStatus.SETTLED,
            taken_by_key=taken_by_key,
            created_at=at,
            settled_at=at,
        )
    )
    sides = {Account.CASH: charge.total_minor, Account.RECEIVABLE: -charge.total_minor}
    facts = {"payment": ref, "charge": charge.ref, "taken_by": taken_by_key}
    _post(writer, f"payment:{ref}", charge.subject_ref, sides, facts, at)
    writer.tell(
        at,
        lambda: PaymentSettled(
            payment_ref=ref,
            charge_ref=charge.ref,
            subject_ref=charge.subject_ref,
            provider="cash",
            amount_minor=charge.total_minor,
            refs=(charge.subject_ref,),
        ),
    )


def _post(
    writer: HistoryWriter,
    key: str,
    subject_ref: str,
    sides: Mapping[Account, int],
    facts: Mapping[str, str],
    at: datetime,
) -> None:
    posted = LedgerTransaction(key=key, subject_ref=subject_ref, facts=dict(facts), posted_at=at)
    writer.keep(posted)
    for account, amount in sides.items():
        if amount:
            writer.keep(LedgerEntry(transaction=posted, account=account, amount_minor=amount))
