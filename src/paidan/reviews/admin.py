"""Reviews in the back office: looked at, never edited."""

from __future__ import annotations

from paidan.accounts.back_office.tables import ReadOnlyTable, table
from paidan.reviews.models import Review


@table(Review)
class ReviewTable(ReadOnlyTable):
    list_display = ("visit", "technician", "attitude", "quality", "response", "skill", "created_at")
    list_select_related = ("visit", "technician")
    search_fields = ("visit__ref",)
    ordering = ("-created_at",)
