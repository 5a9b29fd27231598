"""The k nearest eligible technicians of each task in the plane, by one k-d tree per set of eligible technicians."""

from collections.abc import Sequence

import numpy as np

from paidan_engine.matching.arcs import Floats, Ints
from paidan_engine.matching.located import Group, Located, Pairs

TREE_WORTH = 64
"""Fewer tasks than this are measured against everybody; building a tree would take longer."""


def nearest_pairs(located: Located, groups: Sequence[Group], k: int) -> Pairs:
    """The k nearest of each group's technicians for each of its tasks, by task and then by distance."""
    parts = [
        _of_group(located.tasks[group.tasks], located.technicians[group.technicians], group, k)
        for group in groups
        if len(group.tasks) and len(group.technicians)
    ]
    if len(parts) == 1:
        return parts[0]
    parts.append(Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64)))
    task = np.concatenate([part.task for part in parts])
    order = np.argsort(task, kind="stable")
    return Pairs(task[order], np.concatenate([part.technician for part in parts])[order])


def _of_group(points: Floats, people: Floats, group: Group, k: int) -> Pairs:
    width = min(k, len(people))
    near = _all_measured(points, people, width) if len(points) < TREE_WORTH else _by_tree(points, people, width)
    return Pairs(np.repeat(group.tasks, width), group.technicians[near.ravel()])


def _by_tree(points: Floats, people: Floats, width: int) -> Ints:
    from scipy.spatial import cKDTree

    _, near = cKDTree(people).query(points, np.arange(1, width + 1))
    return np.asarray(near, np.int64)


def _all_measured(points: Floats, people: Floats, width: int) -> Ints:
    across = points[:, None, :] - people[None, :, :]
    metres = np.hypot(across[:, :, 0], across[:, :, 1])
    return np.argsort(metres, axis=1, kind="stable")[:, :width]
