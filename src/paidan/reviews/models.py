"""What customers thought of a visit (F1)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

_LEVEL = [MinValueValidator(1), MaxValueValidator(5)]


class Review(models.Model):
    """Four dimensions at five levels (5 is best), one review per visit."""

    visit = models.OneToOneField("visits.Visit", on_delete=models.PROTECT, related_name="+", verbose_name=_("visit"))
    technician = models.ForeignKey(
        "workforce.Technician", on_delete=models.PROTECT, related_name="+", verbose_name=_("technician")
    )
    attitude = models.PositiveSmallIntegerField(_("attitude"), validators=_LEVEL)
    quality = models.PositiveSmallIntegerField(_("quality"), validators=_LEVEL)
    response = models.PositiveSmallIntegerField(_("response speed"), validators=_LEVEL)
    skill = models.PositiveSmallIntegerField(_("professional skill"), validators=_LEVEL)
    text = models.TextField(_("text"), blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("customer review")
        verbose_name_plural = _("customer reviews")
        indexes = (models.Index(fields=("technician", "-created_at"), name="reviews_technician"),)
        constraints = (
            models.CheckConstraint(
                name="reviews_five_levels",
                condition=models.Q(
                    attitude__range=(1, 5), quality__range=(1, 5), response__range=(1, 5), skill__range=(1, 5)
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.visit_id}"
