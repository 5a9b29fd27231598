"""The Booking: what a customer asked for and was promised."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from paidan.booking.constants import (
    BookingStatus,
    Channel,
    MessageKind,
    PlanStatus,
    PlanVisitStatus,
    ReminderStep,
    Side,
)
from paidan.booking.recurrence import HolidayRule
from paidan.kernel.models import APPEND_ONLY
from paidan.kernel.refs import RefField
from paidan.kernel.texts import LocalizedTextField
from paidan.visits.constants import Urgency


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    fields=["status", "window_start_at", "price_minor"],
    model_name="BookingEvent",
)
class Booking(models.Model):
    """A customer's order 预约单; name and price lines are snapshots of the version it was sold under.

    ``price_lines``: item, add-ons and urgency as ``pricing.PriceLine``; ``answers``: as ``answers.answers_read``.
    """

    ref = RefField("B", verbose_name=_("reference"))
    status = models.CharField(
        _("status"), max_length=20, choices=BookingStatus.choices, default=BookingStatus.SUBMITTED
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    item_version = models.ForeignKey(
        "catalog.ServiceItemVersion", on_delete=models.PROTECT, related_name="+", verbose_name=_("item version")
    )
    fee_table = models.ForeignKey(
        "catalog.FeeTable", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("fee table")
    )
    item_name = LocalizedTextField(_("service"))
    price_minor = models.PositiveIntegerField(_("price (fen)"))
    price_lines = models.JSONField(_("price in lines"), default=list)
    answers = models.JSONField(_("answers"), default=list)
    description = models.TextField(_("description"), blank=True)
    special_requirements = models.TextField(_("special requirements"), blank=True)
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency.choices, default=Urgency.NORMAL)
    address = models.ForeignKey("customers.Address", on_delete=models.PROTECT, related_name="+")
    contact_name = models.CharField(max_length=80)
    contact_phone = models.CharField(max_length=16)
    territory = models.ForeignKey(
        "workforce.Territory", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("territory")
    )
    window_start_at = models.DateTimeField(_("window from"))
    window_end_at = models.DateTimeField(_("window until"))
    hold = models.OneToOneField("dispatch.SlotHold", on_delete=models.PROTECT, null=True, related_name="+")
    findings = models.JSONField(_("findings"), default=list)
    cancel_reason = models.CharField(_("reason of cancelling"), max_length=20, blank=True)
    cancel_fee_minor = models.IntegerField(_("cancelling fee (fen)"), default=0)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by_customer_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = (
            models.Index(fields=("customer", "-created_at"), name="booking_customer"),
            models.Index(fields=("status", "-created_at"), name="booking_status"),
            models.Index(fields=("created_at",), name="booking_created"),
        )
        triggers = (
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="sold_stays", fields=["item_version", "item_name", "price_lines"]),
            pgtrigger.Protect(
                name="terminal_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=("rejected", "closed", "cancelled"))
                & ~pgtrigger.Q(new__status=pgtrigger.F("old__status")),
            ),
        )

    @property
    def fees_id(self) -> int:
        """The version of the fee table it was sold under; bookings of before that was kept name their item's."""
        return self.fee_table_id or self.item_version.fee_table_id

    def __str__(self) -> str:
        return self.ref


