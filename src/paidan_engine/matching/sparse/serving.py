"""Serve tasks one by one along the shortest path of changes, which keeps everything before it optimal.

A task takes a technician, whose present task goes to another, and so on, until somebody has room or a task would
rather wait. Distances are reduced by the prices, hence never negative (Dijkstra 1959).
"""

import numpy as np

from paidan_engine.compiled import compiled, within
from paidan_engine.matching.arcs import Ints
from paidan_engine.matching.sparse.search import BEST, END, TOUCHED, Search, begin, finish, nearest, queue, reach
from paidan_engine.matching.sparse.state import NOBODY, Network, Plan, is_open, join, leave, load_price


@compiled
def revalue(network: Network, plan: Plan) -> Ints:
    """Set each task's value by present prices; tasks that no longer fit lose their place.

    Returns:
        Tasks that have nobody though their value is below their price of waiting.
    """
    open_tasks = np.empty(len(plan.value), np.int64)
    size = 0
    for task in range(len(plan.value)):
        plan.value[task] = network.waiting[task]
        present = plan.value[task] + 1
        for arc in range(network.start[task], network.start[task + 1]):
            technician = network.technician[arc]
            cost = network.cost[arc] + plan.price[technician]
            plan.value[task] = min(plan.value[task], cost)
            if technician == plan.place[task]:
                present = cost
        if plan.place[task] != NOBODY and present > plan.value[task]:
            leave(plan, task)
        if plan.place[task] == NOBODY and plan.value[task] < network.waiting[task]:
            open_tasks[size] = task
            size += 1
    return open_tasks[:size]


@compiled
def serve(network: Network, plan: Plan, search: Search, tasks: Ints) -> None:
    """Serve these tasks, which have nobody, or let them or others wait, at the least further cost.

    The values must fit the prices (``revalue``); ``search`` is among technicians.
    """
    for task in tasks:
        _find(network, plan, search, task)
        _raise_prices(plan, search, task)
        end = search.mark[END]
        if end < 0:
            if ~end == task:
                continue
            end = leave(plan, ~end)
        technician = end
        while technician != NOBODY:
            moved = network.task[search.arc[technician]]
            left = NOBODY if moved == task else leave(plan, moved)
            join(plan, moved, technician)
            technician = left


@within
def _find(network: Network, plan: Plan, search: Search, origin: int) -> None:
    """The shortest path from the task: ``END`` is a technician with room, or ~task of a task that would wait."""
    begin(search)
    _look_from(network, plan, search, origin, 0)
    technician = nearest(search)
    while technician != NOBODY:
        task = plan.first[technician]
        while task != NOBODY:
            _look_from(network, plan, search, task, search.distance[technician])
            task = plan.after[task]
        technician = nearest(search)


@within
def _look_from(network: Network, plan: Plan, search: Search, task: int, distance: int) -> None:
    before = distance - plan.value[task]
    finish(search, before + network.waiting[task], ~task)
    best = search.mark[BEST]
    for arc in range(network.start[task], network.start[task + 1]):
        technician = network.technician[arc]
        ahead = before + network.cost[arc] + plan.price[technician]
        if ahead < best and ahead < search.distance[technician]:
            reach(search, technician, ahead, arc)
            if is_open(network, plan, technician):
                rise = load_price(network, technician, plan.taken[technician]) - plan.price[technician]
                finish(search, ahead + max(rise, 0), technician)
                best = search.mark[BEST]
            if ahead < best:
                queue(search, technician, ahead)


@within
def _raise_prices(plan: Plan, search: Search, origin: int) -> None:
    """What is nearer than the end gets dearer by the difference, so that the path costs exactly its prices."""
    plan.value[origin] += search.mark[BEST]
    for number in range(search.mark[TOUCHED]):
        technician = search.touched[number]
        rise = search.mark[BEST] - search.distance[technician]
        if rise > 0:
            plan.price[technician] += rise
            task = plan.first[technician]
            while task != NOBODY:
                plan.value[task] += rise
                task = plan.after[task]
