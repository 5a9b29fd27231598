"""The optimum of a sparse batch and its proof, cell by cell and then across their borders."""

from collections.abc import Callable
from time import thread_time

import numpy as np

from paidan_engine.errors import BrokenInvariant
from paidan_engine.matching.arcs import Arcs, Assigned, Floats, Ints, Prices, assigned_of
from paidan_engine.matching.sparse.auction import auction
from paidan_engine.matching.sparse.refilling import overpriced, refill, wanted_of
from paidan_engine.matching.sparse.search import new_search
from paidan_engine.matching.sparse.serving import revalue, serve
from paidan_engine.matching.sparse.state import NOBODY, Network, Plan, empty_plan, network_of

CELL_TASKS = 500
"""Tasks that follow each other in the batch and are worked on in one go."""

ROUGH_STEP = 32
FINER_STEPS = ((8, 4), (4, 1))
"""Price steps of the auctions in typical gaps between a task's candidates: finer ones bid longer and end nearer.

Each finer auction starts from the prices before it less so many (the first number) of the steps before it, since
bids overshoot; its own step is the second number.
"""

BIDS_PER_TASK = 200
"""An auction gives up after so many; the exact passes then do the rest."""


class SparseMatch:
    """A batch whose pairs may be added to, solved again from where it was.

    Attributes:
        cell_seconds: CPU seconds spent on each ``CELL_TASKS`` tasks of the batch, all passes together.
    """

    def __init__(self, arcs: Arcs) -> None:
        self.cell_seconds = np.zeros(1 + max(arcs.tasks, arcs.technicians) // CELL_TASKS)
        self.extend(arcs)
        self.plan = empty_plan(self.network)

    def extend(self, arcs: Arcs) -> None:
        """Go on with these arcs, which hold at least the old ones."""
        self.arcs = arcs
        self.network = network_of(arcs)

    def scout(self) -> Prices:
        """Start anew and find the rough level of the prices by one auction."""
        self.plan = empty_plan(self.network)
        self._bid(ROUGH_STEP)
        revalue(self.network, self.plan)
        return Prices(self.plan.value, self.plan.price)

    def approach(self) -> None:
        """Find a nearly optimal plan by finer auctions, each from a little below the prices so far."""
        gap, before = _gap(self.arcs), ROUGH_STEP
        for back, step in FINER_STEPS:
            level = self.plan.price - round(back * before * gap)
            self.plan = empty_plan(self.network)
            np.maximum(self.plan.price, level, out=self.plan.price)
            self._bid(step)
            before = step

    def solve(self) -> None:
        """Make plan and prices optimal over the present arcs."""
        network, plan = self.network, self.plan
        open_tasks = revalue(network, plan)
        search = new_search(arcs=len(network.task), nodes=len(network.capacity))
        self._by_cell(open_tasks, lambda cell: serve(network, plan, search, cell))
        places = overpriced(network, plan)
        if not len(places):
            return
        wanted = wanted_of(network)
        search = new_search(arcs=len(network.task), nodes=len(network.waiting))
        self._by_cell(places, lambda cell: refill(network, plan, wanted, search, cell))

    def assigned(self) -> Assigned:
        """The arcs in use."""
        arc = np.full(self.arcs.tasks, NOBODY)
        used = np.flatnonzero(self.plan.place[self.arcs.task] == self.arcs.technician)
        arc[self.arcs.task[used]] = used
        return assigned_of(self.arcs, arc)

    def prices(self) -> Prices:
        """The proof.

        Raises:
            BrokenInvariant: the prices do not prove the plan optimal.
        """
        if not _fits(self.network, self.plan):
            raise BrokenInvariant("Prices and plan of a sparse match contradict each other.")
        return Prices(self.plan.value, self.plan.price)

    def _bid(self, gaps: int) -> None:
        """One auction over all tasks."""
        step, bids = max(1, round(gaps * _gap(self.arcs))), BIDS_PER_TASK * self.arcs.tasks

        def bid(cell: Ints) -> None:
            nonlocal bids
            bids = auction(self.network, self.plan, cell, step, bids)

        self._by_cell(np.arange(self.arcs.tasks), bid)

    def _by_cell(self, members: Ints, work: Callable[[Ints], None]) -> None:
        """Work on the members, in their order, one cell at a time."""
        cells, starts = np.unique(members // CELL_TASKS, return_index=True)
        for cell, part in zip(cells.tolist(), np.split(members, starts[1:]), strict=False):
            began = thread_time()
            work(part)
            self.cell_seconds[cell] += thread_time() - began


def _gap(arcs: Arcs) -> float:
    """The typical gap between the costs of one task's candidates."""
    if not len(arcs.task):
        return 0.0
    starts = np.flatnonzero(np.diff(arcs.task, prepend=-1))
    spread = np.maximum.reduceat(arcs.cost, starts) - np.minimum.reduceat(arcs.cost, starts)
    gaps: Floats = spread / np.diff(starts, append=len(arcs.task))
    return float(gaps.mean())


def _fits(network: Network, plan: Plan) -> bool:
    """Dual feasibility and complementary slackness, each pair and each place."""
    reduced = network.cost + plan.price[network.technician] - plan.value[network.task]
    used = plan.place[network.task] == network.technician
    waits = plan.place == NOBODY
    busy, room = plan.taken > 0, plan.taken < network.capacity
    last = network.load_start[1:] - 1
    paid = network.load[np.minimum(network.load_start[:-1] + plan.taken - 1, last)[busy]]
    asked = network.load[np.minimum(network.load_start[:-1] + plan.taken, last)[room]]
    return bool(
        (reduced >= 0).all()
        and (reduced[used] == 0).all()
        and (plan.value <= network.waiting).all()
        and (plan.value[waits] == network.waiting[waits]).all()
        and (plan.price[busy] >= paid).all()
        and (plan.price[room] <= asked).all()
    )
