"""Exceptions and tasks that wait for a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.kernel.refs import RefField
from paidan.worklist.constants import WorkKind, WorkStatus


class WorkItem(models.Model):
    """One thing somebody must look at; at most one open item of a kind about one subject."""

    ref = RefField("W", verbose_name=_("reference"))
    kind = models.CharField(_("kind"), max_length=30, choices=WorkKind.choices)
    subject_ref = models.CharField(_("about"), max_length=13)
    territory_id = models.BigIntegerField(null=True)
    facts = models.JSONField(_("facts"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=WorkStatus.choices, default=WorkStatus.OPEN)
    owner = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("owner")
    )
    due_at = models.DateTimeField(_("due at"))
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True)
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by_key = models.CharField(_("closed by"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject_ref"), condition=Q(status="open"), name="worklist_open_once"
            ),
        )
        indexes = (models.Index(fields=("territory_id", "due_at"), name="worklist_open", condition=Q(status="open")),)

    def __str__(self) -> str:
        return self.ref
