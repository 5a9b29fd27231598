"""When a promise is brought to mind: pure arithmetic of times, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from paidan.booking.constants import ReminderStep
from paidan.kernel import settings
from paidan.kernel.timespan import local_date

FRESH = timedelta(hours=2)
"""Who agreed to a time less than this ago needs no reminder of it, and two reminders lie at least this far apart."""
LATEST_BEFORE = timedelta(minutes=30)
"""A reminder that cannot go out this long before the window is of no use any more."""


@dataclass(frozen=True, slots=True)
class ReminderTerms:
    """The house's hours on the territory's clock; nobody is told anything outside ``opens`` to ``closes``."""

    hour: int
    again: timedelta
    soon: timedelta
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """When a step is due, and the last instant at which it is worth taking."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """A window somebody agreed to, and when."""

    window_start: datetime
    promised_at: datetime
    zone: ZoneInfo


def terms_in_force() -> ReminderTerms:
    """What the settings say now."""
    asked = (
        settings.REMINDER_HOUR,
        settings.REMINDER_AGAIN_MINUTES,
        settings.REMINDER_SOON_MINUTES,
        settings.REMINDER_FROM_HOUR,
        settings.REMINDER_UNTIL_HOUR,
    )
    values = settings.settings_read(asked)
    hour, again, soon, opens, closes = (values[one.name] for one in asked)
    return ReminderTerms(hour, timedelta(minutes=again), timedelta(minutes=soon), opens, closes)


def prompts_of(promise: Promise, terms: ReminderTerms) -> Mapping[ReminderStep, Prompt]:
    """The steps that make sense before a window, in order of time.

    The day before comes only for what was agreed long enough before; being asked again and called
    follow from it. The last reminder is brought into decent hours, or left out when it came too late or too
    soon after another one.
    """
    prompts = dict(_asking(promise, terms))
    soon = _soon(promise, terms)
    said = [prompt.at for prompt in prompts.values()] or [promise.promised_at]
    if soon is not None and soon.at - max(said) >= FRESH and soon.at - promise.promised_at >= FRESH:
        prompts[ReminderStep.SOON] = soon
    return prompts


def wakes_at(promise: Promise) -> datetime:
    """When a promise is first looked at: as its day before begins, so that settings changed until then count."""
    return _local(promise, days=-1, hour=0)


def _asking(promise: Promise, terms: ReminderTerms) -> list[tuple[ReminderStep, Prompt]]:
    opens, closes = _local(promise, days=-1, hour=terms.opens), _local(promise, days=-1, hour=terms.closes)
    first = max(opens, _local(promise, days=-1, hour=terms.hour))
    if first >= closes or first - promise.promised_at < FRESH:
        return []
    again = first + terms.again
    steps = [(ReminderStep.DAY_BEFORE, Prompt(first, closes))]
    if again < closes:
        steps.append((ReminderStep.AGAIN, Prompt(again, closes)))
    steps.append((ReminderStep.CALL, Prompt(min(again + terms.again, closes), promise.window_start)))
    return steps


def _soon(promise: Promise, terms: ReminderTerms) -> Prompt | None:
    """The last reminder: later if its time lies before the day begins, earlier if it lies in the evening."""
    at = promise.window_start - terms.soon
    days = (local_date(at, promise.zone) - local_date(promise.window_start, promise.zone)).days
    opens, closes = _local(promise, days=days, hour=terms.opens), _local(promise, days=days, hour=terms.closes)
    at = min(max(at, opens), closes - LATEST_BEFORE)
    until = min(closes, promise.window_start - LATEST_BEFORE)
    return Prompt(at, until) if at < until else None


def _local(promise: Promise, *, days: int, hour: int) -> datetime:
    """An hour of the window's day, or of one so many days after it, as an instant in UTC."""
    day = local_date(promise.window_start, promise.zone) + timedelta(days=days)
    return datetime.combine(day, time(hour), tzinfo=promise.zone).astimezone(_UTC)


_UTC = ZoneInfo("UTC")
