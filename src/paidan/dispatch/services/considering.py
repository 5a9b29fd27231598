"""What a batch knows of each visit before it is matched: who could, at what cost, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from paidan.dispatch.costs import Person, Way, cost_parts, load_steps, waiting_price, way_of
from paidan.dispatch.policies import PolicyInForce
from paidan.dispatch.services.promises import task_of_visit
from paidan.dispatch.services.recording import verdicts_as_data
from paidan.dispatch.standing_plan import Book, visit_key
from paidan.visits.models import Visit
from paidan.workforce.models import Technician
from paidan_engine.constraints import Verdict, eligibility
from paidan_engine.matching import Candidate, MatchProblem, MatchTask, MatchTechnician, match
from paidan_engine.problem import Task
from paidan_engine.solution import Route

CANDIDATES_KEPT = 8


@dataclass(slots=True)
class Considered:
    """One visit of the batch with everything known about it."""

    visit: Visit
    task: Task
    price: int
    ways: dict[int, Way] = field(default_factory=dict)
    parts: dict[int, dict[str, int]] = field(default_factory=dict)
    refused: dict[int, list[Verdict]] = field(default_factory=dict)

    def cost(self, technician_id: int) -> int:
        return sum(self.parts[technician_id].values())

    @property
    def ranked(self) -> list[int]:
        """Eligible technicians, cheapest first; ties by id."""
        return sorted(self.parts, key=lambda t: (self.cost(t), t))


def people_of(book: Book) -> dict[int, Person]:
    ids = {route.shift.technician for route in book.plan}
    rows = Technician.objects.filter(pk__in=ids).values_list("pk", "rating_mean", "experience_years")
    return {pk: Person(pk, rating, years) for pk, rating, years in rows}


def consider(visit: Visit, book: Book, people: dict[int, Person], policy: PolicyInForce) -> Considered:
    found = book.plan.find(visit_key(visit.pk))
    task = found[1].task if found is not None else task_of_visit(visit)
    considered = Considered(visit, task, waiting_price(task, visit.urgency, policy.weights, book.now))
    for route in book.plan:
        _judge(considered, route, book, people, policy)
    return considered


def _judge(considered: Considered, route: Route, book: Book, people: dict[int, Person], policy: PolicyInForce) -> None:
    technician_id = route.shift.technician
    verdicts = eligibility(considered.task, route, book.travel, book.now)
    refused = [v for v in verdicts if not v.passed]
    if refused:
        if technician_id not in considered.parts:
            considered.refused[technician_id] = refused
        return
    way = way_of(considered.task, route, book)
    parts = cost_parts(
        considered.task,
        route,
        way,
        people[technician_id],
        policy.weights,
        is_demanding=considered.visit.item_version.is_demanding,
    )
    known = considered.parts.get(technician_id)
    if known is None or sum(parts.values()) < sum(known.values()):
        considered.parts[technician_id] = parts
        considered.ways[technician_id] = way
        considered.refused.pop(technician_id, None)


def batch_match(batch: Sequence[Considered], policy: PolicyInForce) -> dict[int, int]:
    """The optimum over the batch: visit id → technician id; what waits is not in it.

    Each further visit of one batch costs a technician more, so that work spreads (DISPATCH §3).
    """
    ids = {technician_id for considered in batch for technician_id in considered.parts}
    problem = MatchProblem(
        tasks=tuple(MatchTask(key=c.task.key, waiting_price=c.price) for c in batch),
        technicians=tuple(
            MatchTechnician(id=t, load_prices=load_steps(policy.weights, len(batch))) for t in sorted(ids)
        ),
        candidates=tuple(
            Candidate(task=c.task.key, technician=t, parts=tuple(parts.items()))
            for c in batch
            for t, parts in sorted(c.parts.items())
        ),
    )
    return {int(key[1:]): technician_id for key, technician_id in match(problem).pairs}


def record_of(considered: Considered, *, winner: int | None) -> dict[str, Any]:
    """The decision as data: candidates with their parts, refusals by rule, runner-up, margin, what would flip it."""
    ranked = considered.ranked
    runner_up = next((t for t in ranked if t != winner), None)
    margin = considered.cost(runner_up) - considered.cost(winner) if winner and runner_up else None
    return {
        "window": [considered.task.earliest, considered.task.latest],
        "price_of_waiting": considered.price,
        "winner": winner,
        "runner_up": runner_up,
        "margin_seconds": margin,
        "candidates": [
            {
                "technician": t,
                "cost": considered.cost(t),
                "parts": considered.parts[t],
                "start": considered.ways[t].start,
            }
            for t in ranked[:CANDIDATES_KEPT]
        ],
        "refused": [
            {"technician": t, "rules": verdicts_as_data(verdicts)} for t, verdicts in sorted(considered.refused.items())
        ],
        "first_refusal": first_refusal(considered),
        "travel": "straight_line",
    }


def first_refusal(considered: Considered) -> str:
    return next((v[0].code for _, v in sorted(considered.refused.items()) if v), "")
