"""Plans the routes of a problem with the search that fits it."""

from collections import defaultdict
from collections.abc import Iterator

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.pyvrp_model import Owner, PyvrpModel, beyond_pyvrp, pyvrp_model
from paidan_engine.routing.pyvrp_search import Sequences
from paidan_engine.routing.relay import Meter, Relay
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.stop import Stop
from paidan_engine.routing.timetable import timed_routes


def solve_routes(problem: RouteProblem, stop: Stop, seed: int = 0) -> RoutePlan:
    """The best plan found until ``stop``, by PyVRP where it can express the problem, else by ruin and recreate.

    The same seed gives the same plan when ``stop`` counts steps. Where not everybody who must be can be served, the
    plan serves whom it can.
    """
    if not problem.visits or not any(technician.shifts for technician in problem.technicians):
        return RoutePlan(())
    found = solve_by_pyvrp(problem, stop, seed) if beyond_pyvrp(problem) is None else None
    if found is not None:
        return found
    from paidan_engine.routing.ruin_recreate.search import ruin_recreate  # compiled on first use, so loaded on demand

    return ruin_recreate(problem, stop, seed).plan


def solve_by_pyvrp(problem: RouteProblem, stop: Stop, seed: int = 0) -> RoutePlan | None:
    """The best plan found until ``stop`` that keeps the rules; None when none was found.

    Ask ``beyond_pyvrp`` first; there must be a visit and a shift.
    """
    model = pyvrp_model(problem)
    found = Relay(model.data, Meter(stop), seed).plan()
    return None if found is None else RoutePlan(timed_routes(problem, _owned(model, found)))


def _owned(model: PyvrpModel, routes: Sequences) -> Iterator[tuple[Owner, tuple[int, ...]]]:
    """Each route with a technician of its vehicle type, in the order of the problem."""
    taken: dict[int, int] = defaultdict(int)
    for kind, clients in routes:
        yield model.owners[kind][taken[kind]], clients
        taken[kind] += 1
