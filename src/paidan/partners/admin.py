"""Partners in the back office."""

from __future__ import annotations

from paidan.accounts.back_office.tables import BackOfficeTable, ReadOnlyTable, table
from paidan.partners.models import Partner, PartnerOrder


@table(Partner)
class PartnerTable(BackOfficeTable):
    list_display = ("code", "name", "account", "retired_at")
    list_select_related = ("account",)
    search_fields = ("code", "name")
    fields = ("code", "name", "account", "retired_at")
    raw_id_fields = ("account",)


@table(PartnerOrder)
class PartnerOrderTable(ReadOnlyTable):
    list_display = ("external_number", "partner", "booking", "status", "window_start_at", "updated_at")
    list_filter = ("partner", "status")
    list_select_related = ("partner", "booking")
    search_fields = ("external_number", "booking__ref")
    ordering = ("-updated_at",)
