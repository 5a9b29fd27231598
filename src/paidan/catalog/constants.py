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


class Party(models.TextChoices):
    """Who causes a change that may cost something."""

    CUSTOMER = "customer", _("Customer")
    COMPANY = "company", _("Company")


LEVELS = (1, 2, 3, 4, 5)
