"""Which technicians are worth costing for a task: the nearest of those whom the person rules allow."""

from collections import defaultdict
from collections.abc import Sequence

from paidan_engine.constraints import may_serve
from paidan_engine.matching.problem import MatchTask, MatchTechnician


def nearest(tasks: Sequence[MatchTask], technicians: Sequence[MatchTechnician], k: int) -> dict[str, tuple[int, ...]]:
    """For each task key the ids of its k nearest eligible technicians, nearest first.

    A technician or task without a known place is near to everybody: such technicians come on top of the k, and
    such a task gets everybody eligible.
    """
    import numpy as np

    from paidan_engine.matching.candidates import nearest_pairs
    from paidan_engine.matching.located import Group, projected

    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    found: dict[str, list[int]] = {task.key: [] for task in tasks}
    for number, task in enumerate(tasks):
        groups[task.skills, task.excluded, task.place is None].append(number)
    located = projected([task.place for task in tasks], [technician.place for technician in technicians])
    placed = []
    for members in groups.values():
        sample = tasks[members[0]]
        able = [number for number, person in enumerate(technicians) if may_serve(sample, person)]
        anywhere = [n for n in able if sample.place is None or technicians[n].place is None]
        for number in members:
            found[tasks[number].key].extend(technicians[n].id for n in anywhere)
        far = [n for n in able if n not in set(anywhere)]
        placed.append(Group(np.array(members, np.int64), np.array(far, np.int64)))
    pairs = nearest_pairs(located, placed, k)
    for task_number, person in zip(pairs.task.tolist(), pairs.technician.tolist(), strict=True):
        found[tasks[task_number].key].append(technicians[person].id)
    return {key: tuple(ids) for key, ids in found.items()}
