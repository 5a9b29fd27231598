"""Plans large days by searching parts of the plan in turn, each part by PyVRP.

A short search of the whole problem gives a start. Then the plan is cut into parts of neighbouring routes, each part is
searched for a while, and the plan is cut anew (POPMUSIC: Taillard & Voß 2002, doi 10.1007/978-1-4615-1507-4_27). Where
a round no longer pays, the parts grow, up to the whole.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from pyvrp import ProblemData

from paidan_engine.routing.part_data import part_of
from paidan_engine.routing.parts import Distances, client_distances, cut, route_distances
from paidan_engine.routing.pyvrp_search import FEW_NEIGHBOURS, NEIGHBOURS, PyvrpSearch, Sequences, cost_of
from paidan_engine.routing.stop import Stop

SMALLEST_PART = 150
"""Visits of a part: enough for the routes around one place to be arranged anew."""
ROUTES_OF_A_PART = 10
"""Long routes make large parts: visits can only move between routes of one part."""
STEPS_PER_VISIT = 6
"""Search steps of a part for each of its visits."""
FIRST_STEPS_PER_VISIT = 4
"""Search steps of the whole for each visit before the first cut: the number of routes is settled here."""
LEAST_GAIN = 0.001
"""A round that saves less than this share of the cost is not worth its time: the parts grow."""
GROWTH = 1.5


@dataclass(slots=True)
class Meter:
    """Counts the steps of all runs and asks the criterion after each, in terms of the whole plan's cost."""

    stop: Stop
    steps: int = 0
    ended: bool = False
    limit: int | None = None
    elsewhere: int = 0

    def run(self, limit: int | None = None, elsewhere: int = 0) -> "Meter":
        """For one run of so many steps, on a part beside which the plan costs ``elsewhere``."""
        self.limit = None if limit is None else self.steps + limit
        self.elsewhere = elsewhere
        return self

    def __call__(self, best_cost: int) -> bool:
        """PyVRP's question: is it over?"""
        self.ended = self.ended or self.stop.left(self.steps, self.elsewhere + best_cost) <= 0
        self.steps += 1
        return self.ended or (self.limit is not None and self.steps > self.limit)


@dataclass(slots=True)
class Relay:
    """One planning of one problem."""

    data: ProblemData
    meter: Meter
    seed: int
    search: PyvrpSearch = field(init=False)
    random: np.random.Generator = field(init=False)
    between: Distances = field(init=False)

    def __post_init__(self) -> None:
        self.search = PyvrpSearch(self.seed, FEW_NEIGHBOURS if self._is_large() else NEIGHBOURS)
        self.random = np.random.default_rng(self.seed)
        self.between = client_distances(self.data.distance_matrix(0), self.data.num_depots)

    def plan(self, start: Sequences | None = None) -> Sequences | None:
        """The best feasible routes until the meter ends; None when none was found."""
        if not self._is_large():
            return self.search.run(self.data, start, self.meter.run()) or start
        routes = start
        while routes is None and not self.meter.ended:
            routes = self.search.run(self.data, None, self.meter.run(FIRST_STEPS_PER_VISIT * self.data.num_clients))
        if routes is None:
            return None
        size = self._first_size(routes)
        while size < self.data.num_clients and not self.meter.ended:
            before = cost_of(self.data, routes)
            routes = self._round(routes, size)
            if before - cost_of(self.data, routes) < LEAST_GAIN * before:
                size = int(size * GROWTH)
        return routes if self.meter.ended else self.search.run(self.data, routes, self.meter.run()) or routes

    def _is_large(self) -> bool:
        """Worth cutting; what is not is left to PyVRP as it comes."""
        return self.data.num_clients > SMALLEST_PART

    def _first_size(self, routes: Sequences) -> int:
        """Visits of a part at the beginning."""
        served = sum(len(clients) for _, clients in routes)
        return max(SMALLEST_PART, ROUTES_OF_A_PART * served // max(1, len(routes)))

    def _round(self, routes: Sequences, size: int) -> Sequences:
        """Every part of one cut searched once."""
        if not routes:
            return self.search.run(self.data, routes, self.meter.run(size)) or routes
        distances = route_distances(self.between, [clients for _, clients in routes])
        planned = routes
        for part in cut(distances, [len(clients) for _, clients in routes], size, self.random):
            if self.meter.ended:
                break
            planned = self._improve(planned, [routes[number] for number in part])
        return planned

    def _improve(self, routes: Sequences, chosen: Sequences) -> Sequences:
        """The plan with the chosen routes searched as a problem of their own."""
        rest = [route for route in routes if route not in chosen]
        clients = [client for _, sequence in chosen for client in sequence]
        part = part_of(self.data, clients + self._unserved_near(routes, clients), _kinds(chosen), self._spare(routes))
        start = part.inward(chosen)
        elsewhere = cost_of(self.data, routes) - cost_of(part.data, start)
        meter = self.meter.run(STEPS_PER_VISIT * len(part.clients), elsewhere)
        found = self.search.run(part.data, start, meter)
        if found is None or cost_of(part.data, found) > cost_of(part.data, start):
            return routes
        return rest + part.outward(found)

    def _spare(self, routes: Sequences) -> Counter[int]:
        """Vehicles of each type that no route uses."""
        used = _kinds(routes)
        kinds = enumerate(self.data.vehicle_types())
        return Counter({number: kind.num_available - used[number] for number, kind in kinds})

    def _unserved_near(self, routes: Sequences, clients: list[int]) -> list[int]:
        """Optional visits left out whose nearest served neighbour is among the clients."""
        served = np.array(sorted(client for _, sequence in routes for client in sequence))
        left = np.setdiff1d(np.arange(self.data.num_clients), served)
        if not len(left):
            return []
        nearest = served[np.argmin(self.between[np.ix_(left, served)], axis=1)]
        return [int(client) for client in left[np.isin(nearest, clients)]]


def _kinds(routes: Sequences) -> Counter[int]:
    return Counter(kind for kind, _ in routes)
