"""Finding the pairs left out of a match that could make the whole cheaper, by its prices.

A pair can help only if it costs less than its task's price minus its technician's. Tasks and technicians are cut
into compact blocks; two blocks whose distance already exceeds every such difference need no closer look.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from paidan_engine.compiled import compiled, inlined, within
from paidan_engine.matching.arcs import Floats, Ints, Prices
from paidan_engine.matching.curve import along_curve
from paidan_engine.matching.located import MILLIMETRES, Group, Located, Pairs

BLOCK = 24
NOBODY = -1
LAST = np.int64(1 << 62)


class Blocks(NamedTuple):
    """Members in compact blocks: ``member[start[b]:start[b + 1]]`` at these points, and the box around each block."""

    member: Ints
    start: Ints
    at: Floats
    low: Floats
    high: Floats


class Kept(NamedTuple):
    """For each task (row) the technicians with the smallest keys met so far; the largest key may be replaced."""

    technician: Ints
    key: Ints


@inlined
def _millimetres(x: float, y: float) -> np.int64:
    """Whole millimetres of a way so many metres across and up."""
    return np.int64(np.rint(sqrt(x * x + y * y) * MILLIMETRES))


@compiled
def millimetres(tasks: Floats, technicians: Floats, task: Ints, technician: Ints) -> Ints:
    """Whole millimetres of each pair of these places (rows of x and y in metres)."""
    found = np.empty(len(task), np.int64)
    for number in range(len(task)):
        here, there = task[number], technician[number]
        x, y = tasks[here, 0] - technicians[there, 0], tasks[here, 1] - technicians[there, 1]
        found[number] = _millimetres(x, y)
    return found


class PairSearch:
    """All eligible pairs of a batch, to be searched by prices again and again."""

    def __init__(self, located: Located, groups: Sequence[Group]) -> None:
        self.tasks = len(located.tasks)
        self.groups = [
            (_blocks(located.tasks, group.tasks), _blocks(located.technicians, group.technicians))
            for group in groups
            if len(group.tasks) and len(group.technicians)
        ]

    def proves(self, prices: Prices) -> bool:
        """No pair is below the prices."""
        none = _nothing(self.tasks, 0, LAST)
        return not any(_search(*blocks, prices.task, prices.technician, none, none) for blocks in self.groups)

    def below(self, prices: Prices, most: int) -> Pairs:
        """Pairs below the prices, for each task the ``most`` furthest below and as many others drawn evenly.

        Those drawn spread the tasks of a crowd over all who could help, where the best are the same for all.
        """
        best, drawn = _nothing(self.tasks, most, np.int64(0)), _nothing(self.tasks, most, LAST)
        for tasks, people in self.groups:
            _search(tasks, people, prices.task, prices.technician, best, drawn)
        technician = np.concatenate([best.technician, drawn.technician], axis=1)
        task, place = np.nonzero(technician != NOBODY)
        found = np.unique(np.stack([task, technician[task, place]]), axis=1)
        return Pairs(found[0], found[1])


def _nothing(tasks: int, most: int, last: np.int64) -> Kept:
    return Kept(np.full((tasks, most), NOBODY), np.full((tasks, most), last))


def _blocks(points: Floats, members: Ints) -> Blocks:
    ordered = members[along_curve(points[members])]
    here = points[ordered]
    start = np.append(np.arange(0, len(ordered), BLOCK), len(ordered))
    low, high = np.minimum.reduceat(here, start[:-1]), np.maximum.reduceat(here, start[:-1])
    return Blocks(ordered, start, here, low, high)


@compiled
def _search(tasks: Blocks, people: Blocks, value: Ints, price: Ints, best: Kept, drawn: Kept) -> bool:
    """Compare each two blocks that are near enough for their dearest task and cheapest technician.

    Returns:
        Whether a pair is below the prices; where there is no room to keep it, the search ends with the first.
    """
    cheapest = np.empty(len(people.start) - 1, np.int64)
    for block in range(len(cheapest)):
        cheapest[block] = price[people.member[people.start[block] : people.start[block + 1]]].min()
    some = False
    for block in range(len(tasks.start) - 1):
        dearest = value[tasks.member[tasks.start[block] : tasks.start[block + 1]]].max()
        for other in range(len(cheapest)):
            reach = dearest - cheapest[other] + 1  # costs are rounded
            if reach > 0 and _apart(tasks, block, people, other) * MILLIMETRES < reach:
                some |= _compare(tasks, block, people, other, value, price, best, drawn)
        if some and best.key.shape[1] == 0:
            return True
    return some


@within
def _apart(tasks: Blocks, block: int, people: Blocks, other: int) -> float:
    """Metres between the boxes of two blocks."""
    x = max(tasks.low[block, 0] - people.high[other, 0], people.low[other, 0] - tasks.high[block, 0], 0.0)
    y = max(tasks.low[block, 1] - people.high[other, 1], people.low[other, 1] - tasks.high[block, 1], 0.0)
    return sqrt(x * x + y * y)


@within
def _compare(
    tasks: Blocks, block: int, people: Blocks, other: int, value: Ints, price: Ints, best: Kept, drawn: Kept
) -> bool:
    some = False
    for row in range(tasks.start[block], tasks.start[block + 1]):
        task = tasks.member[row]
        for column in range(people.start[other], people.start[other + 1]):
            technician = people.member[column]
            x = tasks.at[row, 0] - people.at[column, 0]
            y = tasks.at[row, 1] - people.at[column, 1]
            reduced = _millimetres(x, y) + price[technician] - value[task]
            if reduced < 0:
                some = True
                _keep(best, task, technician, reduced)
                _keep(drawn, task, technician, ((task * 1_000_003 + technician) * 2_654_435_761) & 0x7FFFFFFF)
    return some


@within
def _keep(kept: Kept, task: int, technician: int, key: int) -> None:
    """Put the technician in the place of the largest key if its own is smaller."""
    if kept.key.shape[1] == 0:
        return
    place = kept.key[task].argmax()
    if key < kept.key[task, place]:
        kept.key[task, place] = key
        kept.technician[task, place] = technician
