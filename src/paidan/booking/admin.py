"""Bookings in the back office: looked at, never edited."""

from __future__ import annotations

from paidan.accounts.back_office.tables import ReadOnlyTable, table
from paidan.booking.models import Booking, BookingStep


@table(Booking)
class BookingTable(ReadOnlyTable):
    list_display = ("ref", "status", "channel", "territory", "urgency", "price_minor", "window_start_at", "created_at")
    list_filter = ("status", "channel", "urgency", "territory")
    list_select_related = ("territory",)
    search_fields = ("ref",)
    ordering = ("-created_at",)
    # Contact and address are seen where the work needs them, masked and audited.
    exclude = ("contact_name", "contact_phone", "address", "customer", "hold")


@table(BookingStep)
class BookingStepTable(ReadOnlyTable):
    list_display = ("booking", "action", "source", "target", "actor_key", "actor_role", "at")
    list_filter = ("action", "actor_role")
    list_select_related = ("booking",)
    search_fields = ("booking__ref",)
    ordering = ("-at",)
