from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DispatchMode(models.TextChoices):
    """How a visit of the item finds its technician (D1)."""

    GRAB_FIRST = "grab_first", _("Grab hall, first claim wins")
    ASSIGN_AT_ONCE = "assign_at_once", _("Assigned at once")
    MANUAL = "manual", _("By a dispatcher")


class PriceKind(models.TextChoices):
    FIXED = "fixed", _("Fixed price")
    QUOTE = "quote", _("Quote after inspection")


class QuestionKind(models.TextChoices):
    """How a question about the work is answered."""

    TEXT = "text", _("A few words")
    CHOICE = "choice", _("One of a list")
    NUMBER = "number", _("A number")
    YES_NO = "yes_no", _("Yes or no")


class Party(models.TextChoices):
    """Who causes a change that may cost something."""

    CUSTOMER = "customer", _("Customer")
    COMPANY = "company", _("Company")
    TECHNICIAN = "technician", _("Technician did not come")


class FeeOccasion(models.TextChoices):
    """What happens to a promise that a fee table speaks of (B8)."""

    CANCEL = "cancel", _("Cancelling")
    RESCHEDULE = "reschedule", _("Changing the time")
    WASTED_TRIP = "wasted_trip", _("Nobody at home")


class Reached(models.TextChoices):
    """How far a visit has come when its promise is changed."""

    BOOKED = "booked", _("Booked")
    ASSIGNED = "assigned", _("A technician is assigned")
    DEPARTED = "departed", _("The technician has set out")


LEVELS = (1, 2, 3, 4, 5)
