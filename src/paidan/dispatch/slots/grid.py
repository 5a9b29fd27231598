"""The windows that are told to customers: two hours each, from even local hours on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from paidan.kernel.errors import Invalid
from paidan.kernel.timespan import TimeSpan

WINDOW = timedelta(hours=2)
DAY_HOURS = range(8, 20, 2)
ROUND_THE_CLOCK_HOURS = range(0, 24, 2)
LEAD = timedelta(minutes=30)
LONGEST_DAYS = 21


def windows_between(start: datetime, end: datetime, zone: ZoneInfo, *, round_the_clock: bool) -> Iterator[TimeSpan]:
    """The grid of windows whose start lies in ``[start, end)``, in local time with its offset."""
    day = start.astimezone(zone).date()
    while datetime.combine(day, time.min, tzinfo=zone) < end:
        for hour in ROUND_THE_CLOCK_HOURS if round_the_clock else DAY_HOURS:
            opens = datetime.combine(day, time(hour), tzinfo=zone)
            if start <= opens < end:
                yield TimeSpan(_with_offset(opens), _with_offset(opens + WINDOW))
        day += timedelta(days=1)


def _with_offset(moment: datetime) -> datetime:
    """The same instant without the rules of its zone: an hour the clocks repeat or skip equals no other (PEP 495)."""
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()))


def window_check(window: TimeSpan, zone: ZoneInfo, *, round_the_clock: bool, now: datetime) -> None:
    """Refuse a window that is not one of the grid, or not in the future.

    Raises:
        Invalid: with the field ``window``.
    """
    if window.start < now + timedelta(minutes=5):
        raise Invalid(fields={"window": _("This time has passed. Please choose a later one.")})
    if window.start > now + timedelta(days=LONGEST_DAYS + 1):
        raise Invalid(fields={"window": _("This time is too far ahead.")})
    day = window.start.astimezone(zone)
    grid = windows_between(window.start, window.start + timedelta(seconds=1), zone, round_the_clock=round_the_clock)
    if day.second or window not in tuple(grid):
        raise Invalid(fields={"window": _("Please choose one of the times shown.")})
