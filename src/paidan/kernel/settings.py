"""Business settings: typed, with defaults in code and values in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from paidan.kernel.models import Setting

DEMO_MARKER = "demo.city"
"""The setting that says: the people in this database are invented."""


@dataclass(frozen=True, slots=True)
class IntegerSetting:
    """A whole number with bounds; the unit is in its name and in its label."""

    name: str
    default: int
    minimum: int
    maximum: int
    label: StrOrPromise = ""

    def value(self) -> int:
        """The value in force: the database's, else the default."""
        row = Setting.objects.filter(pk=self.name).values_list("value", flat=True).first()
        return self.default if row is None else max(self.minimum, min(self.maximum, int(row)))

    def set(self, value: int) -> None:
        """Keep a new value.

        Raises:
            ValueError: it lies outside the bounds.
        """
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{self.name} must lie between {self.minimum} and {self.maximum}.")
        Setting.objects.update_or_create(pk=self.name, defaults={"value": value})


@dataclass(frozen=True, slots=True)
class SwitchSetting(IntegerSetting):
    """On (1) or off (0)."""

    def is_on(self) -> bool:
        """Whether it is on at present."""
        return bool(self.value())


HOLD_SECONDS = IntegerSetting(
    "booking.hold_seconds", 300, 5, 3600, _("How long a chosen time is kept while the form is filled in (seconds)")
)
LIVE_BOOKINGS_EACH = IntegerSetting(
    "booking.live_each", 10, 1, 1_000, _("How many bookings a customer may have open at a time")
)
PLAN_HORIZON_DAYS = IntegerSetting(
    "booking.plan_horizon_days", 14, 1, 20, _("How many days ahead visits of recurring plans are booked")
)
REMINDER_HOUR = IntegerSetting(
    "booking.reminder_hour", 15, 6, 22, _("Hour of the day before at which customers are reminded")
)
REMINDER_AGAIN_MINUTES = IntegerSetting(
    "booking.reminder_again_minutes",
    120,
    15,
    720,
    _("How long a reminder waits for an answer before the next step (minutes)"),
)
REMINDER_SOON_MINUTES = IntegerSetting(
    "booking.reminder_soon_minutes", 120, 30, 720, _("How long before the visit the last reminder goes out (minutes)")
)
REMINDER_FROM_HOUR = IntegerSetting("booking.reminder_from_hour", 8, 5, 12, _("Hour before which nobody is reminded"))
REMINDER_UNTIL_HOUR = IntegerSetting(
    "booking.reminder_until_hour", 21, 16, 23, _("Hour from which on nobody is reminded")
)
CALLERS_EACH_PER_HOUR = IntegerSetting(
    "customers.callers_each_per_hour", 120, 1, 10_000, _("How many callers one person at the desk may open per hour")
)
OFFER_SECONDS = IntegerSetting(
    "dispatch.offer_seconds", 120, 1, 86_400, _("How long an offer stands in the grab hall (seconds)")
)
ACCEPT_SECONDS = IntegerSetting(
    "dispatch.accept_seconds", 300, 1, 86_400, _("How long an assigned technician has to accept (seconds)")
)
RELEASE_LEAD_SECONDS = IntegerSetting(
    "dispatch.release_lead_seconds",
    86_400 * 14,
    0,
    86_400 * 60,
    _("How long before its window a visit is given to the technicians (seconds)"),
)
SIGN_OFF_SECONDS = IntegerSetting(
    "fieldwork.sign_off_seconds",
    86_400,
    1,
    86_400 * 7,
    _("After how long finished work counts as signed off without an answer (seconds)"),
)
UNDO_SECONDS = IntegerSetting(
    "fieldwork.undo_seconds", 10, 0, 60, _("How long a technician can take a step back (seconds)")
)
MESSAGES_KEPT_DAYS = IntegerSetting(
    "privacy.messages_kept_days", 365, 30, 3_650, _("How long messages to people are kept (days)")
)
POSITIONS_KEPT_HOURS = IntegerSetting(
    "privacy.positions_kept_hours", 24, 1, 8_760, _("How long positions of technicians are kept (hours)")
)
EVENTS_KEPT_DAYS = IntegerSetting(
    "privacy.events_kept_days", 90, 7, 3_650, _("How long the log of events is kept (days)")
)
UNMASKED_MINUTES = IntegerSetting(
    "privacy.unmasked_minutes",
    30,
    1,
    1_440,
    _("How long a full contact stays shown after a reason was given (minutes)"),
)
ALL = (
    UNMASKED_MINUTES,
    MESSAGES_KEPT_DAYS,
    POSITIONS_KEPT_HOURS,
    EVENTS_KEPT_DAYS,
    HOLD_SECONDS,
    LIVE_BOOKINGS_EACH,
    PLAN_HORIZON_DAYS,
    REMINDER_HOUR,
    REMINDER_AGAIN_MINUTES,
    REMINDER_SOON_MINUTES,
    REMINDER_FROM_HOUR,
    REMINDER_UNTIL_HOUR,
    CALLERS_EACH_PER_HOUR,
    OFFER_SECONDS,
    ACCEPT_SECONDS,
    RELEASE_LEAD_SECONDS,
    SIGN_OFF_SECONDS,
    UNDO_SECONDS,
)


def settings_read(settings: tuple[IntegerSetting, ...]) -> dict[str, int]:
    """The values in force, by name, in one query."""
    rows = dict(Setting.objects.filter(pk__in=[setting.name for setting in settings]).values_list("name", "value"))
    return {setting.name: int(rows.get(setting.name, setting.default)) for setting in settings}


@transaction.atomic
def settings_write(settings: tuple[IntegerSetting, ...], values: Mapping[str, int]) -> tuple[str, ...]:
    """Keep new values; what stays as it is is not written.

    Returns:
        The names of what changed.

    Raises:
        ValueError: a value lies outside its bounds; nothing is kept.
    """
    before = settings_read(settings)
    changed = [
        setting for setting in settings if values.get(setting.name, before[setting.name]) != before[setting.name]
    ]
    for setting in changed:
        setting.set(values[setting.name])
    return tuple(setting.name for setting in changed)
