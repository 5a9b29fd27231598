from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Grade(models.TextChoices):
    JUNIOR = "junior", _("Junior")
    REGULAR = "regular", _("Regular")
    SENIOR = "senior", _("Senior")
    MASTER = "master", _("Master")


class MembershipKind(models.TextChoices):
    OWN = "own", _("Own territory")
    LOAN = "loan", _("On loan")


class AbsenceKind(models.TextChoices):
    LEAVE = "leave", _("Leave")
    ILLNESS = "illness", _("Illness")
    BREAK = "break", _("Break")
    TRAINING = "training", _("Training")


class CommitmentKind(models.TextChoices):
    VISIT = "visit", _("Visit")
    ABSENCE = "absence", _("Absence")


MOST_RESERVE_PERCENT = 60
"""The largest emergency reserve of a territory: the rest is what ordinary bookings live on."""
