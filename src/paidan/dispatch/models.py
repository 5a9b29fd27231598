"""The standing plan, holds, offers, policies and decisions."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.dispatch.constants import (
    DecisionMode,
    DecisionOutcome,
    HoldStatus,
    OfferStatus,
    PolicyStatus,
    SearchVerdict,
)
from paidan.kernel.models import APPEND_ONLY
from paidan.kernel.refs import RefField
from paidan.kernel.texts import LocalizedTextField


class PlanDay(models.Model):
    """The plan of one territory for one local day; its row is the lock of that plan."""

    territory = models.ForeignKey("workforce.Territory", on_delete=models.PROTECT, related_name="+")
    service_date = models.DateField()
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("territory", "service_date"), name="dispatch_plan_day_once"),)

    def __str__(self) -> str:
        return f"{self.territory_id} {self.service_date}"


class SlotHold(models.Model):
    """A window kept for somebody who is still filling in the form (B4).

    ``phone_key`` stands for the phone they typed, so that one phone in many browsers keeps no more than one browser.
    """

    ref = RefField("H")
    territory = models.ForeignKey("workforce.Territory", on_delete=models.PROTECT, related_name="+")
    item_version = models.ForeignKey("catalog.ServiceItemVersion", on_delete=models.PROTECT, related_name="+")
    lat = models.FloatField()
    lng = models.FloatField()
    window_start_at = models.DateTimeField()
    window_end_at = models.DateTimeField()
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    is_urgent = models.BooleanField(default=False)
    holder_key = models.CharField(max_length=80)
    phone_key = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(max_length=10, choices=HoldStatus.choices, default=HoldStatus.LIVE)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=("expires_at",), name="dispatch_hold_live", condition=Q(status="live")),
            models.Index(fields=("holder_key",), name="dispatch_hold_holder", condition=Q(status="live")),
            models.Index(fields=("phone_key",), name="dispatch_hold_phone", condition=Q(status="live")),
        )

    def __str__(self) -> str:
        return self.ref


class RoomSearch(models.Model):
    """Whether re-ordering makes room for a service in a window that looks full; asked by a page, found by a worker.

    The verdict is of the plan that ``stamp`` stands for, and worth nothing for another.
    """

    territory = models.ForeignKey("workforce.Territory", on_delete=models.CASCADE, related_name="+")
    item_version = models.ForeignKey("catalog.ServiceItemVersion", on_delete=models.CASCADE, related_name="+")
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    lat = models.FloatField()
    lng = models.FloatField()
    window_start_at = models.DateTimeField()
    window_end_at = models.DateTimeField()
    stamp = models.BigIntegerField()
    verdict = models.CharField(max_length=10, choices=SearchVerdict.choices, default=SearchVerdict.ASKED)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("territory", "item_version", "extra_minutes", "lat", "lng", "window_start_at"),
                name="dispatch_room_search_once",
            ),
        )
        indexes = (
            models.Index(fields=("asked_at",), name="dispatch_room_asked", condition=Q(verdict="asked")),
            models.Index(fields=("asked_at",), name="dispatch_room_age"),
        )

    def __str__(self) -> str:
        return f"{self.window_start_at:%m-%d %H:%M} {self.verdict}"


class PlanStop(models.Model):
    """A visit or a hold at its place in a technician's planned day.

    ``pinned`` stops are assigned to this technician and have a commitment; the others are promises
    the plan carries until somebody is assigned.
    """

    plan_day = models.ForeignKey(PlanDay, on_delete=models.PROTECT, related_name="stops")
    shift = models.ForeignKey("workforce.Shift", on_delete=models.PROTECT, related_name="+")
    visit = models.OneToOneField("visits.Visit", on_delete=models.PROTECT, null=True, related_name="+")
    hold = models.OneToOneField(SlotHold, on_delete=models.CASCADE, null=True, related_name="+")
    pinned = models.BooleanField(default=False)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    travel_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="dispatch_stop_has_one_subject",
                condition=Q(visit__isnull=False, hold__isnull=True)
                | Q(visit__isnull=True, hold__isnull=False, pinned=False),
            ),
        )
        indexes = (models.Index(fields=("plan_day", "shift", "start_at"), name="dispatch_stop_order"),)

    def __str__(self) -> str:
        return f"{self.plan_day_id} {self.start_at:%H:%M}"


class Offer(models.Model):
    """A visit shown in the grab hall 抢单邀约."""

    ref = RefField("O", verbose_name=_("reference"))
    visit = models.ForeignKey("visits.Visit", on_delete=models.PROTECT, related_name="+", verbose_name=_("visit"))
    territory = models.ForeignKey(
        "workforce.Territory", on_delete=models.PROTECT, related_name="+", verbose_name=_("territory")
    )
    status = models.CharField(_("status"), max_length=10, choices=OfferStatus.choices, default=OfferStatus.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    closes_at = models.DateTimeField(_("closes at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = (
            models.UniqueConstraint(fields=("visit",), condition=Q(status="open"), name="dispatch_one_open_offer"),
        )
        indexes = (
            models.Index(fields=("territory",), name="dispatch_offer_open", condition=Q(status="open")),
            models.Index(fields=("closes_at",), name="dispatch_offer_due", condition=Q(status="open")),
        )

    def __str__(self) -> str:
        return self.ref


class Policy(models.Model):
    """A versioned list of weights, each in equivalent seconds of travel (DISPATCH §2)."""

    code = models.SlugField(_("code"))
    version = models.PositiveIntegerField(_("version"), default=1)
    name = LocalizedTextField(_("name"))
    status = models.CharField(_("status"), max_length=10, choices=PolicyStatus.choices, default=PolicyStatus.DRAFT)
    weights = models.JSONField(_("weights"))
    effective_at = models.DateTimeField(_("effective from"))

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = (
            models.UniqueConstraint(fields=("code", "version"), name="dispatch_policy_version"),
            models.UniqueConstraint(fields=("code",), condition=Q(status="active"), name="dispatch_one_active_policy"),
        )
        triggers = (pgtrigger.ReadOnly(name="version_stays", fields=["code", "version", "weights"]),)

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Decision(models.Model):
    """Why a visit went where it went, or why it waits (DISPATCH §9); append-only."""

    ref = RefField("D", verbose_name=_("reference"))
    visit = models.ForeignKey("visits.Visit", on_delete=models.PROTECT, related_name="+", verbose_name=_("visit"))
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", verbose_name=_("policy"))
    mode = models.CharField(_("dispatch mode"), max_length=10, choices=DecisionMode.choices)
    outcome = models.CharField(_("outcome"), max_length=10, choices=DecisionOutcome.choices)
    winner = models.ForeignKey(
        "workforce.Technician", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("winner")
    )
    assignment = models.OneToOneField(
        "visits.Assignment", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("assignment")
    )
    record = models.JSONField(_("record"))
    actor_key = models.CharField(_("done by"), max_length=40, default="system")
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = (
            models.Index(fields=("visit", "-decided_at"), name="dispatch_decision_visit"),
            models.Index(fields=("-decided_at",), name="dispatch_decision_time"),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return self.ref
