from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.TextChoices):
    """The chart of accounts, as short as it can be."""

    RECEIVABLE = "receivable", _("Receivables")
    REVENUE = "revenue", _("Revenue")
    TAX = "tax", _("Tax payable")
    FEE_REVENUE = "fee_revenue", _("Cancellation and trip fees")
    CASH = "cash", _("Cash with technicians")
    COMPENSATION = "compensation", _("Compensation granted")
    COMPENSATION_DUE = "compensation_due", _("Compensation not chosen yet")
    CREDIT = "credit", _("Customers' credit")
    REFUND_DUE = "refund_due", _("Refunds to pay out")


class LineKind(models.TextChoices):
    SERVICE = "service", _("Service")
    FEE = "fee", _("Fee")


class ChargeStatus(models.TextChoices):
    OPEN = "open", _("To be paid")
    SETTLED = "settled", _("Paid")


class CompensationStatus(models.TextChoices):
    """What has become of a compensation: the customer chooses between money and credit."""

    GRANTED = "granted", _("To be chosen")
    CREDIT = "credit", _("Credit for the next visit")
    REFUND = "refund", _("Refund on its way")
    PAID = "paid", _("Refunded")


class PaymentStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    SETTLED = "settled", _("Settled")
    FAILED = "failed", _("Failed")
