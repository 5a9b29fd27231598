"""The cost of giving a visit to a technician, in equivalent seconds of travel, part by part (DISPATCH §2)."""

from __future__ import annotations

from dataclasses import dataclass

from paidan.dispatch.policies import Weights
from paidan.dispatch.standing_plan import Book
from paidan.visits.constants import Urgency
from paidan_engine.problem import Task
from paidan_engine.repair import Insertion, insertions
from paidan_engine.solution import DayPlan, Route

MEAN_STARS = 4.0
YEARS_THAT_COUNT = 10
NEAR_SECONDS = 7_200


@dataclass(frozen=True, slots=True)
class Person:
    """What a technician brings beside skills: rating (shrunk mean of stars) and years."""

    id: int
    rating: float
    experience_years: int


@dataclass(frozen=True, slots=True)
class Way:
    """How an eligible technician would do it: start of work (epoch seconds) and added travel."""

    start: int
    added_travel: int


def way_of(task: Task, route: Route, book: Book) -> Way:
    """The cheapest place for a task among what is fixed for this technician.

    Where only a new order of the day makes room, the way from home stands for the added travel.
    """
    own = Route(route.shift, tuple(stop for stop in route.stops if stop.pinned and stop.task.key != task.key))
    found: list[Insertion] = insertions(DayPlan((own,)), task, book.travel, book.now)
    if found:
        return Way(found[0].start, found[0].added_cost)
    return Way(max(task.earliest, book.now), book.travel.travel(route.shift.origin, task.place))


def cost_parts(
    task: Task, route: Route, way: Way, person: Person, weights: Weights, *, is_demanding: bool
) -> dict[str, int]:
    """Each preference's share of the cost; the sum is the cost, lower is better."""
    surplus = sum(route.shift.skills[skill] - need for skill, need in task.skills)
    taken = sum(stop.pinned for stop in route.stops)
    return {
        "travel": way.added_travel,
        "level": (-surplus if is_demanding else surplus) * weights.level_step,
        "rating": -round((person.rating - MEAN_STARS) * weights.rating_star) if person.rating else 0,
        "experience": -min(person.experience_years, YEARS_THAT_COUNT) * weights.experience_year,
        "load": taken * weights.load_visit,
        "response": max(0, way.start - task.earliest) * weights.idle_share // 100,
    }


def waiting_price(task: Task, urgency: str, weights: Weights, now: int) -> int:
    """What leaving a visit for the next round costs: more for urgent work, and as the promise nears."""
    factor = {Urgency.NORMAL: 1, Urgency.URGENT: weights.urgent_factor}.get(Urgency(urgency), weights.urgent_factor**2)
    left = max(1, task.latest - now)
    nearness = max(1, NEAR_SECONDS * 4 // left)
    return weights.waiting_price * factor * min(nearness, 24)


def load_steps(weights: Weights, cap: int) -> tuple[int, ...]:
    """What each further visit of the same batch costs a technician: rising, so that work spreads."""
    return tuple(weights.load_visit * step for step in range(max(1, cap)))
