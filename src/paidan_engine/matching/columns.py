"""A batch of objects as columns of numbers."""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from paidan_engine.matching.arcs import Arcs
from paidan_engine.matching.problem import MatchProblem


@dataclass(frozen=True, slots=True)
class Columns:
    """The arcs of a batch, with the task keys and technician ids by number."""

    arcs: Arcs
    tasks: tuple[str, ...]
    technicians: tuple[int, ...]


def columns_of(problem: MatchProblem) -> Columns:
    """Number tasks and technicians in their order and list the eligible candidates by task, then technician."""
    tasks = tuple(task.key for task in problem.tasks)
    technicians = tuple(technician.id for technician in problem.technicians)
    task_number = {key: number for number, key in enumerate(tasks)}
    person_number = {key: number for number, key in enumerate(technicians)}
    rows = sorted(
        (task_number[candidate.task], person_number[candidate.technician], candidate.cost)
        for candidate in problem.candidates
        if candidate.eligible and problem.technicians[person_number[candidate.technician]].load_prices
    )
    task, person, cost = np.ascontiguousarray(np.array(rows, np.int64).reshape(len(rows), 3).T)
    loads = [technician.load_prices for technician in problem.technicians]
    arcs = Arcs(
        task=task,
        technician=person,
        cost=cost,
        waiting=np.array([task.waiting_price for task in problem.tasks], np.int64),
        capacity=np.array([len(prices) for prices in loads], np.int64),
        load=np.array([price for prices in loads for price in prices], np.int64),
        load_start=np.array([0, *accumulate(len(prices) for prices in loads)], np.int64),
    )
    return Columns(arcs, tasks, technicians)
