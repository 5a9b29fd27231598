from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ChannelKind(models.TextChoices):
    INBOX = "inbox", _("Inbox")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", pgettext_lazy("message", "Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Template(StrEnum):
    """What is said; the words stand in ``templates_zh`` and ``templates_en``."""

    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_CHECKED = "booking_checked"
    BOOKING_INFO_NEEDED = "booking_info_needed"
    BOOKING_REJECTED = "booking_rejected"
    REMINDER_DAY_BEFORE = "reminder_day_before"
    REMINDER_AGAIN = "reminder_again"
    REMINDER_SOON = "reminder_soon"
    VISIT_REMINDER = "visit_reminder"
    BOOKING_RESCHEDULED = "booking_rescheduled"
    BOOKING_CANCELLED = "booking_cancelled"
    PLAN_DAY_OPEN = "plan_day_open"
    MESSAGE_ANSWERED = "message_answered"
    TECHNICIAN_ASSIGNED = "technician_assigned"
    TECHNICIAN_CONFIRMED = "technician_confirmed"
    TECHNICIAN_CHANGING = "technician_changing"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    FINISHED = "finished"
    NOT_DONE = "not_done"
    REVIEW_INVITED = "review_invited"
    VISIT_NEW = "visit_new"
    VISIT_LAPSED = "visit_lapsed"
    VISIT_TAKEN_BACK = "visit_taken_back"
    VISIT_RESCHEDULED = "visit_rescheduled"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_SIGNED_OFF = "visit_signed_off"
    OFFER_OPENED = "offer_opened"
    WORK_OPENED = "work_opened"


class Recipient(StrEnum):
    """To whom, as seen from what happened."""

    CUSTOMER = "customer"
    TECHNICIAN = "technician"
    NEARBY = "nearby"
    DESK = "desk"


MAX_ATTEMPTS = 5
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""How long a failed delivery waits before its second, third, … attempt."""
LEASE = timedelta(seconds=60)
"""A row being sent for longer is taken again: its worker died."""
SEND_TIMEOUT_SECONDS = 10
"""How long a channel may take for one message; several fit into a lease."""
BATCH = 20
NEARBY_AT_MOST = 8
SEND_JOB = "notifications.deliveries_send"
