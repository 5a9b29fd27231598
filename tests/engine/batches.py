"""Small random batches and every way to match them."""

from itertools import product

from hypothesis import strategies as st

from paidan_engine.constraints import Verdict
from paidan_engine.matching import Candidate, MatchProblem, MatchTask, MatchTechnician

REFUSED = (Verdict("skill", passed=False, facts={"skill": 1}),)


@st.composite
def batches(draw: st.DrawFn) -> MatchProblem:
    tasks = tuple(MatchTask(f"t{n}", draw(st.integers(0, 60))) for n in range(draw(st.integers(0, 5))))
    technicians = tuple(
        MatchTechnician(n, tuple(sorted(draw(st.lists(st.integers(-5, 30), max_size=3)))))
        for n in range(draw(st.integers(0, 4)))
    )
    candidates = tuple(
        Candidate(task.key, person.id, parts=(("travel", draw(st.integers(-10, 50))),), verdicts=verdicts)
        for task in tasks
        for person in technicians
        if (verdicts := draw(st.sampled_from([(), (), (), REFUSED, None]))) is not None
    )
    return MatchProblem(tasks, technicians, candidates)


def least_cost(problem: MatchProblem, forced: dict[str, int | None] | None = None) -> int | None:
    """The least cost of all assignments, some choices given; None when none is allowed."""
    able = {(c.task, c.technician): c.cost for c in problem.candidates if c.eligible}
    best: int | None = None
    options = [
        [(forced or {})[task.key]]
        if task.key in (forced or {})
        else [None, *(person.id for person in problem.technicians if (task.key, person.id) in able)]
        for task in problem.tasks
    ]
    for chosen in product(*options):
        cost = _cost(problem, able, chosen)
        if cost is not None and (best is None or cost < best):
            best = cost
    return best


def _cost(problem: MatchProblem, able: dict[tuple[str, int], int], chosen: tuple[int | None, ...]) -> int | None:
    cost = 0
    for task, person in zip(problem.tasks, chosen, strict=True):
        if person is None:
            cost += task.waiting_price
        elif (task.key, person) in able:
            cost += able[task.key, person]
        else:
            return None
    for person in problem.technicians:
        number = chosen.count(person.id)
        if number > len(person.load_prices):
            return None
        cost += sum(person.load_prices[:number])
    return cost
