"""Who is on duty when: a pattern of days and nights that can be continued for ever.

Each territory has seats. The ten seats of a group form a full crew: six work five days a week, four take
turns at the emergencies (night on call, off, early, late), so that one of the four is on duty at any hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from paidan.demo.geography import TIME_ZONE
from paidan.kernel.timespan import TimeSpan

GROUP = 10
EMERGENCY_SEATS = {6: 0, 7: 1, 8: 2, 10: 3}
"""Seat within its group → its place in the rotation of four."""

# First free day of the week, counted from the territory's own; the second free day is three days later.
_FREE_DAY = {1: 0, 2: 1, 3: 2, 4: 0, 5: 1, 9: 2}
_ZONE = ZoneInfo(TIME_ZONE)


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of shift: local start, length, and whether it is spent on call."""

    start: time
    hours: int
    on_call: bool = False

    def span_on(self, day: date) -> TimeSpan:
        """The shift's span when it starts on a local date; a night ends on the next."""
        start = datetime.combine(day, self.start, tzinfo=_ZONE)
        return TimeSpan(start, start + timedelta(hours=self.hours))


EARLY = Duty(time(8), 10)
LATE = Duty(time(10), 10)
WEEKEND = Duty(time(9), 9)
NIGHT = Duty(time(20), 12, on_call=True)
_TURNS = (NIGHT, None, EARLY, LATE)


@dataclass(frozen=True, slots=True)
class Seat:
    """A technician's place in a territory's crew; ``number`` counts from 1."""

    territory: int
    number: int

    @property
    def in_group(self) -> int:
        return (self.number - 1) % GROUP + 1

    @property
    def staff_number(self) -> str:
        return f"YC{self.territory + 1}{self.number:03d}"


def seat_of(staff_number: str) -> Seat | None:
    """The seat a staff number names, or ``None`` for people who were hired later."""
    digits = staff_number.removeprefix("YC")
    if len(digits) != 4 or not digits.isdigit() or digits == staff_number:
        return None
    return Seat(territory=int(digits[0]) - 1, number=int(digits[1:]))


def duty_on(seat: Seat, day: date) -> Duty | None:
    """What a seat does on a local date; ``None`` when free."""
    turn = EMERGENCY_SEATS.get(seat.in_group)
    if turn is not None:
        return _TURNS[(day.toordinal() + turn + seat.territory) % len(_TURNS)]
    free = (_FREE_DAY[seat.in_group] + seat.territory) % 7
    if day.weekday() in {free, (free + 3) % 7}:
        return None
    if day.weekday() >= 5:
        return WEEKEND
    return EARLY if (seat.number + day.isocalendar().week) % 2 else LATE


def duties_between(seat: Seat, first: date, last: date) -> Iterator[tuple[date, Duty]]:
    """The duties of a seat from one local date to another, both included."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        duty = duty_on(seat, day)
        if duty is not None:
            yield day, duty
