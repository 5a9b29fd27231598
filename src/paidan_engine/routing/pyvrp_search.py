"""One run of PyVRP's iterated local search, on the whole problem or on a part of it."""

import warnings
from dataclasses import dataclass, field

from pyvrp import (
    Activity,
    ActivityType,
    IteratedLocalSearch,
    IteratedLocalSearchParams,
    PenaltyManager,
    PenaltyParams,
    ProblemData,
    RandomNumberGenerator,
    Route,
    Solution,
)
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)
from pyvrp.stop import StoppingCriterion

NEIGHBOURS = 50
"""Nearest visits each move looks at, PyVRP's own choice."""
FEW_NEIGHBOURS = 30
"""On large days the further twenty cost nearly as much time again and find little."""

Sequences = list[tuple[int, tuple[int, ...]]]
"""For each route in use its vehicle type and its clients in order."""


@dataclass(slots=True)
class PyvrpSearch:
    """Runs that share a stream of random numbers and what they learn about the price of broken rules."""

    seed: int
    neighbours: int = NEIGHBOURS
    random: RandomNumberGenerator = field(init=False)
    penalties: PenaltyParams = field(default_factory=PenaltyParams)
    learnt: tuple[list[float], float, float] | None = None

    def __post_init__(self) -> None:
        self.random = RandomNumberGenerator(self.seed)

    def run(self, data: ProblemData, start: Sequences | None, stop: StoppingCriterion) -> Sequences | None:
        """The best feasible routes found from a start, or from chance, until ``stop(best cost)``; None without any."""
        search = self._local_search(data)
        prices = PenaltyManager(self.learnt or self.penalties.midpoint_penalties(data), self.penalties)
        if start is None:
            chance = Solution.make_random(data, self.random)
            first = search(chance, prices.max_cost_evaluator(), exhaustive=True)
        else:
            first = solution_of(data, start)
        rounds = IteratedLocalSearch(data, prices, search, first, IteratedLocalSearchParams())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PenaltyBoundWarning)  # whether the rules are kept is asked below
            best = rounds.run(stop, collect_stats=False).best
        self.learnt = prices.penalties()
        return sequences_of(best) if best.is_feasible() else None

    def _local_search(self, data: ProblemData) -> LocalSearch:
        neighbours = compute_neighbours(data, NeighbourhoodParams(num_neighbours=self.neighbours))
        search = LocalSearch(data, self.random, neighbours, PerturbationManager(PerturbationParams()))
        for operator in OPERATORS:
            if operator.supports(data):
                search.add_operator(operator(data))
        return search


def solution_of(data: ProblemData, sequences: Sequences) -> Solution:
    """PyVRP's solution of these routes."""
    return Solution(
        data,
        [Route(data, [Activity(ActivityType.CLIENT, c) for c in clients], kind) for kind, clients in sequences],
    )


def sequences_of(solution: Solution) -> Sequences:
    """The routes of PyVRP's solution that serve anybody."""
    routes = ((route.vehicle_type(), tuple(a.idx for a in route if a.is_client())) for route in solution.routes())
    return [(kind, clients) for kind, clients in routes if clients]


def cost_of(data: ProblemData, sequences: Sequences) -> int:
    """Distance and fixed costs of the routes and prizes left behind; feasible routes assumed."""
    solution = solution_of(data, sequences)
    return int(solution.distance_cost() + solution.fixed_vehicle_cost() + solution.uncollected_prizes())
