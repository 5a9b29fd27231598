"""Large batches in the plane: cost is distance, candidates are the nearest, and the optimum is over all pairs.

Only the nearest eligible technicians of each task are candidates at first. The prices of their optimum then show
which other pairs could still make the whole cheaper: none is a proof over all pairs, else those pairs are added and
the match goes on from where it was (column generation, Dantzig and Wolfe 1960). Distances count in whole millimetres.
"""

from dataclasses import dataclass, replace

import numpy as np

from paidan_engine.matching.arcs import Arcs, Floats, Ints
from paidan_engine.matching.candidates import nearest_pairs
from paidan_engine.matching.curve import along_curve
from paidan_engine.matching.located import Group, Located, Pairs
from paidan_engine.matching.pricing import PairSearch, millimetres
from paidan_engine.matching.sparse.solve import SparseMatch

FIRST_CANDIDATES = 40
ADDED_PAIRS = 6
"""Of each task in one round: so many of the best, and as many others."""

MOST_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class PlaneBatch:
    """A batch whose pair costs are distances.

    Attributes:
        groups: tasks that ask the same with the technicians eligible for them, who all have room; each task in
            exactly one.
        waiting: price of waiting of each task, millimetres.
        capacity: most further tasks of each technician.
    """

    located: Located
    groups: tuple[Group, ...]
    waiting: Ints
    capacity: Ints


@dataclass(frozen=True, slots=True)
class PlaneMatch:
    """For each task the number of its technician, −1 when it waits.

    Attributes:
        cost: millimetres of the pairs and of waiting.
        optimal: proven over all eligible pairs, also those that were not candidates.
        rounds: how often the match was solved.
        cell_seconds: CPU seconds spent on the matching of each ``CELL_TASKS`` neighbouring tasks.
    """

    technician: Ints
    cost: int
    optimal: bool
    rounds: int
    cell_seconds: Floats


def match_plane(batch: PlaneBatch, k: int | None = None) -> PlaneMatch:
    """The cheapest matching of a batch in the plane.

    Args:
        k: candidates per task, and no others; ``optimal`` then tells whether more could help. Without it pairs are
            added until the optimum is proven.

    Raises:
        InvalidProblem: the costs are too large for exact arithmetic.
    """
    batch, task_order, people_order = _neighbours_together(batch)
    sparse = SparseMatch(_arcs(batch, nearest_pairs(batch.located, batch.groups, k or FIRST_CANDIDATES)))
    pairs = PairSearch(batch.located, batch.groups)
    proven, rounds = _solve(batch, sparse, pairs) if k is None else _solve_once(sparse, pairs)
    place = sparse.plan.place
    technician = np.full(len(place), -1)
    technician[task_order] = np.where(place >= 0, people_order[place], -1) if len(people_order) else place
    total = sparse.assigned().total(sparse.arcs)
    return PlaneMatch(technician, total, proven, rounds, sparse.cell_seconds)


def _solve_once(sparse: SparseMatch, pairs: PairSearch) -> tuple[bool, int]:
    sparse.scout()
    sparse.approach()
    sparse.solve()
    return pairs.proves(sparse.prices()), 1


def _solve(batch: PlaneBatch, sparse: SparseMatch, pairs: PairSearch) -> tuple[bool, int]:
    """Solve and add pairs until none is missed; tells whether that is so, and after how many rounds.

    Most of the missing pairs are found by the rough prices already, before any exact work.
    """
    sparse.extend(_with_pairs(batch, sparse.arcs, pairs.below(sparse.scout(), ADDED_PAIRS)))
    sparse.scout()
    sparse.approach()
    for rounds in range(1, MOST_ROUNDS + 1):
        sparse.solve()
        missed = pairs.below(sparse.prices(), ADDED_PAIRS)
        if not len(missed.task):
            return True, rounds
        sparse.extend(_with_pairs(batch, sparse.arcs, missed))
    sparse.solve()
    return False, MOST_ROUNDS


def _neighbours_together(batch: PlaneBatch) -> tuple[PlaneBatch, Ints, Ints]:
    """The batch with tasks and technicians renumbered along a curve, and the old numbers in the new order."""
    task_order, people_order = along_curve(batch.located.tasks), along_curve(batch.located.technicians)
    task_number, person_number = np.argsort(task_order), np.argsort(people_order)
    located = Located(batch.located.tasks[task_order], batch.located.technicians[people_order])
    groups = [
        Group(np.sort(task_number[group.tasks]), np.sort(person_number[group.technicians])) for group in batch.groups
    ]
    moved = PlaneBatch(located, tuple(groups), batch.waiting[task_order], batch.capacity[people_order])
    return moved, task_order, people_order


def _arcs(batch: PlaneBatch, pairs: Pairs) -> Arcs:
    """These pairs at millimetres, and places without a price of load."""
    people = len(batch.capacity)
    return Arcs(
        pairs.task,
        pairs.technician,
        millimetres(batch.located.tasks, batch.located.technicians, pairs.task, pairs.technician),
        batch.waiting,
        batch.capacity,
        load=np.zeros(people, np.int64),
        load_start=np.arange(people + 1),
    )


def _with_pairs(batch: PlaneBatch, arcs: Arcs, added: Pairs) -> Arcs:
    """The arcs with these pairs, which are not among them, put in by task."""
    task = np.concatenate([arcs.task, added.task])
    order = np.argsort(task, kind="stable")
    cost = millimetres(batch.located.tasks, batch.located.technicians, added.task, added.technician)
    return replace(
        arcs,
        task=task[order],
        technician=np.concatenate([arcs.technician, added.technician])[order],
        cost=np.concatenate([arcs.cost, cost])[order],
    )
