"""Deliveries in the back office: looked at, never edited."""

from __future__ import annotations

from paidan.accounts.back_office.tables import ReadOnlyTable, table
from paidan.notifications.models import Delivery


@table(Delivery)
class DeliveryTable(ReadOnlyTable):
    list_display = ("id", "template", "channel", "subject_ref", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status", "channel", "template")
    search_fields = ("subject_ref",)
    ordering = ("-created_at",)
    # Who was addressed is known by number; the text is made from the parameters when it is sent.
    exclude = ("params", "customer")
