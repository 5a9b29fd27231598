"""Half-open spans of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """``[start, end)``, both aware.

    Raises:
        ValueError: the end is before the start, or an instant is naive.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A time span needs aware instants.")
        if self._elapsed < 0:
            raise ValueError("A time span cannot end before it starts.")

    @property
    def _elapsed(self) -> float:
        # Python subtracts two instants of one zone by the wall clock, and clocks are changed.
        return self.end.timestamp() - self.start.timestamp()

    @property
    def seconds(self) -> int:
        return int(self._elapsed)

    def overlaps(self, other: TimeSpan) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def as_range(self) -> TimestamptzRange:
        return TimestamptzRange(self.start, self.end, "[)")


def span_of_day(day: date, zone: ZoneInfo) -> TimeSpan:
    """The local calendar day; 23 or 25 hours long when clocks change."""
    start = datetime.combine(day, time.min, tzinfo=zone)
    return TimeSpan(start, datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone))


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
