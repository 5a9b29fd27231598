"""Every write on charges, payments, compensations and the ledger."""

from __future__ import annotations

from paidan.billing.services.charging import (
    ChargeLineDraft,
    charge_create,
    fee_post,
    payment_settle,
    payment_take,
    tax_included,
)
from paidan.billing.services.compensating import (
    Grant,
    compensation_choose,
    compensation_grant,
    credit_spend,
    refund_paid,
)

__all__ = (
    "ChargeLineDraft",
    "Grant",
    "charge_create",
    "compensation_choose",
    "compensation_grant",
    "credit_spend",
    "fee_post",
    "payment_settle",
    "payment_take",
    "refund_paid",
    "tax_included",
)
