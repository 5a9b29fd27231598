"""Charges, payments and the ledger in the back office: looked at, never edited."""

from __future__ import annotations

from paidan.accounts.back_office.tables import BackOfficeRows, ReadOnlyTable, table
from paidan.accounts.constants import Permission
from paidan.billing.models import Charge, ChargeLine, LedgerEntry, LedgerTransaction, Payment


class _Rows(BackOfficeRows):
    edited_with = Permission.VIEW_AUDIT
    is_read_only = True
    is_removable = False


class ChargeLines(_Rows):
    model = ChargeLine


class LedgerEntries(_Rows):
    model = LedgerEntry


@table(Charge)
class ChargeTable(ReadOnlyTable):
    list_display = ("ref", "subject_ref", "kind", "total_minor", "status", "created_at", "settled_at")
    list_filter = ("kind", "status")
    search_fields = ("ref", "subject_ref")
    ordering = ("-created_at",)
    inlines = (ChargeLines,)


@table(Payment)
class PaymentTable(ReadOnlyTable):
    list_display = ("ref", "charge", "provider", "amount_minor", "status", "created_at", "settled_at")
    list_filter = ("provider", "status")
    list_select_related = ("charge",)
    search_fields = ("ref", "charge__ref", "provider_ref")
    ordering = ("-created_at",)


@table(LedgerTransaction)
class LedgerTransactionTable(ReadOnlyTable):
    list_display = ("key", "subject_ref", "posted_at")
    search_fields = ("key", "subject_ref")
    ordering = ("-posted_at",)
    inlines = (LedgerEntries,)
