"""The Visit: one dispatchable trip, its assignments and its steps."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.kernel.models import APPEND_ONLY
from paidan.kernel.refs import RefField
from paidan.visits.constants import AssignmentSource, Urgency, VisitStatus


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    fields=["status", "window_start_at", "window_end_at"],
    model_name="VisitEvent",
)
class Visit(models.Model):
    """One trip to one door 上门单.

    ``window_*`` is the promise: work starts inside it. ``planned_*`` is the present plan,
    ``*_at`` stamps are facts. Contact and address are snapshots; the customer may move on.
    """

    ref = RefField("V", verbose_name=_("reference"))
    status = models.CharField(_("status"), max_length=20, choices=VisitStatus.choices, default=VisitStatus.PENDING)
    booking_ref = models.CharField(_("booking"), max_length=13, db_index=True)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    item_version = models.ForeignKey(
        "catalog.ServiceItemVersion", on_delete=models.PROTECT, related_name="+", verbose_name=_("item version")
    )
    territory = models.ForeignKey(
        "workforce.Territory", on_delete=models.PROTECT, related_name="+", verbose_name=_("territory")
    )
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency.choices, default=Urgency.NORMAL)
    description = models.TextField(_("description"), blank=True)
    contact_name = models.CharField(max_length=80)
    contact_phone = models.CharField(max_length=16)
    district = models.CharField(_("district"), max_length=60)
    address_text = models.CharField(max_length=200)
    door = models.CharField(max_length=80, blank=True)
    lat = models.FloatField()
    lng = models.FloatField()
    window_start_at = models.DateTimeField(_("window from"))
    window_end_at = models.DateTimeField(_("window until"))
    duration_minutes = models.PositiveSmallIntegerField(_("duration (minutes)"))
    pay_minor = models.PositiveIntegerField(_("technician's pay (fen)"), default=0)
    planned_start_at = models.DateTimeField(_("planned from"), null=True)
    planned_end_at = models.DateTimeField(_("planned until"), null=True)
    release_at = models.DateTimeField(_("released at"))
    accept_by_at = models.DateTimeField(_("to be accepted by"), null=True)
    assigned_at = models.DateTimeField(_("assigned at"), null=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    departed_at = models.DateTimeField(_("set out at"), null=True)
    arrived_at = models.DateTimeField(_("arrived at"), null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    resume_at = models.DateTimeField(_("to be resumed at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    signed_off_at = models.DateTimeField(_("signed off at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = (
            models.Index(fields=("territory", "window_start_at"), name="visits_territory_window"),
            models.Index(fields=("customer", "-created_at"), name="visits_customer"),
            models.Index(
                fields=("status", "release_at"),
                name="visits_open",
                condition=Q(status__in=("pending", "offered", "assigned")),
            ),
            models.Index(
                fields=("window_end_at",),
                name="visits_not_begun",
                condition=Q(status__in=("pending", "offered", "assigned", "accepted")),
            ),
            models.Index(fields=("signed_off_at",), name="visits_signed_off"),
            models.Index(fields=("created_at",), name="visits_created"),
        )
        constraints = (
            models.CheckConstraint(
                name="visits_window_forward", condition=Q(window_end_at__gt=models.F("window_start_at"))
            ),
        )
        triggers = (
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="terminal_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=("signed_off", "not_done", "cancelled"))
                & ~pgtrigger.Q(new__status=pgtrigger.F("old__status")),
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Assignment(models.Model):
    """That a visit's seat was given to a technician; once ended it stays as history."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("visit"))
    seat = models.PositiveSmallIntegerField(_("seat"), default=0)
    technician = models.ForeignKey(
        "workforce.Technician", on_delete=models.PROTECT, related_name="+", verbose_name=_("technician")
    )
    source = models.CharField(_("source"), max_length=12, choices=AssignmentSource.choices)
    created_at = models.DateTimeField(_("created at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    end_reason = models.CharField(_("reason of the end"), max_length=40, blank=True)
    end_text = models.CharField(_("words on the end"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = (
            models.UniqueConstraint(
                fields=("visit", "seat"), condition=Q(ended_at__isnull=True), name="visits_one_live_assignment"
            ),
        )
        indexes = (
            models.Index(fields=("technician", "-created_at"), name="visits_assignment_technician"),
            models.Index(fields=("technician",), name="visits_assignment_live", condition=Q(ended_at__isnull=True)),
        )
        triggers = (
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="facts_stay", fields=["visit", "seat", "technician", "source", "created_at"]),
        )

    def __str__(self) -> str:
        return f"{self.visit_id} → {self.technician_id}"


class VisitStep(models.Model):
    """One step a visit took: append-only."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="steps", verbose_name=_("visit"))
    action = models.CharField(_("step"), max_length=20)
    source = models.CharField(_("source"), max_length=20)
    target = models.CharField(_("leads to"), max_length=20)
    actor_key = models.CharField(_("done by"), max_length=40)
    actor_role = models.CharField(_("in the role"), max_length=40)
    data = models.JSONField(_("data"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("visit step")
        verbose_name_plural = _("visit steps")
        indexes = (models.Index(fields=("visit", "at"), name="visits_step_visit"),)
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.action}"
