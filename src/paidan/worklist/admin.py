"""Exceptions in the back office: looked at; they are settled on the desk."""

from __future__ import annotations

from paidan.accounts.back_office.tables import ReadOnlyTable, table
from paidan.worklist.models import WorkItem


@table(WorkItem)
class WorkItemTable(ReadOnlyTable):
    list_display = ("ref", "kind", "subject_ref", "status", "due_at", "created_at", "closed_at")
    list_filter = ("kind", "status")
    search_fields = ("ref", "subject_ref")
    ordering = ("-created_at",)
