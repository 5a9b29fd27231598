"""What the company sells, and what doing it takes (M2)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from paidan.catalog.constants import DispatchMode, FeeOccasion, Party, PriceKind, QuestionKind
from paidan.kernel.texts import LocalizedTextField, localized

SOLD_STAYS = pgtrigger.Protect(
    name="sold_stays",
    operation=pgtrigger.Update | pgtrigger.Delete,
    condition=pgtrigger.Q(old__sold_at__isnull=False),
)
"""A version that was sold never changes."""


def part_of_sold_stays() -> pgtrigger.Trigger:
    """What a version consists of stays with it; the version's row is locked, so that no sale comes in between."""
    return pgtrigger.Trigger(
        name="part_of_sold_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("sold", "TIMESTAMPTZ")],
        func="""
            IF TG_OP <> 'INSERT' THEN
                SELECT sold_at INTO sold FROM catalog_serviceitemversion WHERE id = OLD.version_id FOR SHARE;
                IF sold IS NOT NULL THEN
                    RAISE EXCEPTION 'catalog: this version was sold and stays as it is' USING ERRCODE = '23514';
                END IF;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                SELECT sold_at INTO sold FROM catalog_serviceitemversion WHERE id = NEW.version_id FOR SHARE;
                IF sold IS NOT NULL THEN
                    RAISE EXCEPTION 'catalog: this version was sold and stays as it is' USING ERRCODE = '23514';
                END IF;
                RETURN NEW;
            END IF;
            RETURN OLD;
        """,
    )


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Skill(models.Model):
    """Something a technician can do, at a level from 1 to 5."""

    code = models.SlugField(_("code"), unique=True)
    name = LocalizedTextField(_("name"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ("code",)

    def __str__(self) -> str:
        return localized(self.name) or self.code


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ServiceType(models.Model):
    """A group of service items, e.g. appliance repair."""

    code = models.SlugField(_("code"), unique=True)
    name = LocalizedTextField(_("name"))
    icon = models.CharField(_("icon"), max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("service type")
        verbose_name_plural = _("service types")
        ordering = ("position", "code")

    def __str__(self) -> str:
        return localized(self.name) or self.code


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class FeeTable(models.Model):
    """A versioned table of what changing a promise costs; bookings keep the version they were sold under."""

    code = models.SlugField(_("code"))
    version = models.PositiveIntegerField(_("version"), default=1)
    name = LocalizedTextField(_("name"))
    effective_at = models.DateTimeField(_("effective from"))
    is_draft = models.BooleanField(_("draft"), default=False)
    sold_at = models.DateTimeField(_("first sold at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("fee table")
        verbose_name_plural = _("fee tables")
        constraints = (
            models.UniqueConstraint(fields=("code", "version"), name="catalog_fee_table_version"),
            models.CheckConstraint(
                name="catalog_fee_table_sold_in_force",
                condition=models.Q(sold_at__isnull=True) | models.Q(is_draft=False),
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="sold_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sold_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class FeeRule(models.Model):
    """One row: who causes what, with how much notice and at which state, costs or earns how much.

    What the customer causes is a fee; what the company or its technician causes is a compensation.
    """

    table = models.ForeignKey(FeeTable, on_delete=models.CASCADE, related_name="rules", verbose_name=_("fee table"))
    occasion = models.CharField(
        _("what happens"), max_length=20, choices=FeeOccasion.choices, default=FeeOccasion.CANCEL
    )
    party = models.CharField(_("who causes it"), max_length=20, choices=Party.choices, default=Party.CUSTOMER)
    reason = models.CharField(_("only for the reason"), max_length=20, blank=True, default="")
    notice_below_minutes = models.PositiveIntegerField(
        _("applies when notice is below (minutes)"),
        help_text=_("Notice before the promised window opens."),
        null=True,
        blank=True,
    )
    after_assignment = models.BooleanField(_("only once a technician is assigned"), default=False)
    after_departure = models.BooleanField(_("only once the technician has set out"), default=False)
    percent = models.PositiveSmallIntegerField(_("share of the price, %"), validators=[MaxValueValidator(100)])
    fixed_minor = models.PositiveIntegerField(_("fixed amount (fen)"), default=0)
    minimum_minor = models.PositiveIntegerField(_("at least (fen)"), default=0)
    maximum_minor = models.PositiveIntegerField(_("at most (fen)"), null=True, blank=True)

    class Meta:
        verbose_name = _("fee rule")
        verbose_name_plural = _("fee rules")
        ordering = ("-after_departure", "-after_assignment", "notice_below_minutes")
        constraints = (
            models.CheckConstraint(
                name="catalog_fee_rule_bounds",
                condition=models.Q(maximum_minor__isnull=True) | models.Q(maximum_minor__gte=models.F("minimum_minor")),
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="sold_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("sold", "timestamptz")],
                func="""
                    SELECT sold_at INTO sold FROM catalog_feetable
                    WHERE id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.table_id ELSE NEW.table_id END) FOR SHARE;
                    IF sold IS NOT NULL THEN
                        RAISE EXCEPTION 'this version of the fee table was sold and stays as it is'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            ),
        )

    def __str__(self) -> str:
        return f"{self.occasion}, {self.party} < {self.notice_below_minutes} min: {self.percent} %"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ServiceItem(models.Model):
    """One thing a customer can book; what it takes stands in its versions."""

    code = models.SlugField(_("code"), unique=True)
    type = models.ForeignKey(
        ServiceType, on_delete=models.PROTECT, related_name="items", verbose_name=_("service type")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("service item")
        verbose_name_plural = _("service items")
        ordering = ("type__position", "position", "code")

    def __str__(self) -> str:
        return self.code


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ServiceItemVersion(models.Model):
    """What an item is and costs from a date on; a sold version never changes."""

    item = models.ForeignKey(
        ServiceItem, on_delete=models.PROTECT, related_name="versions", verbose_name=_("service item")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    effective_at = models.DateTimeField(_("effective from"))
    name = LocalizedTextField(_("name"))
    description = LocalizedTextField(_("description"), blank=True)
    keywords = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name=_("keywords"))
    notes = LocalizedTextField(_("notes to the customer"), blank=True)
    question = LocalizedTextField(_("question to ask when unsure"), blank=True)
    checklist = models.JSONField(_("checklist"), default=list, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        _("duration (minutes)"), validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    price_kind = models.CharField(_("kind of price"), max_length=10, choices=PriceKind.choices, default=PriceKind.FIXED)
    price_minor = models.PositiveIntegerField(_("price (fen)"))
    urgent_minor = models.PositiveIntegerField(_("supplement when urgent (fen)"), default=0)
    tax_percent = models.PositiveSmallIntegerField(_("tax, %"), default=6)
    pay_minor = models.PositiveIntegerField(_("technician's pay (fen)"), default=0)
    mode = models.CharField(
        _("dispatch mode"), max_length=20, choices=DispatchMode.choices, default=DispatchMode.GRAB_FIRST
    )
    is_round_the_clock = models.BooleanField(_("bookable at any hour"), default=False)
    is_demanding = models.BooleanField(_("demanding work"), default=False)
    is_recurring = models.BooleanField(_("may be booked as a recurring plan"), default=False)
    fee_table = models.ForeignKey(FeeTable, on_delete=models.PROTECT, related_name="+", verbose_name=_("fee table"))
    sold_at = models.DateTimeField(_("first sold at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("item version")
        verbose_name_plural = _("item versions")
        constraints = (models.UniqueConstraint(fields=("item", "version"), name="catalog_item_version"),)
        triggers = (SOLD_STAYS,)

    def __str__(self) -> str:
        return localized(self.name)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class SkillNeed(models.Model):
    """A skill and level that an item version asks for."""

    version = models.ForeignKey(
        ServiceItemVersion, on_delete=models.CASCADE, related_name="needs", verbose_name=_("version")
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(_("level"), validators=[MinValueValidator(1), MaxValueValidator(5)])

    class Meta:
        verbose_name = _("skill needed")
        verbose_name_plural = _("skills needed")
        constraints = (models.UniqueConstraint(fields=("version", "skill"), name="catalog_skill_need_once"),)
        triggers = (part_of_sold_stays(),)

    def __str__(self) -> str:
        return f"{self.skill} ≥ {self.level}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class AddOn(models.Model):
    """Something sold along with an item version 附加选项: its price, and the minutes it adds to the visit."""

    version = models.ForeignKey(
        ServiceItemVersion, on_delete=models.CASCADE, related_name="add_ons", verbose_name=_("version")
    )
    code = models.SlugField(_("code"))
    name = LocalizedTextField(_("name"))
    price_minor = models.PositiveIntegerField(_("price (fen)"), default=0)
    extra_minutes = models.PositiveSmallIntegerField(
        _("extra time (minutes)"), default=0, validators=[MaxValueValidator(480)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("add-on")
        verbose_name_plural = _("add-ons")
        ordering = ("position", "code")
        constraints = (models.UniqueConstraint(fields=("version", "code"), name="catalog_add_on_once"),)
        triggers = (part_of_sold_stays(),)

    def __str__(self) -> str:
        return localized(self.name) or self.code


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ItemQuestion(models.Model):
    """What whoever books an item version is asked about the work; ``choices`` are texts in two languages."""

    version = models.ForeignKey(
        ServiceItemVersion, on_delete=models.CASCADE, related_name="questions", verbose_name=_("version")
    )
    code = models.SlugField(_("code"))
    text = LocalizedTextField(_("question"))
    kind = models.CharField(_("kind of answer"), max_length=10, choices=QuestionKind.choices, default=QuestionKind.TEXT)
    choices = models.JSONField(_("list to choose from"), default=list, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("question about the work")
        verbose_name_plural = _("questions about the work")
        ordering = ("position", "code")
        constraints = (models.UniqueConstraint(fields=("version", "code"), name="catalog_item_question_once"),)
        triggers = (part_of_sold_stays(),)

    def __str__(self) -> str:
        return localized(self.text) or self.code
