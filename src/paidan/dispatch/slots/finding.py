"""Free windows: what the standing plan could still promise (B4, DISPATCH §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from paidan.dispatch.constants import SearchVerdict
from paidan.dispatch.slots.days import OpenDay, days_open
from paidan.dispatch.slots.grid import LEAD, LONGEST_DAYS, windows_between
from paidan.dispatch.slots.need import Need, Slot
from paidan.dispatch.slots.reserve import reserve_allows
from paidan.dispatch.slots.rooms import SEARCHES_A_QUERY, rooms_ask, rooms_known
from paidan.dispatch.standing_plan import epoch, scope_of
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory
from paidan_engine.problem import Task
from paidan_engine.repair import GapTable

Seconds = NDArray[np.int64]
ANSWER_SECONDS = 300  # how long a verdict holds for a day that has begun, where room vanishes by itself


@dataclass(frozen=True, slots=True)
class Findings:
    """Free windows in order of time, and whether a worker still looks for room in others."""

    slots: tuple[Slot, ...]
    is_searching: bool = False


def slots_find(need: Need, territory: Territory, *, start: datetime, end: datetime, now: datetime) -> Findings:
    """Every window in which a plan holds all promises plus this one.

    Insertion answers at once. Windows that look full are handed to a worker that tries to make room; what it finds
    is told by the next call, as long as the plan has not changed.
    """
    view = _View(need, territory, start, end, now)
    known = rooms_known(need, territory, view.crowded, view.stamps, now=now)
    unasked = [window for window in view.crowded if window not in known][:SEARCHES_A_QUERY]
    if unasked:
        rooms_ask(need, territory, unasked, view.stamps, now=now)
    searching = bool(unasked) or SearchVerdict.ASKED in known.values()
    return Findings(view.slots(known), searching)


def slots_free(need: Need, territory: Territory, *, start: datetime, end: datetime, now: datetime) -> tuple[Slot, ...]:
    """The windows that are known to be free at this moment; nothing is searched for."""
    view = _View(need, territory, start, end, now)
    return view.slots(rooms_known(need, territory, view.crowded, view.stamps, now=now))


def slots_nearest(slots: Sequence[Slot], wanted: datetime, count: int = 3) -> tuple[Slot, ...]:
    """The free windows nearest to the wanted time."""
    return tuple(sorted(slots, key=lambda slot: abs(slot.window.start - wanted))[:count])


class _View:
    """The windows of one query, and the gaps of the days they concern.

    Attributes:
        crowded: windows no gap has room for, though somebody works then who could come, and the reserve is untouched.
        stamps: of each window, of the plans it concerns.
    """

    def __init__(self, need: Need, territory: Territory, start: datetime, end: datetime, now: datetime) -> None:
        self._territory_id = territory.pk
        self._need = need
        self._now = epoch(now)
        start, end = max(start, now + LEAD), min(end, now + timedelta(days=LONGEST_DAYS))
        zone = ZoneInfo(territory.time_zone)
        self._windows = tuple(windows_between(start, end, zone, round_the_clock=need.is_round_the_clock))
        self._dates = {w: scope_of(territory.pk, territory.time_zone, w).dates for w in self._windows}
        dates = sorted({day for days in self._dates.values() for day in days})
        self._days = days_open(territory.pk, dates, now=now) if dates else {}
        self.stamps = {window: self._stamp(days) for window, days in self._dates.items()}
        allowed = {
            w for w, dates in self._dates.items() if reserve_allows(need, territory, self._days[dates[-1]].spare)
        }
        self._free = self._windows_that(GapTable.feasible) & allowed
        thinkable = self._windows_that(GapTable.thinkable) & allowed
        self.crowded = tuple(w for w in self._windows if w in thinkable and w not in self._free)

    def slots(self, known: Mapping[TimeSpan, SearchVerdict]) -> tuple[Slot, ...]:
        """The windows with a gap, and those in which a search has found room."""
        room = {window for window, verdict in known.items() if verdict == SearchVerdict.ROOM}
        return tuple(Slot(w, self._territory_id) for w in self._windows if w in self._free or w in room)

    def _windows_that(self, says: Callable[[GapTable, Task, Seconds, Seconds], NDArray[np.bool_]]) -> set[TimeSpan]:
        """The windows for which the gaps of one of their days say yes."""
        by_day: dict[date, list[TimeSpan]] = {}
        for window, dates in self._dates.items():
            for day in dates:
                by_day.setdefault(day, []).append(window)
        found: set[TimeSpan] = set()
        for day, windows in by_day.items():
            earliest = np.array([epoch(window.start) for window in windows], np.int64)
            latest = np.array([epoch(window.end) for window in windows], np.int64)
            verdicts = says(self._days[day].gaps, self._need.task(windows[0]), earliest, latest)
            found.update(window for window, yes in zip(windows, verdicts, strict=True) if yes)
        return found

    def _stamp(self, dates: Sequence[date]) -> int:
        """One number for the plans of several days, and for the time once one of them has begun."""
        days: list[OpenDay] = [self._days[day] for day in dates]
        begun = any(self._now + ANSWER_SECONDS > day.until for day in days)
        parts = [day.content for day in days] + ([self._now // ANSWER_SECONDS] if begun else [])
        return hash(tuple(parts))  # of numbers: the same in every process
