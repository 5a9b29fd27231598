"""A batch as columns of numbers: eligible pairs, prices of waiting, and what each technician can take at what price."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

UNREACHED = np.int64(1 << 60)
"""The price of one more task of somebody who cannot take any."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """Eligible pairs in columns, sorted by task; everything else by number.

    Attributes:
        task, technician, cost: one entry per pair; no pair stands twice.
        waiting: price of waiting of each task.
        capacity: most further tasks of each technician.
        load_start: the n-th further task of technician j costs ``load[load_start[j] + n]`` on top of the pair, or the
            last of them up to ``load_start[j + 1]`` where there are fewer than its capacity; they never fall.
    """

    task: Ints
    technician: Ints
    cost: Ints
    waiting: Ints
    capacity: Ints
    load: Ints
    load_start: Ints

    @property
    def tasks(self) -> int:
        """How many tasks."""
        return len(self.waiting)

    @property
    def technicians(self) -> int:
        """How many technicians."""
        return len(self.capacity)

    def load_price(self, technician: Ints, number: Ints) -> Ints:
        """What the n-th further task (from 0) of each of these technicians costs; it must be within the capacity."""
        last = self.load_start[technician + 1] - 1
        found: Ints = self.load[np.minimum(self.load_start[technician] + number, last)]
        return found


@dataclass(frozen=True, slots=True)
class Assigned:
    """For each task the arc it uses, −1 when it waits; and how many tasks each technician got."""

    arc: Ints
    load: Ints

    def total(self, arcs: Arcs) -> int:
        """Cost of all of it."""
        served = self.arc >= 0
        taken = np.repeat(np.arange(arcs.technicians), self.load)
        number = np.arange(len(taken)) - np.repeat(np.cumsum(self.load) - self.load, self.load)
        pairs, loads = arcs.cost[self.arc[served]].sum(), arcs.load_price(taken, number).sum()
        return int(pairs + arcs.waiting[~served].sum() + loads)


@dataclass(frozen=True, slots=True)
class Prices:
    """Price of each task and of each technician; a technician without capacity has ``UNREACHED``."""

    task: Ints
    technician: Ints


def assigned_of(arcs: Arcs, arc: Ints) -> Assigned:
    """The assignment in which each task uses this arc."""
    load = np.bincount(arcs.technician[arc[arc >= 0]], minlength=arcs.technicians).astype(np.int64)
    return Assigned(arc, load)
