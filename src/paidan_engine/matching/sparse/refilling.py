"""Fill the places whose price says that somebody should want them: the mirror image of serving.

A technician with room at a price above the next load price takes a task from another, who takes one from a third,
until a waiting task is served, or somebody is content to have one less.
"""

from typing import NamedTuple

import numpy as np

from paidan_engine.compiled import compiled, within
from paidan_engine.matching.arcs import UNREACHED, Ints, Shorts
from paidan_engine.matching.sparse.search import BEST, END, TOUCHED, Search, begin, finish, nearest, queue, reach
from paidan_engine.matching.sparse.state import NOBODY, Network, Plan, is_open, join, leave, load_price


class Wanted(NamedTuple):
    """The arcs of technician j are ``arc[start[j]:start[j + 1]]``; when and from whom a search reached technicians.

    Attributes:
        since: distance of each technician in the present search, ``UNREACHED`` outside it.
        giving: the task by which the technician was reached, and which would leave.
        seen: technicians in the order in which they were reached; ``tally[0]`` of them.
    """

    start: Ints
    arc: Ints
    since: Ints
    giving: Ints
    seen: Ints
    tally: Ints


def wanted_of(network: Network) -> Wanted:
    """The arcs by technician."""
    people = len(network.capacity)
    start = np.zeros(people + 1, np.int64)
    np.cumsum(np.bincount(network.technician, minlength=people), out=start[1:])
    return Wanted(
        start,
        _sorted_arcs(network.technician, start[:-1].copy()),
        np.full(people, UNREACHED),
        np.full(people, NOBODY),
        np.zeros(people, np.int64),
        np.zeros(1, np.int64),
    )


@compiled
def _sorted_arcs(technician: Shorts, place: Ints) -> Ints:
    """The arcs by technician, each put into that technician's next place."""
    arcs = np.empty(len(technician), np.int64)
    for arc in range(len(technician)):
        person = technician[arc]
        arcs[place[person]] = arc
        place[person] += 1
    return arcs


@compiled
def overpriced(network: Network, plan: Plan) -> Ints:
    """Technicians with room whose price is above their next load price."""
    found = np.empty(len(plan.price), np.int64)
    size = 0
    for technician in range(len(plan.price)):
        if _excess(network, plan, technician) > 0:
            found[size] = technician
            size += 1
    return found[:size]


@compiled
def refill(network: Network, plan: Plan, wanted: Wanted, search: Search, technicians: Ints) -> None:
    """Fill the places of these technicians or lower their prices; ``search`` is among tasks."""
    for technician in technicians:
        while _excess(network, plan, technician) > 0:
            _find(network, plan, wanted, search, technician)
            _lower_prices(plan, wanted, search)
            end = search.mark[END]
            if end < 0:
                if ~end == technician:
                    continue
                end = wanted.giving[~end]
            task = end
            while task != NOBODY:
                to = network.technician[search.arc[task]]
                if plan.place[task] != NOBODY:
                    leave(plan, task)
                join(plan, task, to)
                task = NOBODY if to == technician else wanted.giving[to]


@within
def _excess(network: Network, plan: Plan, technician: int) -> int:
    if not is_open(network, plan, technician):
        return 0
    return int(plan.price[technician] - load_price(network, technician, plan.taken[technician]))


@within
def _find(network: Network, plan: Plan, wanted: Wanted, search: Search, origin: int) -> None:
    """The shortest path from the technician: ``END`` is a waiting task, or ~technician who would have one less."""
    begin(search)
    for number in range(wanted.tally[0]):
        wanted.since[wanted.seen[number]] = UNREACHED
    wanted.tally[0] = 0
    _look_from(network, plan, wanted, search, origin, plan.taken[origin])
    task = nearest(search)
    while task != NOBODY:
        technician = plan.place[task]
        if wanted.since[technician] == UNREACHED:
            wanted.since[technician] = search.distance[task]
            wanted.giving[technician] = task
            _look_from(network, plan, wanted, search, technician, plan.taken[technician] - 1)
        task = nearest(search)


@within
def _look_from(network: Network, plan: Plan, wanted: Wanted, search: Search, technician: int, place: int) -> None:
    """Who could take over from others, or have one less than ``place`` says."""
    if wanted.since[technician] == UNREACHED:  # where the search begins
        wanted.since[technician] = 0
    wanted.seen[wanted.tally[0]] = technician
    wanted.tally[0] += 1
    before = wanted.since[technician] + plan.price[technician]
    finish(search, before - load_price(network, technician, place), ~technician)
    for number in range(wanted.start[technician], wanted.start[technician + 1]):
        arc = wanted.arc[number]
        task = network.task[arc]
        ahead = before + network.cost[arc] - plan.value[task]
        if ahead < search.mark[BEST] and ahead < search.distance[task]:
            reach(search, task, ahead, arc)
            if plan.place[task] == NOBODY:
                finish(search, ahead, task)
            else:
                queue(search, task, ahead)


@within
def _lower_prices(plan: Plan, wanted: Wanted, search: Search) -> None:
    """What is nearer than the end gets cheaper by the difference, so that the path costs exactly its prices."""
    best = search.mark[BEST]
    for number in range(wanted.tally[0]):
        technician = wanted.seen[number]
        plan.price[technician] -= max(best - wanted.since[technician], 0)
    for number in range(search.mark[TOUCHED]):
        task = search.touched[number]
        plan.value[task] -= max(best - search.distance[task], 0)
