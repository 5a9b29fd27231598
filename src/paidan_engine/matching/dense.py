"""Small batches: each connected component as a dense assignment (Crouse 2016, by scipy), then its prices."""

import numpy as np

from paidan_engine.matching.arcs import Arcs, Assigned, Flags, Ints, assigned_of

MOST_CELLS = 250_000
"""Tasks × places over all components up to which this is quicker than loading the compiled loops."""


def components(arcs: Arcs) -> tuple[Ints, Ints]:
    """Number of the connected component of each task and of each technician."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = arcs.tasks + arcs.technicians
    ends = (arcs.task, arcs.tasks + arcs.technician)
    graph = coo_array((np.ones(len(arcs.task), np.int8), ends), shape=(size, size))
    labels = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels[: arcs.tasks], labels[arcs.tasks :]


def cells(arcs: Arcs, of_task: Ints, of_technician: Ints) -> int:
    """Tasks × places of all components; nobody needs more places than there are tasks in the component."""
    tasks = np.bincount(of_task, minlength=arcs.tasks + arcs.technicians)
    places = np.minimum(arcs.capacity, tasks[of_technician])
    return int((places * tasks[of_technician]).sum())


def assign(arcs: Arcs, of_task: Ints, of_technician: Ints) -> Assigned:
    """The cheapest assignment over these arcs, component by component."""
    chosen = np.full(arcs.tasks, -1)
    label = of_task[arcs.task]
    order = np.argsort(label, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if len(part):
            _assign_component(arcs, part, chosen)
    return assigned_of(arcs, chosen)


def _assign_component(arcs: Arcs, part: Ints, chosen: Ints) -> None:
    """Write the arc that each task of the component uses into ``chosen``.

    A cell holds what the pair saves against waiting, at most nothing: a task given a cell of nothing waits.
    """
    from scipy.optimize import linear_sum_assignment

    tasks, row = np.unique(arcs.task[part], return_inverse=True)
    people, person = np.unique(arcs.technician[part], return_inverse=True)
    places = np.minimum(arcs.capacity[people], len(tasks))
    owner = np.repeat(np.arange(len(people)), places)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(places) - places, places)
    used = np.full((len(tasks), len(people)), -1)
    used[row, person] = part
    savings = np.zeros((len(tasks), len(people)))
    savings[row, person] = arcs.cost[part] - arcs.waiting[arcs.task[part]]
    eligible: Flags = used >= 0
    load = arcs.load_price(people[owner], number)
    matrix = np.where(eligible[:, owner], np.minimum(savings[:, owner] + load, 0), 0)
    rows, columns = linear_sum_assignment(matrix)
    serves = matrix[rows, columns] < 0
    chosen[tasks[rows[serves]]] = used[rows[serves], owner[columns[serves]]]
