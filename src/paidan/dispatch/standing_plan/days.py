"""Which days of a territory a window concerns, and their locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from paidan.kernel.timespan import TimeSpan, local_date, span_of_day

NOON_HOUR = 12


@dataclass(frozen=True, slots=True)
class PlanScope:
    """Which part of the plan a window concerns: a territory and the local dates whose shifts may serve it."""

    territory_id: int
    zone: str
    dates: tuple[date, ...]

    @property
    def from_at(self) -> datetime:
        """Shifts of the day before count only if they reach into the day itself."""
        last = span_of_day(self.dates[-1], ZoneInfo(self.zone))
        return last.start if len(self.dates) > 1 else last.start - timedelta(days=1)


def scope_of(territory_id: int, zone: str, window: TimeSpan) -> PlanScope:
    """The dates whose shifts may serve a window: its own, and the day before for a night shift's morning."""
    zone_info = ZoneInfo(zone)
    day = local_date(window.start, zone_info)
    early = window.start.astimezone(zone_info).hour < NOON_HOUR
    return PlanScope(territory_id, zone, (day - timedelta(days=1), day) if early else (day,))


@dataclass(frozen=True, slots=True)
class LockedDays:
    """The plan days of a scope, their rows locked until the transaction ends."""

    ids: Mapping[date, int]


def days_lock(scopes: Iterable[PlanScope]) -> LockedDays:
    """Lock the plan days of all scopes (of one territory), sorted; rows that do not exist yet are made."""
    scopes = tuple(scopes)
    territory_id = scopes[0].territory_id
    dates = sorted({day for scope in scopes for day in scope.dates})
    found = _days_select(territory_id, dates)
    if not found:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO dispatch_planday (territory_id, service_date, version)"
                " SELECT %s, unnest(%s::date[]), 0 ON CONFLICT DO NOTHING",
                [territory_id, dates],
            )
        found = _days_select(territory_id, dates)
    return LockedDays(found)


# While a day is missing nothing is locked: locking the others first and the new one after them would be
# another order than everybody else's, and so a deadlock.
_DAYS = """
    SELECT service_date, id FROM dispatch_planday
     WHERE territory_id = %(territory)s AND service_date = ANY(%(dates)s) AND %(days)s = (
           SELECT count(*) FROM dispatch_planday WHERE territory_id = %(territory)s AND service_date = ANY(%(dates)s))
     ORDER BY service_date FOR UPDATE
"""


def _days_select(territory_id: int, dates: Sequence[date]) -> dict[date, int]:
    """Lock the days if all of them exist; otherwise nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"territory": territory_id, "dates": list(dates), "days": len(dates)})
        return dict(cursor.fetchall())
