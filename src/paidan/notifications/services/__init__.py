"""Writes on deliveries."""

from __future__ import annotations

from paidan.notifications.services.inbox import inbox_read, inbox_read_all
from paidan.notifications.services.notifying import (
    deliveries_withdraw,
    notify_of_booking,
    notify_of_plan,
    notify_of_reminder,
    notify_of_review,
    notify_of_visit,
    notify_of_work,
)
from paidan.notifications.services.sending import deliveries_clock, deliveries_send

__all__ = [
    "deliveries_clock",
    "deliveries_send",
    "deliveries_withdraw",
    "inbox_read",
    "inbox_read_all",
    "notify_of_booking",
    "notify_of_plan",
    "notify_of_reminder",
    "notify_of_review",
    "notify_of_visit",
    "notify_of_work",
]
