"""When nothing fits: the smallest change of the wish that opens a window (B4, DISPATCH §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from paidan.dispatch.slots.finding import slots_free
from paidan.dispatch.slots.grid import LONGEST_DAYS
from paidan.dispatch.slots.need import Need, Slot
from paidan.kernel.geo import Point, metres_between
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory

NEIGHBOURS = 3


class RelaxationKind(StrEnum):
    """What of the wish is given up, the smallest first."""

    URGENT = "urgent"
    LATER = "later"
    OFF_HOURS = "off_hours"
    LEVEL = "level"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change of the wish, and the first window it opens.

    Attributes:
        territory: whose technicians would come; of ``NEIGHBOUR`` it is another than the place's own.
    """

    kind: RelaxationKind
    slot: Slot
    territory: Territory


def relaxation_find(need: Need, territory: Territory, span: TimeSpan, *, now: datetime) -> Relaxation | None:
    """The smallest change that opens a window, or none.

    Tried in turn: urgent (the emergency reserve), a later day, hours outside the usual ones, one skill level less,
    technicians of the nearest other territories. The first two a customer can choose alone; the others name what a
    person at the desk could agree to.
    """
    for kind, found in _tries(need, territory, span, now):
        first = found()
        if first is not None:
            return Relaxation(kind, first[0], first[1])
    return None


_Found = tuple[Slot, Territory] | None


def _tries(
    need: Need, territory: Territory, span: TimeSpan, now: datetime
) -> Iterator[tuple[RelaxationKind, Callable[[], _Found]]]:
    later = TimeSpan(max(span.end, now), now + timedelta(days=LONGEST_DAYS))
    if territory.reserve_percent and not need.is_urgent:
        yield RelaxationKind.URGENT, lambda: _first(replace(need, is_urgent=True), territory, span, now)
    if later.end > later.start:
        yield RelaxationKind.LATER, lambda: _first(need, territory, later, now)
    if not need.is_round_the_clock:
        yield RelaxationKind.OFF_HOURS, lambda: _first(replace(need, is_round_the_clock=True), territory, span, now)
    if any(level > 1 for _skill, level in need.skills):
        easier = replace(need, skills=tuple((skill, max(1, level - 1)) for skill, level in need.skills))
        yield RelaxationKind.LEVEL, lambda: _first(easier, territory, span, now)
    for other in _neighbours(territory, need.place):
        yield RelaxationKind.NEIGHBOUR, lambda other=other: _first(need, other, span, now)  # type: ignore[misc]  # bound at once


def _first(need: Need, territory: Territory, span: TimeSpan, now: datetime) -> _Found:
    slots = slots_free(need, territory, start=span.start, end=span.end, now=now)
    return (slots[0], territory) if slots else None


def _neighbours(territory: Territory, place: Point) -> list[Territory]:
    """The nearest other territories in service, by the nearest corner of their borders."""
    others = Territory.objects.filter(retired_at__isnull=True).exclude(pk=territory.pk)

    def metres(other: Territory) -> float:
        return min(metres_between(place, Point(corner[1], corner[0])) for corner in other.ring)

    return sorted(others, key=metres)[:NEIGHBOURS]
