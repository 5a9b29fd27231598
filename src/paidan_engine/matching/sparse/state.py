"""What the compiled loops work on: the network, the plan with its prices, and who has which tasks."""

from typing import NamedTuple

import numpy as np

from paidan_engine.compiled import inlined
from paidan_engine.matching.arcs import UNREACHED, Arcs, Ints, Shorts

NOBODY = -1


class Network(NamedTuple):
    """The arcs of task i are ``start[i]`` to ``start[i + 1]``; load prices as in ``Arcs``."""

    start: Ints
    task: Ints
    technician: Shorts
    cost: Ints
    waiting: Ints
    capacity: Ints
    load: Ints
    load_start: Ints


class Plan(NamedTuple):
    """An assignment under construction.

    Attributes:
        price: of one more task of each technician; value: of each task, at most its price of waiting.
        place: technician of each task or ``NOBODY``.
        bid: the price up to which a task would hold its place in the auction.
        taken: how many tasks each technician has; they are chained from ``first`` through ``after`` and ``before``.
    """

    price: Ints
    value: Ints
    place: Ints
    bid: Ints
    taken: Ints
    first: Ints
    after: Ints
    before: Ints


def network_of(arcs: Arcs) -> Network:
    """The arcs by task."""
    start = np.searchsorted(arcs.task, np.arange(arcs.tasks + 1)).astype(np.int64)
    return Network(
        start,
        arcs.task,
        arcs.technician.astype(np.int32),
        arcs.cost,
        arcs.waiting,
        arcs.capacity,
        arcs.load,
        arcs.load_start,
    )


def empty_plan(network: Network) -> Plan:
    """Everybody waits and every place has its lowest price."""
    tasks, people = len(network.waiting), len(network.capacity)
    padded = np.append(network.load, UNREACHED)
    lowest = np.where(network.capacity > 0, padded[network.load_start[:-1]], UNREACHED)
    return Plan(
        price=lowest,
        value=network.waiting.copy(),
        place=np.full(tasks, NOBODY),
        bid=np.zeros(tasks, np.int64),
        taken=np.zeros(people, np.int64),
        first=np.full(people, NOBODY),
        after=np.full(tasks, NOBODY),
        before=np.full(tasks, NOBODY),
    )


@inlined
def load_price(network: Network, technician: int, number: int) -> int:
    """What the n-th further task (from 0) costs on top of the pair."""
    last = network.load_start[technician + 1] - 1
    return int(network.load[min(network.load_start[technician] + number, last)])


@inlined
def is_open(network: Network, plan: Plan, technician: int) -> bool:
    """The technician can take one more."""
    return bool(plan.taken[technician] < network.capacity[technician])


@inlined
def leave(plan: Plan, task: int) -> int:
    """Take the task from its technician, who is returned."""
    technician, before, after = plan.place[task], plan.before[task], plan.after[task]
    if before == NOBODY:
        plan.first[technician] = after
    else:
        plan.after[before] = after
    if after != NOBODY:
        plan.before[after] = before
    plan.place[task] = plan.before[task] = plan.after[task] = NOBODY
    plan.taken[technician] -= 1
    return int(technician)


@inlined
def join(plan: Plan, task: int, technician: int) -> None:
    """Give the task, which has nobody, to a technician."""
    first = plan.first[technician]
    plan.after[task] = first
    if first != NOBODY:
        plan.before[first] = task
    plan.first[technician] = task
    plan.place[task] = technician
    plan.taken[technician] += 1
