"""Visits in the back office: looked at, never edited; they change only through their services."""

from __future__ import annotations

from paidan.accounts.back_office.tables import ReadOnlyTable, table
from paidan.visits.models import Assignment, Visit, VisitStep


@table(Visit)
class VisitTable(ReadOnlyTable):
    list_display = ("ref", "status", "urgency", "territory", "district", "window_start_at", "created_at")
    list_filter = ("status", "urgency", "territory")
    list_select_related = ("territory",)
    search_fields = ("ref", "booking_ref")
    ordering = ("-created_at",)
    # Contact and address are seen where the work needs them, masked and audited.
    exclude = ("contact_name", "contact_phone", "address_text", "door", "lat", "lng", "customer")


@table(Assignment)
class AssignmentTable(ReadOnlyTable):
    list_display = ("visit", "technician", "source", "created_at", "ended_at", "end_reason")
    list_filter = ("source", "end_reason")
    list_select_related = ("visit", "technician")
    search_fields = ("visit__ref",)
    ordering = ("-created_at",)


@table(VisitStep)
class VisitStepTable(ReadOnlyTable):
    list_display = ("visit", "action", "source", "target", "actor_key", "actor_role", "at")
    list_filter = ("action", "actor_role")
    list_select_related = ("visit",)
    search_fields = ("visit__ref",)
    ordering = ("-at",)
