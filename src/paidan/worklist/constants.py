from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class WorkKind(models.TextChoices):
    """What needs a person."""

    NOBODY_ELIGIBLE = "nobody_eligible", _("Nobody can take this visit")
    PROMISE_AT_RISK = "promise_at_risk", _("A promise has no plan")
    BOOKING_REVIEW = "booking_review", _("Booking to check")
    UNCONFIRMED = "unconfirmed", _("Call the customer")
    PLAN_DAY = "plan_day", _("Recurring visit without a time")
    TO_ASSIGN = "to_assign", _("Visit to assign")
    DECLINED_TWICE = "declined_twice", _("Declined twice")
    NOT_DONE = "not_done", _("Visit not done")
    LATE = "late", _("Running late")
    LOW_RATING = "low_rating", _("Low rating")
    URGED = "urged", _("Customer urges")
    MESSAGE = "message", _("Message from a customer")


class WorkStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("work item", "Open")
    DONE = "done", pgettext_lazy("work item", "Done")
