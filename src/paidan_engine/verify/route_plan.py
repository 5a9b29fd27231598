"""Checks a route plan and prices it, from the plan's own times and the problem's own numbers.

It applies the lists of hard rules and soft costs, which no search uses.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from paidan_engine.routing.constraints import HARD_RULES
from paidan_engine.routing.objective import SOFT_COSTS
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.view import view_plan
from paidan_engine.verify.violation import Violation


@dataclass(frozen=True, slots=True)
class RoutePlanCheck:
    """What is wrong with a route plan, and what it costs.

    Attributes:
        cost: the sum of ``parts``.
        parts: each soft cost by name, weighted.
    """

    violations: tuple[Violation, ...]
    cost: int
    parts: Mapping[str, int]

    @property
    def feasible(self) -> bool:
        """Nothing is wrong."""
        return not self.violations


def verify_route_plan(problem: RouteProblem, plan: RoutePlan) -> RoutePlanCheck:
    """Every broken rule of a plan, and its cost; a plan that names what does not exist has no cost."""
    unknown = tuple(_unknown(problem, plan))
    if unknown:
        return RoutePlanCheck(unknown, 0, {})
    view = view_plan(problem, plan)
    broken = [
        Violation(rule.name, breach.subject, breach.sentence) for rule in HARD_RULES for breach in rule.breaches(view)
    ]
    parts = {
        soft.name: soft.weight(problem.weights) * sum(breach.amount for breach in soft.units(view))
        for soft in SOFT_COSTS
    }
    return RoutePlanCheck(tuple(broken), sum(parts.values()), parts)


def _unknown(problem: RouteProblem, plan: RoutePlan) -> Iterator[Violation]:
    seats = {visit.key: len(visit.seats) for visit in problem.visits}
    shifts = {technician.key: len(technician.shifts) for technician in problem.technicians}
    for route in plan.routes:
        if not 0 <= route.shift < shifts.get(route.technician, 0):
            yield Violation("unknown", route.technician, f"There is no shift {route.shift} of this technician.")
        for stop in route.stops:
            if not 0 <= stop.seat < seats.get(stop.visit, 0):
                yield Violation("unknown", stop.visit, f"There is no seat {stop.seat} of this visit.")
