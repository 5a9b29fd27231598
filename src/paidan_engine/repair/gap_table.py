"""All gaps of many routes as arrays, so that whole grids of windows are judged at once.

The conditions are those of ``RouteSlack.openings``; one look costs some microseconds for a thousand gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paidan_engine.constraints import may_serve
from paidan_engine.problem import Place, Shift, Task
from paidan_engine.repair.slack import Gap, RouteSlack
from paidan_engine.solution import Route
from paidan_engine.travel import Travel, legs_between

Seconds = NDArray[np.int64]
_NEVER = 1 << 60  # past every instant, and far from overflowing when seconds are added


@dataclass(frozen=True, slots=True)
class _Serving:
    """Who may serve a need: the rows of their gaps, (r,), and the starts and ends of their shifts, (2, s)."""

    rows: NDArray[np.int64]
    spans: Seconds


@dataclass(frozen=True, slots=True)
class GapTable:
    """Where something could be added to a set of routes, one row for each gap.

    A stop that is late already gets no later; a route that is full or overruns its shift has no rows.

    Attributes:
        shifts: all of the routes; ``shift`` of a row is an index into them.
        ready: when the technician is free there at the earliest, epoch seconds; (g,).
        end: when the shift ends; (g,).
        due: latest end of the next stop's work that keeps all later stops feasible; (g,).
        block_starts, block_ends: blocked time of the shift, (b, g), padded with what never matters.
        origins, followers: latitude and longitude, NaN where none is known; (g, 2).
        follower_earliest, follower_latest, follower_duration: of the next stop's work; (g,).
    """

    shifts: tuple[Shift, ...]
    shift: NDArray[np.int64]
    ready: Seconds
    end: Seconds
    due: Seconds
    block_starts: Seconds
    block_ends: Seconds
    origins: NDArray[np.float64]
    followers: NDArray[np.float64]
    has_follower: NDArray[np.bool_]
    follower_earliest: Seconds
    follower_latest: Seconds
    follower_duration: Seconds
    travel: Travel = field(repr=False)
    _known: dict[tuple[object, ...], _Serving] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, routes: Iterable[Route], travel: Travel, now: int) -> GapTable:
        """The gaps of these routes as they stand at ``now``."""
        routes = tuple(routes)
        shifts = tuple(route.shift for route in routes)
        slacks = enumerate(RouteSlack.standing(route, travel, now) for route in routes)
        gaps = [(index, gap) for index, slack in slacks if slack is not None and not slack.full for gap in slack.gaps]
        owner = np.array([index for index, _ in gaps], np.int64)
        starts, ends = _blocks(shifts)
        return cls(
            shifts=shifts,
            shift=owner,
            ready=_seconds(gap.ready for _, gap in gaps),
            end=_seconds(shifts[index].end for index, _ in gaps),
            due=_seconds(gap.due for _, gap in gaps),
            block_starts=starts[:, owner],
            block_ends=ends[:, owner],
            origins=_places([gap.origin for _, gap in gaps]),
            followers=_places([_follower_place(gap) for _, gap in gaps]),
            has_follower=np.array([gap.follower is not None for _, gap in gaps], np.bool_),
            follower_earliest=_seconds(gap.follower.earliest if gap.follower else 0 for _, gap in gaps),
            follower_latest=_seconds(gap.follower.latest if gap.follower else 0 for _, gap in gaps),
            follower_duration=_seconds(gap.follower.duration if gap.follower else 0 for _, gap in gaps),
            travel=travel,
        )

    def feasible(self, task: Task, earliest: Seconds, latest: Seconds) -> NDArray[np.bool_]:
        """For each window whether the task can be added without re-ordering or moving anything.

        Args:
            task: its own window is not looked at.
            earliest, latest: first and last start of work of each window, epoch seconds, (w,).

        Returns:
            (w,)
        """
        rows = self._serving(task).rows
        if not len(rows):
            return np.zeros(len(earliest), np.bool_)
        leg_in = legs_between(self.travel, self.origins[rows], task.place)
        begin = np.maximum(earliest[:, None], self.ready[rows] + leg_in)
        for block_start, block_end in zip(self.block_starts[:, rows], self.block_ends[:, rows], strict=True):
            fits_before = begin + task.duration <= block_start
            begin = np.where(fits_before, begin, np.maximum(begin, block_end + leg_in))
        ends = begin + task.duration
        possible = (begin <= latest[:, None]) & (ends <= np.minimum(self.end[rows], self._departure(task, rows)))
        found: NDArray[np.bool_] = np.any(possible, axis=1)
        return found

    def thinkable(self, task: Task, earliest: Seconds, latest: Seconds) -> NDArray[np.bool_]:
        """For each window whether somebody who may serve the task would have the time if nothing else were planned.

        Ways and blocks do not count: False is a proof, True is none.
        """
        spans = self._serving(task).spans
        begin = np.maximum(earliest[:, None], spans[0])
        possible = (begin <= latest[:, None]) & (begin + task.duration <= spans[1])
        found: NDArray[np.bool_] = np.any(possible, axis=1)
        return found

    def _departure(self, task: Task, rows: NDArray[np.int64]) -> Seconds:
        """Latest instant to leave the task for the next stop of each gap."""
        leg_out = legs_between(self.travel, self.followers[rows], task.place, back=True)
        duration = self.follower_duration[rows]
        start = np.minimum(self.follower_latest[rows], self.due[rows] - duration)
        for block_start, block_end in zip(self.block_starts[::-1, rows], self.block_ends[::-1, rows], strict=True):
            start = np.where(start - leg_out >= block_end, start, np.minimum(start, block_start - duration))
        leaves = np.where(start >= self.follower_earliest[rows], start - leg_out, -_NEVER)
        departure: Seconds = np.where(self.has_follower[rows], leaves, _NEVER)
        return departure

    def _serving(self, task: Task) -> _Serving:
        needs = (task.skills, task.excluded)
        known = self._known.get(needs)
        if known is None:
            serves = np.array([may_serve(task, shift) for shift in self.shifts], np.bool_)
            spans = [(shift.start, shift.end) for shift, yes in zip(self.shifts, serves, strict=True) if yes]
            known = _Serving(np.flatnonzero(serves[self.shift]), np.array(spans, np.int64).reshape(-1, 2).T)
            self._known[needs] = known
        return known


def _follower_place(gap: Gap) -> Place:
    return gap.follower.place if gap.follower is not None else None


def _seconds(values: Iterable[int]) -> Seconds:
    return np.fromiter(values, np.int64)


def _places(places: Sequence[Place]) -> NDArray[np.float64]:
    return np.array([place or (np.nan, np.nan) for place in places], np.float64).reshape(len(places), 2)


def _blocks(shifts: Sequence[Shift]) -> tuple[Seconds, Seconds]:
    """Starts and ends of the blocks of each shift, (b, shifts); what is missing begins never and ended always."""
    most = max((len(shift.blocks) for shift in shifts), default=0)
    starts = np.full((most, len(shifts)), _NEVER, np.int64)
    ends = np.full((most, len(shifts)), -_NEVER, np.int64)
    for column, shift in enumerate(shifts):
        for row, (start, end) in enumerate(shift.blocks):
            starts[row, column], ends[row, column] = start, end
    return starts, ends
