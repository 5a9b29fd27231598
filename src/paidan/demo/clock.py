"""Keeps a demo city alive that is left running."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from paidan.demo.crew import SHIFT_DAYS_AHEAD, shifts_draw
from paidan.demo.geography import TIME_ZONE
from paidan.demo.marker import SHIFTS_UNTIL
from paidan.kernel.models import Setting
from paidan.kernel.timespan import local_date

SHIFT_DAYS_KEPT = 16


def shifts_extend(now: datetime) -> int:
    """Draw up further shifts when fewer than 16 days lie ahead; returns how many are new.

    Called every second by the worker's clocks: one read by primary key when there is nothing to do,
    as in every database that is not a demo.
    """
    today = local_date(now, ZoneInfo(TIME_ZONE))
    enough = (today + timedelta(days=SHIFT_DAYS_KEPT)).isoformat()
    drawn_until = Setting.objects.filter(pk=SHIFTS_UNTIL).values_list("value", flat=True).first()
    if drawn_until is None or drawn_until >= enough:
        return 0
    return _shifts_draw_on(today)


@transaction.atomic
def _shifts_draw_on(today: date) -> int:
    """A second worker that asks at the same moment leaves it to the first."""
    row = Setting.objects.select_for_update(skip_locked=True).filter(pk=SHIFTS_UNTIL).first()
    if row is None:
        return 0
    last = today + timedelta(days=SHIFT_DAYS_AHEAD)
    # After a long sleep the days between are not drawn, but last night's shift may still be running.
    first = max(today - timedelta(days=1), date.fromisoformat(row.value) + timedelta(days=1))
    new = shifts_draw(first=first, last=last)
    Setting.objects.filter(pk=SHIFTS_UNTIL).update(value=last.isoformat())
    return new
