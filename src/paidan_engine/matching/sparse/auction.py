"""The auction: tasks bid for technicians until each has a place or would rather wait.

Bertsekas, The auction algorithm: a distributed relaxation method for the assignment problem, Annals of OR 14 (1988);
places of one technician are similar objects (Bertsekas and Castañón 1989). The task outbid last bids next, so that a
contest stays within its quarter of the city and of the memory.
"""

import numpy as np

from paidan_engine.compiled import compiled, inlined, within
from paidan_engine.matching.arcs import Ints, Shorts
from paidan_engine.matching.sparse.state import NOBODY, Network, Plan, is_open, join, leave, load_price


@compiled
def auction(network: Network, plan: Plan, tasks: Ints, step: int, most_bids: int) -> int:
    """Let these tasks, which have nobody, bid; each raises the price by what it can bear and ``step``.

    Returns:
        How many bids are left of ``most_bids``; none left means that the auction was stopped.
    """
    start, waiting, capacity = network.start, network.waiting, network.capacity
    bidding = np.empty(len(waiting), np.int64)
    bidding[: len(tasks)] = tasks[::-1]
    size = len(tasks)
    while size > 0 and most_bids > 0:
        most_bids -= 1
        size -= 1
        task = bidding[size]
        technician, bid = _best(
            network.technician, network.cost, plan.price, start[task], start[task + 1], waiting[task]
        )
        if technician == NOBODY:
            continue
        if capacity[technician] == 1:
            loser = _take_only_place(plan, task, technician, bid + step)
        else:
            loser = _take_place(network, plan, task, technician, bid + step)
        if loser != NOBODY:
            bidding[size] = loser
            size += 1
    return most_bids


@within
def _best(people: Shorts, cost: Ints, price: Ints, first: int, last: int, waiting: int) -> tuple[int, int]:
    """The cheapest technician, and the price at which the next best would be as cheap; nobody if waiting is."""
    least, second, best = waiting, waiting, NOBODY
    for arc in range(first, last):
        total = cost[arc] + price[people[arc]]
        if total < least:
            second = least
            least, best = total, arc
        elif total < second:
            second = total
    if best == NOBODY:
        return NOBODY, least
    return people[best], second - cost[best]


@inlined
def _take_only_place(plan: Plan, task: int, technician: int, bid: int) -> int:
    """The same as ``_take_place`` would do, without the chain of tasks: most bids are for such a place."""
    loser = plan.first[technician]
    if loser != NOBODY:
        plan.place[loser] = NOBODY
    plan.place[task] = technician
    plan.first[technician] = task
    plan.taken[technician] = 1
    plan.price[technician] = bid
    return int(loser)


@within
def _take_place(network: Network, plan: Plan, task: int, technician: int, bid: int) -> int:
    loser = NOBODY if is_open(network, plan, technician) else _lowest(plan, technician)
    if loser != NOBODY:
        leave(plan, loser)
    plan.bid[task] = bid
    join(plan, task, technician)
    plan.price[technician] = _price(network, plan, technician)
    return int(loser)


@within
def _lowest(plan: Plan, technician: int) -> int:
    """The task whose bid gives way first."""
    task = plan.first[technician]
    lowest = task
    while task != NOBODY:
        if plan.bid[task] < plan.bid[lowest]:
            lowest = task
        task = plan.after[task]
    return int(lowest)


@within
def _price(network: Network, plan: Plan, technician: int) -> int:
    """An open technician asks the next load price, a full one the lowest bid."""
    if is_open(network, plan, technician):
        return load_price(network, technician, plan.taken[technician])
    bid = plan.bid[_lowest(plan, technician)]
    return int(max(bid, load_price(network, technician, plan.taken[technician] - 1)))
