"""The solvers of ``bench.engine_routing``, each on a file for so many CPU seconds with one thread.

    python -m bench.routing_solvers SOLVER FILE SECONDS SEED

prints the judged plan as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np

from paidan_engine.reading import read_routes
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.solve import solve_routes
from paidan_engine.routing.stop import CpuSeconds
from paidan_engine.routing.timetable import timed_routes
from paidan_engine.verify import verify_route_plan

BUSY = 4
"""Seconds on the wall for each CPU second that VROOM is given; where it gets more than its share, it is favoured."""

Routes = list[list[int]]
"""Visits by their number in the file, from 1."""


def by_paidan(problem: RouteProblem, _file: Path, seconds: float, seed: int) -> Routes:
    """This engine."""
    number = {visit.key: place for place, visit in enumerate(problem.visits, start=1)}
    plan = solve_routes(problem, CpuSeconds(seconds, time.process_time()), seed)
    return [[number[stop.visit] for stop in route.stops] for route in plan]


def by_pyvrp(_problem: RouteProblem, file: Path, seconds: float, seed: int) -> Routes:
    """PyVRP as it comes: its own reader with the same rounding, ``solve`` with its defaults."""
    import pyvrp

    class Cpu:
        def __init__(self) -> None:
            self.end = time.process_time() + seconds

        def __call__(self, best_cost: int) -> bool:
            return time.process_time() >= self.end

    data = pyvrp.read(file, "dimacs")
    result = pyvrp.solve(data, Cpu(), seed=seed, collect_stats=False)
    return [[part.idx + 1 for part in route if part.is_client()] for route in result.best.routes()]


def by_vroom(problem: RouteProblem, _file: Path, seconds: float, seed: int) -> Routes:
    """VROOM at its most thorough: it ends by itself, or by the clock on the wall, which a busy machine slows down."""
    import vroom

    task = vroom.Input()
    task.set_durations_matrix("car", problem.travel_times.astype(np.uint32))
    task.set_costs_matrix("car", problem.distances.astype(np.uint32))
    shift = problem.technicians[0].shifts[0]
    fleet = _fleet(problem)
    task.add_vehicle(
        [
            vroom.Vehicle(n, start=0, end=0, capacity=[shift.load_cap], time_window=(shift.start, shift.end))
            for n in range(1, fleet + 1)
        ]
    )
    task.add_job(
        [
            vroom.Job(
                number,
                location=visit.location,
                default_service=visit.seats[0].duration,
                delivery=[visit.load],
                time_windows=[vroom.TimeWindow(*visit.windows[0])],
            )
            for number, visit in enumerate(problem.visits, start=1)
        ]
    )
    solution = task.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=BUSY * seconds))
    jobs = solution.routes[solution.routes["type"] == "job"]
    return [[int(job) for job in rows["id"]] for _, rows in jobs.groupby("vehicle_id")]


def by_ortools(problem: RouteProblem, _file: Path, seconds: float, seed: int) -> Routes:
    """OR-Tools' routing: cheapest insertion, then guided local search, stopped by CPU seconds; it has no seed."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    end = time.process_time() + seconds
    nodes, fleet = len(problem.visits) + 1, _fleet(problem)
    manager = pywrapcp.RoutingIndexManager(nodes, fleet, 0)
    routing = pywrapcp.RoutingModel(manager)
    shift = problem.technicians[0].shifts[0]
    arcs, service = problem.distances.tolist(), [0, *(visit.seats[0].duration for visit in problem.visits)]
    loads = [0, *(visit.load for visit in problem.visits)]
    cost = routing.RegisterTransitMatrix(arcs)
    spent = [[arc + service[row] for arc in line] for row, line in enumerate(arcs)]
    routing.SetArcCostEvaluatorOfAllVehicles(cost)
    routing.AddDimension(routing.RegisterTransitMatrix(spent), shift.end, shift.end, False, "time")
    routing.AddDimension(routing.RegisterUnaryTransitVector(loads), 0, shift.load_cap, True, "load")
    clock = routing.GetDimensionOrDie("time")
    for number, visit in enumerate(problem.visits, start=1):
        clock.CumulVar(manager.NodeToIndex(number)).SetRange(*visit.windows[0])
        if visit.value is not None:
            routing.AddDisjunction([manager.NodeToIndex(number)], visit.value)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(100_000)
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() >= end))
    found = routing.SolveWithParameters(parameters)
    routes = []
    for vehicle in range(fleet) if found else ():
        at, route = routing.Start(vehicle), []
        while not routing.IsEnd(at := found.Value(routing.NextVar(at))):
            route.append(manager.IndexToNode(at))
        if route:
            routes.append(route)
    return routes


def _fleet(problem: RouteProblem) -> int:
    """Vehicles for solvers that are slower the more they have: the number in the public files."""
    return min(250, len(problem.technicians))


SOLVERS: dict[str, Callable[[RouteProblem, Path, float, int], Routes]] = {
    "paidan": by_paidan,
    "pyvrp": by_pyvrp,
    "vroom": by_vroom,
    "ortools": by_ortools,
}
PACKAGES = {"paidan": "pyvrp", "pyvrp": "pyvrp", "vroom": "pyvroom", "ortools": "ortools"}


def main(solver: str, file: Path, seconds: float, seed: int) -> None:
    """Run, judge, print."""
    problem = read_routes(file.read_text()).problem
    started = time.process_time()
    routes = SOLVERS[solver](problem, file, seconds, seed)
    spent = time.process_time() - started
    owned = [((problem.technicians[row].key, 0), tuple(v - 1 for v in route)) for row, route in enumerate(routes)]
    check = verify_route_plan(problem, RoutePlan(timed_routes(problem, owned)))
    answer = {"cost": check.cost, "feasible": check.feasible, "routes": len(routes), "cpu_seconds": round(spent, 1)}
    print(json.dumps(answer | {"version": version(PACKAGES[solver])}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
