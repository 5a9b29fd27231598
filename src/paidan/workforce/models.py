"""Technicians, where and when they work, and what occupies their time."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Deferrable, Func, Q
from django.utils.translation import gettext_lazy as _

from paidan.kernel.refs import RefField
from paidan.kernel.texts import LocalizedTextField, localized
from paidan.workforce.constants import MOST_RESERVE_PERCENT, AbsenceKind, CommitmentKind, Grade, MembershipKind


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Territory(models.Model):
    """A part of the city with its own plan; ``ring`` is a closed polygon ``[[lng, lat], …]``, WGS-84."""

    code = models.SlugField(_("code"), unique=True)
    name = LocalizedTextField(_("name"))
    ring = models.JSONField(_("border"), help_text=_("Corners as [[longitude, latitude], …]."))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    reserve_percent = models.PositiveSmallIntegerField(
        _("emergency reserve (%)"),
        default=0,
        validators=(MaxValueValidator(MOST_RESERVE_PERCENT),),
        help_text=_("Share of the working time left of each day that only urgent bookings may use."),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                name="workforce_reserve_leaves_something", condition=Q(reserve_percent__lte=MOST_RESERVE_PERCENT)
            ),
        )

    def __str__(self) -> str:
        return localized(self.name) or self.code


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TerritoryScope(models.Model):
    """Which territories a dispatcher watches over."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="+", verbose_name=_("territory"))

    class Meta:
        verbose_name = _("dispatcher's territory")
        verbose_name_plural = _("dispatchers' territories")
        constraints = (models.UniqueConstraint(fields=("user", "territory"), name="workforce_scope_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.territory_id}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Team(models.Model):
    code = models.SlugField(_("code"), unique=True)
    name = LocalizedTextField(_("name"))
    lead = models.ForeignKey(
        "Technician", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead")
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return localized(self.name) or self.code


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Technician(models.Model):
    """Somebody who goes to the door. ``load_cap`` is the most visits a shift may hold."""

    ref = RefField("T")
    user = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("user"))
    staff_number = models.CharField(_("staff number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    grade = models.CharField(_("grade"), max_length=20, choices=Grade.choices, default=Grade.REGULAR)
    experience_years = models.PositiveSmallIntegerField(_("years of experience"), default=1)
    home_lat = models.FloatField(_("home latitude"))
    home_lng = models.FloatField(_("home longitude"))
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    load_cap = models.PositiveSmallIntegerField(_("visits a shift, at most"), default=8)
    rating_mean = models.FloatField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("technician")
        verbose_name_plural = _("technicians")
        ordering = ("staff_number",)

    def __str__(self) -> str:
        return f"{self.name} {self.staff_number}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TechnicianSkill(models.Model):
    """A skill held, at a level, until a day (inclusive) if it expires."""

    technician = models.ForeignKey(
        Technician, on_delete=models.CASCADE, related_name="skills", verbose_name=_("technician")
    )
    skill = models.ForeignKey("catalog.Skill", on_delete=models.PROTECT, related_name="+", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(_("level"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    valid_until_date = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("technician's skill")
        verbose_name_plural = _("technicians' skills")
        constraints = (models.UniqueConstraint(fields=("technician", "skill"), name="workforce_skill_once"),)

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TerritoryMembership(models.Model):
    """Where a technician works, dated; never in two territories on one day."""

    technician = models.ForeignKey(
        Technician, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("technician")
    )
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", verbose_name=_("territory"))
    kind = models.CharField(_("kind"), max_length=10, choices=MembershipKind.choices, default=MembershipKind.OWN)
    dates = DateRangeField(_("from – until"))

    class Meta:
        verbose_name = _("territory membership")
        verbose_name_plural = _("territory memberships")
        constraints = (
            ExclusionConstraint(
                name="workforce_one_territory_a_day",
                expressions=(("technician", RangeOperators.EQUAL), ("dates", RangeOperators.OVERLAPS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.technician_id} {self.territory_id}"


# Rosters are drawn by the thousand: only what changes them afterwards is news.
@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Shift(models.Model):
    """When a technician is on duty. A night shift belongs to the local date it starts on."""

    technician = models.ForeignKey(
        Technician, on_delete=models.CASCADE, related_name="shifts", verbose_name=_("technician")
    )
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", verbose_name=_("territory"))
    service_date = models.DateField(_("date"))
    span = DateTimeRangeField(_("from – until"))
    is_on_call = models.BooleanField(_("on call"), default=False)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = (
            ExclusionConstraint(
                name="workforce_one_shift_at_a_time",
                expressions=(("technician", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)),
            ),
        )
        indexes = (models.Index(fields=("territory", "service_date"), name="workforce_shift_day"),)

    def __str__(self) -> str:
        return f"{self.technician_id} {self.service_date}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Absence(models.Model):
    """Time a technician is not available; occupies a commitment."""

    technician = models.ForeignKey(Technician, on_delete=models.CASCADE, related_name="+", verbose_name=_("technician"))
    kind = models.CharField(_("kind"), max_length=20, choices=AbsenceKind.choices)
    span = DateTimeRangeField(_("from – until"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")

    def __str__(self) -> str:
        return f"{self.technician_id} {self.kind}"


class _Upper(Func):
    function = "upper"
    arity = 1


class Commitment(models.Model):
    """Whatever occupies a technician's time: a visit with the way to it, or an absence.

    ``work`` is the work itself, ``span`` the work and the travel to it; the leg to a visit belongs
    to it. No two live spans of one technician overlap: the database refuses it, and nothing lifts that.
    ``subject_id`` is the visit's or absence's id (they live in higher tables).
    """

    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=CommitmentKind.choices)
    subject_id = models.BigIntegerField()
    work = DateTimeRangeField()
    travel_seconds = models.PositiveIntegerField(default=0)
    from_commitment = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    span = DateTimeRangeField()
    live = models.BooleanField(default=True)

    class Meta:
        constraints = (
            ExclusionConstraint(
                name="workforce_commitments_never_overlap",
                expressions=(("technician", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)),
                condition=Q(live=True),
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(
                fields=("kind", "subject_id", "technician"),
                condition=Q(live=True),
                name="workforce_commitment_once",
            ),
            models.CheckConstraint(
                name="workforce_span_holds_work",
                condition=Q(span__contains=models.F("work")) & Q(span__endswith=_Upper("work")),
            ),
        )
        indexes = (models.Index(fields=("kind", "subject_id"), name="workforce_commitment_subject"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Position(models.Model):
    """Where a technician last was while on duty."""

    technician = models.OneToOneField(Technician, on_delete=models.CASCADE, related_name="+")
    lat = models.FloatField()
    lng = models.FloatField()
    measured_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.technician_id}"
