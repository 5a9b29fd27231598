"""Who was on duty, and who would have taken a visit: a day of the past, replayed stop by stop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from paidan.accounts.access import actor_of_user
from paidan.dispatch.policies import Weights
from paidan.kernel.actors import Actor
from paidan.kernel.geo import Point, travel_seconds
from paidan.kernel.timespan import TimeSpan
from paidan.visits.services import Crew
from paidan.workforce.models import Shift, Technician, TechnicianSkill

CANDIDATES_KEPT = 8
_SLACK = 1.25
"""A visit is planned only where a quarter more than its usual time is left in the shift."""


@dataclass(eq=False, slots=True)
class Worker:
    """A technician as the story knows them.

    Attributes:
        quality: mean stars this person earns; nobody in the product knows it.
        pace: actual over planned duration, on average.
        eagerness: chance to grab what they may take.
    """

    technician: Technician
    actor: Actor
    skills: dict[int, int]
    quality: float
    pace: float
    eagerness: float
    stars: list[float] = field(default_factory=list)

    @property
    def home(self) -> Point:
        return Point(self.technician.home_lat, self.technician.home_lng)

    @property
    def crew(self) -> Crew:
        return Crew(self.technician.pk, self.technician.user_id)


@dataclass(eq=False, slots=True)
class Duty:
    """A worker's shift as it fills up."""

    shift: Shift
    worker: Worker
    span: TimeSpan
    free_at: datetime
    place: Point
    taken: int = 0

    def fill(self, *, until: datetime, place: Point) -> None:
        """The worker is at a place until an instant."""
        self.free_at, self.place, self.taken = until, place, self.taken + 1


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done, as far as choosing somebody goes."""

    window: TimeSpan
    place: Point
    minutes: int
    needs: tuple[tuple[int, int], ...]
    is_demanding: bool


@dataclass(frozen=True, slots=True)
class Way:
    """How a worker would do it; ``parts`` in equivalent seconds of travel, their sum is the cost."""

    duty: Duty
    start: datetime
    travel: int
    parts: dict[str, int]

    @property
    def cost(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """Everybody on duty, weighed: the possible ones cheapest first, the others with the rule that refuses."""

    ways: tuple[Way, ...]
    refused: tuple[tuple[int, str], ...]

    def record(self, winner: Way, *, price_of_waiting: int) -> dict[str, object]:
        """The decision as ``dispatch`` keeps it."""
        others = [way for way in self.ways if way is not winner]
        return {
            "price_of_waiting": price_of_waiting,
            "winner": winner.duty.worker.technician.pk,
            "runner_up": others[0].duty.worker.technician.pk if others else None,
            "margin_seconds": others[0].cost - winner.cost if others else None,
            "candidates": [
                {
                    "technician": way.duty.worker.technician.pk,
                    "cost": way.cost,
                    "parts": way.parts,
                    "start": int(way.start.timestamp()),
                }
                for way in self.ways[:CANDIDATES_KEPT]
            ],
            "refused": [
                {"technician": technician, "rules": [{"rule": rule, "facts": {}}]} for technician, rule in self.refused
            ],
            "first_refusal": self.refused[0][1] if self.refused else "",
            "travel": "straight_line",
        }


class DutyBook:
    """All shifts of the past by territory and date."""

    def __init__(self, *, first: date, last: date, rng: Random) -> None:
        workers = workers_load(rng)
        self.workers = tuple(workers.values())
        self._duties: dict[tuple[int, date], list[Duty]] = defaultdict(list)
        for shift in Shift.objects.filter(service_date__range=(first, last)).order_by("pk"):
            worker = workers[shift.technician_id]
            span = TimeSpan(shift.span.lower, shift.span.upper)
            duty = Duty(shift, worker, span, free_at=span.start, place=worker.home)
            self._duties[shift.territory_id, shift.service_date].append(duty)

    def of(self, territory_id: int) -> list[Duty]:
        """Every shift of a territory."""
        return [duty for (place, _), duties in self._duties.items() if place == territory_id for duty in duties]

    def around(self, territory_id: int, day: date) -> list[Duty]:
        """The shifts that start on a local date or the one before."""
        return [
            duty for offset in (1, 0) for duty in self._duties.get((territory_id, day - timedelta(days=offset)), ())
        ]


def workers_load(rng: Random) -> dict[int, Worker]:
    """Every technician with invented inner qualities, by id."""
    skills: dict[int, dict[int, int]] = defaultdict(dict)
    for technician_id, skill_id, level in TechnicianSkill.objects.values_list("technician", "skill", "level"):
        skills[technician_id][skill_id] = level
    return {
        technician.pk: Worker(
            technician=technician,
            actor=actor_of_user(technician.user),
            skills=skills[technician.pk],
            quality=min(4.95, max(3.5, rng.gauss(4.5 + 0.01 * technician.experience_years, 0.22))),
            pace=rng.uniform(0.85, 1.15),
            eagerness=rng.uniform(0.35, 0.9),
        )
        for technician in Technician.objects.select_related("user__role").order_by("staff_number")
    }


def choose(errand: Errand, duties: Iterable[Duty], weights: Weights) -> Choice:
    """Weigh everybody on duty by the hard rules and the policy's terms (DISPATCH §1, §2)."""
    ways, refused = [], []
    for duty in duties:
        if not duty.span.overlaps(errand.window):
            continue
        travel = travel_seconds(duty.place, errand.place)
        start = max(errand.window.start, duty.free_at + timedelta(seconds=travel))
        rule = _refusal(errand, duty, start)
        if rule:
            refused.append((duty.worker.technician.pk, rule))
        else:
            ways.append(Way(duty, start, travel, _parts(errand, duty, start, travel, weights)))
    ways.sort(key=lambda way: (way.cost, way.duty.worker.technician.pk))
    return Choice(tuple(ways), tuple(refused))


def _refusal(errand: Errand, duty: Duty, start: datetime) -> str:
    """The first hard rule that speaks against it, or ``""``."""
    skills = duty.worker.skills
    rules = (
        ("skill", any(skill not in skills for skill, _ in errand.needs)),
        ("level", any(skills.get(skill, 0) < level for skill, level in errand.needs)),
        ("load_cap", duty.taken >= duty.worker.technician.load_cap),
        ("reachable", start > errand.window.end),
        ("shift", start + timedelta(minutes=errand.minutes * _SLACK) > duty.span.end),
    )
    return next((rule for rule, speaks_against in rules if speaks_against), "")


def _parts(errand: Errand, duty: Duty, start: datetime, travel: int, weights: Weights) -> dict[str, int]:
    surplus = sum(duty.worker.skills[skill] - level for skill, level in errand.needs)
    waiting = round((start - errand.window.start).total_seconds())
    return {
        "travel": travel,
        "level": (-surplus if errand.is_demanding else surplus) * weights.level_step,
        "rating": 0,
        "experience": -min(duty.worker.technician.experience_years, 10) * weights.experience_year,
        "load": duty.taken * weights.load_visit,
        "response": max(0, waiting) * weights.idle_share // 100,
    }
