"""Charges, payments and the double-entry ledger, about an opaque subject reference."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.billing.constants import Account, ChargeStatus, CompensationStatus, LineKind, PaymentStatus
from paidan.kernel.models import APPEND_ONLY
from paidan.kernel.refs import RefField
from paidan.kernel.texts import LocalizedTextField


class Charge(models.Model):
    """What somebody owes for a subject (a visit or a booking, by its ref); fixed once made."""

    ref = RefField("K", verbose_name=_("reference"))
    subject_ref = models.CharField(_("about"), max_length=13)
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind.choices, default=LineKind.SERVICE)
    occasion = models.CharField(_("occasion"), max_length=20, blank=True, default="")
    total_minor = models.PositiveIntegerField(_("total (fen)"))
    status = models.CharField(_("status"), max_length=10, choices=ChargeStatus.choices, default=ChargeStatus.OPEN)
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = (
            models.UniqueConstraint(fields=("subject_ref", "kind", "occasion"), name="billing_one_charge_an_occasion"),
        )
        triggers = (
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="amount_stays", fields=["subject_ref", "kind", "occasion", "total_minor", "created_at"]
            ),
        )

    def __str__(self) -> str:
        return self.ref


class ChargeLine(models.Model):
    """One line: name and price are snapshots; the amount includes tax."""

    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="lines", verbose_name=_("charge"))
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind.choices)
    name = LocalizedTextField(_("name"))
    quantity_thousandths = models.PositiveIntegerField(_("quantity (thousandths)"), default=1000)
    unit_minor = models.PositiveIntegerField(_("price each (fen)"))
    amount_minor = models.PositiveIntegerField(_("amount (fen)"))
    tax_percent = models.PositiveSmallIntegerField(_("tax, %"), default=0)
    tax_minor = models.PositiveIntegerField(_("tax (fen)"), default=0)

    class Meta:
        verbose_name = _("charge line")
        verbose_name_plural = _("charge lines")
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.charge_id} {self.kind}"


class Payment(models.Model):
    """Money on its way or arrived through a provider; at most one settles a charge."""

    ref = RefField("P", verbose_name=_("reference"))
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="payments", verbose_name=_("charge"))
    provider = models.CharField(_("provider"), max_length=20)
    provider_ref = models.CharField(_("provider's reference"), max_length=80, blank=True)
    amount_minor = models.PositiveIntegerField(_("amount (fen)"))
    status = models.CharField(_("status"), max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.PENDING)
    taken_by_key = models.CharField(_("taken by"), max_length=40)
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = (
            models.UniqueConstraint(fields=("charge",), condition=Q(status="settled"), name="billing_paid_once"),
        )
        triggers = (pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),)

    def __str__(self) -> str:
        return self.ref


class Compensation(models.Model):
    """What a customer gets because of us; they choose between money and credit for the next visit."""

    ref = RefField("G", verbose_name=_("reference"))
    subject_ref = models.CharField(_("about"), max_length=13, db_index=True)
    holder_ref = models.CharField(_("customer"), max_length=13)
    occasion = models.CharField(_("occasion"), max_length=20)
    amount_minor = models.PositiveIntegerField(_("amount (fen)"))
    left_minor = models.PositiveIntegerField(_("credit left (fen)"), default=0)
    status = models.CharField(
        _("status"), max_length=10, choices=CompensationStatus.choices, default=CompensationStatus.GRANTED
    )
    created_at = models.DateTimeField(_("created at"))
    chosen_at = models.DateTimeField(_("chosen at"), null=True)
    paid_at = models.DateTimeField(_("paid out at"), null=True)

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        constraints = (
            models.UniqueConstraint(fields=("subject_ref", "occasion"), name="billing_one_compensation_an_occasion"),
            models.CheckConstraint(
                name="billing_credit_left",
                condition=Q(left_minor__lte=models.F("amount_minor")) & (Q(left_minor=0) | Q(status="credit")),
            ),
        )
        indexes = (models.Index(fields=("holder_ref",), name="billing_credit", condition=Q(left_minor__gt=0)),)
        triggers = (
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="amount_stays", fields=["subject_ref", "holder_ref", "amount_minor", "created_at"]),
        )

    def __str__(self) -> str:
        return self.ref


class LedgerTransaction(models.Model):
    """A set of entries that sums to zero; ``key`` makes posting idempotent."""

    key = models.CharField(_("key"), max_length=60, unique=True)
    subject_ref = models.CharField(_("about"), max_length=13, db_index=True)
    facts = models.JSONField(_("facts"), default=dict)
    posted_at = models.DateTimeField(_("posted at"))

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return self.key


class LedgerEntry(models.Model):
    """One side of a transaction; debits are positive, credits negative, in minor units."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries", verbose_name=_("transaction")
    )
    account = models.CharField(_("ledger account"), max_length=20, choices=Account.choices)
    amount_minor = models.BigIntegerField(_("amount (fen)"))

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = (models.Index(fields=("account",), name="billing_entry_account"),)
        triggers = (
            APPEND_ONLY,
            pgtrigger.Trigger(
                name="sums_to_zero",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("total", "bigint")],
                func="""
                    SELECT sum(amount_minor) INTO total FROM billing_ledgerentry
                    WHERE transaction_id = NEW.transaction_id;
                    IF total <> 0 THEN
                        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"
