"""``paidan engine solve``: a file of routes in, the plan in the words of the command's contract out."""

import time
from importlib import import_module
from pathlib import Path

from paidan_engine.reading import RouteFile, read_routes
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solution import DayRoute, RoutePlan
from paidan_engine.routing.stop import Asked, CpuSeconds, First
from paidan_engine.verify import RoutePlanCheck, verify_route_plan

LIBRARIES = ("pyvrp", "paidan_engine.routing.solve")
"""Loaded before the measurement starts."""


def solve_file(path: Path, seconds: float, seed: int, asked: Asked) -> dict[str, object]:
    """Plan a file for so many CPU seconds, reading and checking included, libraries loaded before.

    Raises:
        InvalidProblem: a fault in the file; the sentence names line or field.
        OSError, UnicodeDecodeError: it cannot be read.
    """
    for library in LIBRARIES:
        import_module(library)
    since = time.process_time()
    file = read_routes(path.read_text(encoding="utf-8"))
    plan = _search(file.problem, seconds, since, seed, asked)
    check = verify_route_plan(file.problem, plan)
    return {
        "cost": check.cost if file.scale == 1 else check.cost / file.scale,
        "feasible": check.feasible,
        "routes": _by_index(file.problem, plan),
        "cpu_seconds": round(time.process_time() - since, 3),
    } | (_details(file, plan, check) if file.own else {})


def _search(problem: RouteProblem, seconds: float, since: float, seed: int, asked: Asked) -> RoutePlan:
    from paidan_engine.routing.solve import solve_routes

    return solve_routes(problem, First(CpuSeconds(seconds, since), asked), seed)


def _by_index(problem: RouteProblem, plan: RoutePlan) -> list[list[int]]:
    """Each route as the numbers of its visits in the file, from 1; 0 is the depot and left out."""
    number = {visit.key: place for place, visit in enumerate(problem.visits, start=1)}
    return [[number[stop.visit] for stop in route.stops] for route in plan]


def _details(file: RouteFile, plan: RoutePlan, check: RoutePlanCheck) -> dict[str, object]:
    """What our own files ask further: who, when, what the cost is made of, and what is wrong."""
    served = plan.served()
    return {
        "plan": [_route(route) for route in plan],
        "unserved": [visit.key for visit in file.problem.visits if visit.key not in served],
        "parts": dict(check.parts),
        "violations": [
            {"rule": found.code, "subject": found.subject, "sentence": found.sentence} for found in check.violations
        ],
    }


def _route(route: DayRoute) -> dict[str, object]:
    stops = [{"id": stop.visit, "seat": stop.seat, "start": stop.start} for stop in route.stops]
    return {"technician": route.technician, "shift": route.shift, "stops": stops, "breaks": list(route.breaks)}
