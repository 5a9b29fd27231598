"""Match a batch of tasks and technicians: the cheapest whole, proven."""

from typing import TYPE_CHECKING

from paidan_engine.matching.problem import MatchPrices, MatchProblem, MatchResult

if TYPE_CHECKING:  # numpy is loaded when there is something to match
    from paidan_engine.matching.arcs import Arcs, Assigned, Prices


def match(problem: MatchProblem) -> MatchResult:
    """Give each task to an eligible candidate or let it wait, at the least total cost.

    Raises:
        InvalidProblem: the costs are too large for exact arithmetic.
    """
    from paidan_engine.matching.columns import columns_of

    columns = columns_of(problem)
    assigned, found = _optimum(columns.arcs)
    people = columns.arcs.technician[assigned.arc].tolist() if len(columns.arcs.task) else []
    served = (assigned.arc >= 0).tolist()
    pairs = tuple(
        (key, columns.technicians[people[number]]) for number, key in enumerate(columns.tasks) if served[number]
    )
    unserved = tuple(key for number, key in enumerate(columns.tasks) if not served[number])
    proof = None
    if found is not None:
        proof = MatchPrices(
            dict(zip(columns.tasks, found.task.tolist(), strict=True)),
            dict(zip(columns.technicians, found.technician.tolist(), strict=True)),
        )
    return MatchResult(pairs, unserved, assigned.total(columns.arcs), proof is not None, proof)


def _optimum(arcs: "Arcs") -> "tuple[Assigned, Prices | None]":
    """Small batches as dense assignments, others in compiled loops."""
    from paidan_engine.matching import dense
    from paidan_engine.matching.duals import prices

    parts = dense.components(arcs)
    if dense.cells(arcs, *parts) <= dense.MOST_CELLS:
        assigned = dense.assign(arcs, *parts)
        return assigned, prices(arcs, assigned)

    from paidan_engine.matching.sparse.solve import SparseMatch

    sparse = SparseMatch(arcs)
    sparse.scout()
    sparse.approach()
    sparse.solve()
    return sparse.assigned(), sparse.prices()
