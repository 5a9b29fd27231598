"""The gaps of each day's plan, kept by the process until something about that day changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from paidan.dispatch.standing_plan import DayStamp, dates_book_load, day_stamps, epoch
from paidan_engine.repair import GapTable, Spare, spare_of
from paidan_engine.solution import Route

KEPT_DAYS = 400  # of all territories together; a day of 200 technicians takes some 200 kB
UNDER_WAY_SECONDS = 20  # how long the gaps of a day that has begun are good for
_FOREVER = 1 << 60


@dataclass(frozen=True, slots=True)
class OpenDay:
    """The gaps of the shifts that belong to one service date.

    Attributes:
        content: of the ``DayStamp`` they were read under.
        until: epoch seconds from which on they are stale though nothing was written: holds lapse, time passes.
        spare: working time that is not promised.
    """

    content: int
    until: int
    gaps: GapTable
    spare: Spare


class _Kept:
    """The days read last; bounded, in this process only. Threads may lose each other's entry, never mix them up."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._days: OrderedDict[tuple[int, date], OpenDay] = OrderedDict()

    def get(self, territory_id: int, day: date) -> OpenDay | None:
        return self._days.get((territory_id, day))

    def put(self, territory_id: int, day: date, opened: OpenDay) -> None:
        self._days.pop((territory_id, day), None)
        self._days[territory_id, day] = opened
        if len(self._days) > self._size:
            self._days.popitem(last=False)


_kept = _Kept(KEPT_DAYS)


def days_open(territory_id: int, dates: Collection[date], *, now: datetime) -> Mapping[date, OpenDay]:
    """The gaps of these service dates; those that changed since they were read last are read anew, all in one go."""
    # The stamps first: gaps of a newer plan under an older stamp are only read once more.
    stamps = day_stamps(territory_id, dates, now=now)
    moment = epoch(now)
    known = {}
    for day, stamp in stamps.items():
        kept = _kept.get(territory_id, day)
        if kept is not None and kept.content == stamp.content and moment < kept.until:
            known[day] = kept
    changed = {day: stamp for day, stamp in stamps.items() if day not in known}
    for day, opened in _read(territory_id, changed, now).items() if changed else ():
        _kept.put(territory_id, day, opened)
        known[day] = opened
    return known


def _read(territory_id: int, stamps: Mapping[date, DayStamp], now: datetime) -> dict[date, OpenDay]:
    book = dates_book_load(territory_id, stamps, now=now)
    routes: dict[date, list[Route]] = {day: [] for day in stamps}
    for route in book.plan:
        routes[book.dates[route.shift.id]].append(route)
    return {
        day: OpenDay(
            content=stamp.content,
            until=_until(stamp, routes[day], book.now),
            gaps=GapTable.of(routes[day], book.travel, book.now),
            spare=spare_of(routes[day], book.travel, book.now),
        )
        for day, stamp in stamps.items()
    }


def _until(stamp: DayStamp, routes: Sequence[Route], now: int) -> int:
    """Until then neither a hold lapses nor does a shift begin; once one has begun, not for long."""
    lapse = epoch(stamp.lapse_at) if stamp.lapse_at is not None else _FOREVER
    starts = min((route.shift.start for route in routes), default=_FOREVER)
    return min(lapse, starts if starts > now else now + UNDER_WAY_SECONDS)
