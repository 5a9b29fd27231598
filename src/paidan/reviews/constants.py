"""The review of a visit (F1)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

TEXT_LONGEST = 1_000
LOW_RATING = 2
"""A dimension at or below this calls for a call-back."""


class Level(models.IntegerChoices):
    """Five levels, 5 is best."""

    VERY_SATISFIED = 5, _("Very good")
    SATISFIED = 4, _("Good")
    FAIR = 3, _("Fair")
    DISSATISFIED = 2, _("Bad")
    VERY_DISSATISFIED = 1, _("Very bad")


class Dimension(models.TextChoices):
    """What is rated."""

    ATTITUDE = "attitude", _("Attitude")
    QUALITY = "quality", _("Quality")
    RESPONSE = "response", _("Response speed")
    SKILL = "skill", _("Skill")