class BookingVisit(models.Model):
    """Which visits serve a booking."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="visits")
    visit = models.OneToOneField("visits.Visit", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.visit_id}"


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    fields=["status", "rule", "first_date", "start_time", "holidays", "price_minor"],
    model_name="RecurringPlanEvent",
)
class RecurringPlan(models.Model):
    """A service that comes again and again: what, where, when, and the price agreed to for each visit.

    ``rule`` is an RRULE of local days from ``first_date`` on; ``start_time`` and ``window_minutes`` are the window on
    the territory's clock. ``check_at``: when the next occurrence is to be booked; null when none will be.
    """

    ref = RefField("S", verbose_name=_("reference"))
    status = models.CharField(_("status"), max_length=10, choices=PlanStatus.choices, default=PlanStatus.ACTIVE)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    item = models.ForeignKey("catalog.ServiceItem", on_delete=models.PROTECT, related_name="+", verbose_name=_("item"))
    address = models.ForeignKey("customers.Address", on_delete=models.PROTECT, related_name="+")
    territory = models.ForeignKey(
        "workforce.Territory", on_delete=models.PROTECT, related_name="+", verbose_name=_("territory")
    )
    contact_name = models.CharField(max_length=80, blank=True)
    contact_phone = models.CharField(max_length=16, blank=True)
    description = models.TextField(_("description"), blank=True)
    special_requirements = models.TextField(_("special requirements"), blank=True)
    add_ons = models.JSONField(_("add-ons"), default=list)
    answers = models.JSONField(_("answers"), default=dict)
    price_minor = models.PositiveIntegerField(_("price of each visit (fen)"))
    rule = models.CharField(_("rule"), max_length=120)
    first_date = models.DateField(_("first day"))
    start_time = models.TimeField(_("window from"))
    window_minutes = models.PositiveSmallIntegerField(_("length of the window (minutes)"))
    holidays = models.CharField(
        _("on public holidays"), max_length=15, choices=HolidayRule.choices, default=HolidayRule.NEXT_WORKDAY
    )
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    check_at = models.DateTimeField(_("to be looked at"), null=True)

    class Meta:
        verbose_name = _("recurring plan")
        verbose_name_plural = _("recurring plans")
        constraints = (
            models.CheckConstraint(name="booking_plan_ended", condition=Q(status="ended") ^ Q(ended_at__isnull=True)),
        )
        indexes = (
            models.Index(fields=("customer", "-created_at"), name="booking_plan_customer"),
            models.Index(fields=("check_at",), name="booking_plan_due", condition=Q(check_at__isnull=False)),
        )

    def __str__(self) -> str:
        return self.ref


class PlanVisit(models.Model):
    """What became of one day of a plan; days that nobody looked at yet have no row."""

    plan = models.ForeignKey(RecurringPlan, on_delete=models.PROTECT, related_name="days", verbose_name=_("plan"))
    original_date = models.DateField(_("day by the rule"))
    status = models.CharField(_("status"), max_length=10, choices=PlanVisitStatus.choices)
    window_start_at = models.DateTimeField(_("window from"))
    window_end_at = models.DateTimeField(_("window until"))
    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, null=True, related_name="+")
    nearest = models.JSONField(_("free times nearby"), default=list)
    problem = models.CharField(_("problem"), max_length=40, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("day of a plan")
        verbose_name_plural = _("days of plans")
        constraints = (
            models.UniqueConstraint(fields=("plan", "original_date"), name="booking_plan_day_once"),
            models.CheckConstraint(
                name="booking_plan_day_booked", condition=Q(status="booked") ^ Q(booking__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan_id} {self.original_date}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ReviewRuleSet(models.Model):
    """A version of the rules that bookings are judged by; ``rules`` as ``review.ReviewRule.as_data``.

    A draft may change; what was put in force stays as it is, and is replaced by a later version.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    rules = models.JSONField(_("rules"), default=list)
    is_draft = models.BooleanField(_("draft"), default=True)
    author = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created at"))
    effective_at = models.DateTimeField(_("effective from"), null=True)

    class Meta:
        verbose_name = _("set of review rules")
        verbose_name_plural = _("sets of review rules")
        constraints = (
            models.CheckConstraint(
                name="booking_rules_effective", condition=Q(is_draft=True) ^ Q(effective_at__isnull=False)
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="in_force_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_draft=False),
            ),
        )

    def __str__(self) -> str:
        return f"v{self.version}"


class Reminder(models.Model):
    """What is next before a booking's window; one row a booking, begun anew when the booking moves.

    ``due_at`` is null when nothing is left to say. ``promised_at``: when this window was agreed to.
    """

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, primary_key=True, related_name="+")
    promised_at = models.DateTimeField(_("promised at"))
    step = models.CharField(_("step"), max_length=10, choices=ReminderStep.choices, default=ReminderStep.DAY_BEFORE)
    due_at = models.DateTimeField(_("due at"), null=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = (models.Index(fields=("due_at",), name="booking_reminder_due", condition=Q(due_at__isnull=False)),)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.step}"


class BookingStep(models.Model):
    """One step a booking took: append-only."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="steps", verbose_name=_("booking"))
    action = models.CharField(_("step"), max_length=20)
    source = models.CharField(_("source"), max_length=20)
    target = models.CharField(_("leads to"), max_length=20)
    actor_key = models.CharField(_("done by"), max_length=40)
    actor_role = models.CharField(_("in the role"), max_length=40)
    data = models.JSONField(_("data"), default=dict)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("booking step")
        verbose_name_plural = _("booking steps")
        indexes = (models.Index(fields=("booking", "at"), name="booking_step_booking"),)
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.action}"


class BookingMessage(models.Model):
    """One message of a booking's conversation: append-only. ``side`` is who spoke, customer or desk."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="messages", verbose_name=_("booking"))
    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices, default=MessageKind.TEXT)
    text = models.TextField(_("text"), blank=True)
    author = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = (models.Index(fields=("booking", "id"), name="booking_message_booking"),)
        constraints = (
            models.CheckConstraint(
                name="booking_message_says_something", condition=~models.Q(text="") | models.Q(kind="urge")
            ),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.side}"


class ConversationMark(models.Model):
    """Up to which message one side has read a booking's conversation."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    read_up_to = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("booking", "side"), name="booking_mark_once"),)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.side}"
