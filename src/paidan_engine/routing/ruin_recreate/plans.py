"""Between a route plan and the rings of the search."""

from collections.abc import Iterator

import numpy as np

from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate.chain import link
from paidan_engine.routing.ruin_recreate.compiling import empty_rounds, nodes_of, routes_of
from paidan_engine.routing.ruin_recreate.day import Day, Desk, Rounds
from paidan_engine.routing.ruin_recreate.insertion import commit, in_order, route_open
from paidan_engine.routing.ruin_recreate.kernels import NEVER, Integers, inner, kernel
from paidan_engine.routing.ruin_recreate.timing import homecoming
from paidan_engine.routing.solution import DayRoute, RoutePlan, RouteStop


def decode(problem: RouteProblem, day: Day, rounds: Rounds, *, idle: bool = False) -> RoutePlan:
    """The routes in use with their times; with ``idle`` the empty ones too, for their breaks."""
    nodes, routes = nodes_of(problem), []
    for number, route in enumerate(routes_of(problem)):
        ring = list(_ring(day, rounds, number))
        if ring or idle:
            stops = tuple(
                RouteStop(nodes[node].visit.key, int(rounds.start[node]), node - int(day.first[day.visit[node]]))
                for node in ring
            )
            breaks = tuple(_breaks(day, rounds, number, ring))
            routes.append(DayRoute(route.technician.key, stops, route.number, breaks))
    return RoutePlan(tuple(routes))


def _ring(day: Day, rounds: Rounds, route: int) -> Iterator[int]:
    node = int(rounds.after[len(day.visit) + route])
    while node < len(day.visit):
        yield node
        node = int(rounds.after[node])


def _breaks(day: Day, rounds: Rounds, route: int, ring: list[int]) -> Iterator[int]:
    """Start of each break: at once when it is taken on the way, at home when it is left for then."""
    free, number = int(day.begins[route]), int(day.breaks[route])
    for node in ring:
        while number < day.breaks[route] + rounds.rests[node]:
            start = max(free, int(day.break_opens[number]))
            free = start + int(day.break_length[number])
            yield start
            number += 1
        free = int(rounds.end[node])
    home = int(homecoming(day, rounds, route))
    for left in range(number, int(day.breaks[route + 1])):
        there = max(free, int(day.break_opens[left]), home)
        start = there if there <= day.break_latest[left] else max(free, int(day.break_opens[left]))
        free = start + int(day.break_length[left])
        yield start


def encode(problem: RouteProblem, day: Day, desk: Desk, plan: RoutePlan) -> Rounds:
    """The rings of a plan, as far as it keeps the hard rules: what cannot stay as planned is left out.

    What the plan knows and the problem does not is left out too.
    """
    rounds = empty_rounds(day)
    numbers = {(route.technician.key, route.number): number for number, route in enumerate(routes_of(problem))}
    index = {visit.key: number for number, visit in enumerate(problem.visits)}
    planned = np.full((len(day.visit), 2), -1, dtype=np.int64)
    earliest = np.full(len(index), NEVER, dtype=np.int64)
    for route in plan:
        number = numbers.get((route.technician, route.shift))
        for stop in route.stops:
            visit = index.get(stop.visit)
            if number is not None and visit is not None and stop.seat < day.crew[visit]:
                planned[day.first[visit] + stop.seat] = number, stop.start
                earliest[visit] = min(earliest[visit], stop.start)
    follow_plan(day, rounds, desk, planned, np.argsort(earliest, kind="stable"))
    return rounds


@kernel
def follow_plan(day: Day, rounds: Rounds, desk: Desk, planned: Integers, order: Integers) -> None:
    """Put every visit of a plan where it is planned, if that keeps the hard rules.

    Args:
        planned: (S, 2) route and start of each seat, -1 where there is none.
        order: (V,) visits by planned start.
    """
    for visit in order:
        node = day.first[visit]
        last = node + day.crew[visit] - 1
        route, other = planned[node, 0], planned[last, 0]
        if route < 0 or other < 0 or not route_open(day, rounds, node, route, len(day.person)):
            continue
        if last > node and day.person[route] == day.person[other]:
            continue
        if not route_open(day, rounds, last, other, len(day.person)) or not choose_mode(day, rounds, visit, planned):
            continue
        behind, behind_other = planned_behind(day, rounds, planned, node), planned_behind(day, rounds, planned, last)
        if in_order(day, rounds, node, behind) and in_order(day, rounds, last, behind_other):
            link(day, rounds, node, behind)
            if last > node:
                link(day, rounds, last, behind_other)
            commit(day, rounds, desk, visit)


@inner
def choose_mode(day: Day, rounds: Rounds, visit: int, planned: Integers) -> bool:
    """Choose the windows that the planned starts lie in; False when there are none."""
    node = day.first[visit]
    for mode in range(day.modes[visit], day.modes[visit + 1]):
        fits = True
        for seat in range(day.crew[visit]):
            fits = fits and day.opens[mode, seat] <= planned[node + seat, 1] <= day.latest[mode, seat]
        if fits:
            rounds.mode[visit] = mode
            return True
    return False


@inner
def planned_behind(day: Day, rounds: Rounds, planned: Integers, node: int) -> int:
    """The last node of a seat's ring that is planned no later."""
    seats = len(day.visit)
    behind = seats + planned[node, 0]
    while rounds.after[behind] < seats and planned[rounds.after[behind], 1] <= planned[node, 1]:
        behind = rounds.after[behind]
    return int(behind)
