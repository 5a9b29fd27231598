"""What is asked of the plan: a service at a place."""

from __future__ import annotations

from dataclasses import dataclass

from paidan.catalog.models import ServiceItemVersion
from paidan.dispatch.standing_plan import epoch
from paidan.kernel.geo import Point, ring_contains
from paidan.kernel.timespan import TimeSpan
from paidan.workforce.models import Territory
from paidan_engine.problem import Task


@dataclass(frozen=True, slots=True)
class Slot:
    """A window in which somebody can be there; work starts inside it."""

    window: TimeSpan
    territory_id: int


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be done and where, as far as slots care; ``extra_minutes`` are part of ``duration_minutes``.

    What is urgent may use the emergency reserve of the territory.
    """

    item_version_id: int
    duration_minutes: int
    skills: tuple[tuple[int, int], ...]
    is_round_the_clock: bool
    place: Point
    extra_minutes: int = 0
    is_urgent: bool = False

    def task(self, window: TimeSpan, key: str = "slot") -> Task:
        return Task(
            key=key,
            place=(self.place.lat, self.place.lng),
            earliest=epoch(window.start),
            latest=epoch(window.end),
            duration=self.duration_minutes * 60,
            skills=self.skills,
        )


def need_of(version: ServiceItemVersion, place: Point, *, extra_minutes: int = 0, is_urgent: bool = False) -> Need:
    """The need of a version at a place; ``extra_minutes`` are those of what is sold along with it."""
    return Need(
        item_version_id=version.pk,
        duration_minutes=version.duration_minutes + extra_minutes,
        skills=tuple(sorted(version.needs.values_list("skill_id", "level"))),
        is_round_the_clock=version.is_round_the_clock,
        place=place,
        extra_minutes=extra_minutes,
        is_urgent=is_urgent,
    )


def territory_at(place: Point) -> Territory | None:
    """The served territory a place lies in."""
    return next(
        (t for t in Territory.objects.filter(retired_at__isnull=True) if ring_contains(t.ring, place)),
        None,
    )
