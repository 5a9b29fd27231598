"""When a plan repeats: days by RRULE (RFC 5545), and what public holidays do to them. Pure arithmetic, no rows.

Public holidays and the working weekends that make up for them (调休) come from ``chinesecalendar``; in years it
does not know yet there are no holidays, and Monday to Friday are working days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

import chinese_calendar
from dateutil.rrule import rrule, rrulestr
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from paidan.kernel.errors import Invalid

YEARS = 15
"""How far a plan is looked at; a rule that never comes true ends there."""
LAST_OF_MONTH = 28
"""From the next day on a month may be too short: the plan then takes its last day."""
EVERY_AT_MOST = 52
TIMES_AT_MOST = 500
SATURDAY = 5
_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "COUNT", "UNTIL"})
RULE_LONGEST = 120


class Frequency(TextChoices):
    WEEKLY = "WEEKLY", _("Weeks")
    MONTHLY = "MONTHLY", _("Months")
    YEARLY = "YEARLY", _("Years")


class HolidayRule(TextChoices):
    """What becomes of a visit that falls on a public holiday."""

    NEXT_WORKDAY = "next_workday", _("Come on the next working day")
    SKIP = "skip", _("Leave it out")
    KEEP = "keep", _("Come all the same")


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a plan repeats: an RRULE from a first day on."""

    rule: str
    first_date: date
    holidays: HolidayRule = HolidayRule.NEXT_WORKDAY


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One day of a plan: what the rule says, and when somebody comes; ``day`` is ``None`` where it is left out."""

    original: date
    day: date | None


def rule_of(
    frequency: Frequency, every: int, first: date, *, times: int | None = None, until: date | None = None
) -> str:
    """The RRULE of “every so many weeks, months or years from that day on”.

    Raises:
        Invalid: a number is out of bounds; the fields are ``every``, ``times`` and ``until``.
    """
    if not 1 <= every <= EVERY_AT_MOST:
        raise Invalid(fields={"every": _("Please enter a number between 1 and 52.")})
    if times is not None and not 1 <= times <= TIMES_AT_MOST:
        raise Invalid(fields={"times": _("Please enter a number between 1 and 500.")})
    if until is not None and until < first:
        raise Invalid(fields={"until": _("The end must not be before the start.")})
    parts = [f"FREQ={frequency}", f"INTERVAL={every}", *_days_of(frequency, first)]
    parts += [f"COUNT={times}"] if times else [f"UNTIL={until:%Y%m%d}"] if until else []
    return ";".join(parts)


def _days_of(frequency: Frequency, first: date) -> list[str]:
    if frequency is Frequency.WEEKLY:
        return [f"BYDAY={('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[first.weekday()]}"]
    month = [f"BYMONTH={first.month}"] if frequency is Frequency.YEARLY else []
    if first.day <= LAST_OF_MONTH:
        return [*month, f"BYMONTHDAY={first.day}"]
    days = ",".join(str(day) for day in range(LAST_OF_MONTH, first.day + 1))
    return [*month, f"BYMONTHDAY={days}", "BYSETPOS=-1"]


def rule_check(rule: str) -> None:
    """
    Raises:
        Invalid: it is no RRULE of days by week, month or year; the field is ``rule``.
    """
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    every = parts.get("INTERVAL", "1")
    known = len(rule) <= RULE_LONGEST and set(parts) <= _PARTS and parts.get("FREQ") in Frequency.values
    bounded = every.isascii() and every.isdecimal() and 1 <= int(every) <= EVERY_AT_MOST
    if not (known and bounded and _is_rule(rule)):
        raise Invalid(fields={"rule": _("This is no rule we understand. Example: FREQ=WEEKLY;INTERVAL=2;BYDAY=MO")})


def _is_rule(rule: str) -> bool:
    try:
        _rule(Cadence(rule, date(2026, 1, 1)))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return False
    return True


def occurrences(cadence: Cadence, *, after: date | None = None) -> Iterator[Occurrence]:
    """The days of a plan in order, those whose rule day lies after a date only.

    A day moved off a holiday is left out where it would meet or pass the next one.
    """
    days = iter(_rule(cadence))
    current = next(days, None)
    while current is not None:
        following = next(days, None)
        original = current.date()
        if after is None or original > after:
            limit = following.date() if following is not None else date.max
            yield Occurrence(original, _moved(original, cadence.holidays, limit))
        current = following


def next_occurrences(cadence: Cadence, *, after: date | None, count: int) -> tuple[Occurrence, ...]:
    """The next few days of a plan."""
    return tuple(islice(occurrences(cadence, after=after), count))


def _rule(cadence: Cadence) -> rrule:
    start = datetime.combine(cadence.first_date, time.min)
    last = start + timedelta(days=366 * YEARS)
    is_bounded = "COUNT=" in cadence.rule or "UNTIL=" in cadence.rule
    parsed = rrulestr(cadence.rule if is_bounded else f"{cadence.rule};UNTIL={last:%Y%m%d}", dtstart=start)
    if not isinstance(parsed, rrule):
        raise TypeError(cadence.rule)
    return parsed


def _moved(day: date, rule: HolidayRule, limit: date) -> date | None:
    if rule is HolidayRule.KEEP or not is_public_holiday(day):
        return day
    if rule is HolidayRule.SKIP:
        return None
    moved = day
    while moved < limit and not is_working_day(moved):
        moved += timedelta(days=1)
    return moved if moved < limit else None


def is_public_holiday(day: date) -> bool:
    """Whether it is free because of a public holiday; a usual weekend is none."""
    try:
        is_free, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return False
    return bool(is_free and name)


def is_working_day(day: date) -> bool:
    """Whether people work: Monday to Friday but for holidays, and the weekends that make up for them."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY


def rule_sentence(cadence: Cadence) -> str:
    """The rule in words, in the active language."""
    parts = dict(part.partition("=")[::2] for part in cadence.rule.split(";"))
    every = int(parts.get("INTERVAL", "1"))
    sentences = {
        Frequency.WEEKLY: ngettext("every week", "every %(every)d weeks", every),
        Frequency.MONTHLY: ngettext("every month", "every %(every)d months", every),
        Frequency.YEARLY: ngettext("every year", "every %(every)d years", every),
    }
    return sentences[Frequency(parts["FREQ"])] % {"every": every}
