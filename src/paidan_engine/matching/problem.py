"""Open tasks, the technicians who could take them, and what each pair would cost.

Costs are whole equivalent seconds. A task left for the next round costs its price of waiting; a technician's n-th
further task costs the n-th load price on top of the pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from paidan_engine.constraints import Verdict
from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Place, check_place

LARGEST_COST = 10**12
"""Above this the exact integer arithmetic of large flows could overflow."""


def check_cost(cost: int, owner: str) -> None:
    """Refuse a cost that the flow cannot calculate with.

    Raises:
        InvalidProblem: larger than ``LARGEST_COST`` in either direction.
    """
    if not -LARGEST_COST <= cost <= LARGEST_COST:
        raise InvalidProblem(f"The cost {cost} of {owner} is out of range.")


@dataclass(frozen=True, slots=True)
class MatchTask:
    """A task to be given to one technician now, or left for the next round.

    Attributes:
        waiting_price: equivalent seconds that leaving it for the next round costs.
        skills: pairs (skill id, least level), each needed.
    """

    key: str
    waiting_price: int
    place: Place = None
    skills: tuple[tuple[int, int], ...] = ()
    excluded: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.key:
            raise InvalidProblem("A task has an empty key.")
        if self.waiting_price < 0:
            raise InvalidProblem(f"Task {self.key} has a negative price of waiting.")
        check_cost(self.waiting_price, f"waiting of task {self.key}")
        check_place(self.place, f"task {self.key}")


@dataclass(frozen=True, slots=True)
class MatchTechnician:
    """Somebody who can take as many further tasks as there are load prices.

    Attributes:
        load_prices: equivalent seconds of the first, second, … further task; never falling, so that work spreads.
        skills: level held of each skill id.
    """

    id: int
    load_prices: tuple[int, ...] = (0,)
    place: Place = None
    skills: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(first > second for first, second in pairwise(self.load_prices)):
            raise InvalidProblem(f"The load prices of technician {self.id} fall; they must rise or stay.")
        for price in self.load_prices:
            check_cost(price, f"load of technician {self.id}")
        check_place(self.place, f"technician {self.id}")

    @property
    def technician(self) -> int:
        """The id, by the name that the rules use."""
        return self.id


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician considered for a task: the parts of its cost and what the hard rules say.

    Attributes:
        parts: named equivalent seconds; their sum is the cost of the pair.
        verdicts: one refusing verdict makes the pair impossible; kept for the record.
    """

    task: str
    technician: int
    parts: tuple[tuple[str, int], ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    def __post_init__(self) -> None:
        check_cost(self.cost, f"technician {self.technician} for task {self.task}")

    @property
    def cost(self) -> int:
        """Equivalent seconds of the pair."""
        return sum(seconds for _, seconds in self.parts)

    @property
    def eligible(self) -> bool:
        """No hard rule refuses."""
        return all(verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class MatchProblem:
    """One batch.

    Raises:
        InvalidProblem: a key stands twice, or a candidate names a task or technician that is not there.
    """

    tasks: tuple[MatchTask, ...]
    technicians: tuple[MatchTechnician, ...]
    candidates: tuple[Candidate, ...]

    def __post_init__(self) -> None:
        tasks = {task.key for task in self.tasks}
        technicians = {technician.id for technician in self.technicians}
        if len(tasks) < len(self.tasks):
            raise InvalidProblem("Two tasks have the same key.")
        if len(technicians) < len(self.technicians):
            raise InvalidProblem("Two technicians have the same id.")
        seen: set[tuple[str, int]] = set()
        for candidate in self.candidates:
            pair = (candidate.task, candidate.technician)
            if candidate.task not in tasks or candidate.technician not in technicians:
                raise InvalidProblem(f"Candidate {pair} names a task or technician that is not in the batch.")
            if pair in seen:
                raise InvalidProblem(f"Candidate {pair} stands twice.")
            seen.add(pair)


@dataclass(frozen=True, slots=True)
class MatchPrices:
    """The proof of an optimum: what one task more or less, and one place more or less, would be worth.

    No eligible pair costs less than the task's price minus the technician's, no task is priced above its waiting,
    and the pairs chosen cost exactly that: so nothing cheaper exists (linear programming duality).
    """

    tasks: Mapping[str, int]
    technicians: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Who gets what.

    Attributes:
        pairs: (task key, technician id) in the order of the batch's tasks.
        unserved: tasks left for the next round.
        cost: pairs, load prices and waiting, in equivalent seconds.
        optimal: proven by ``prices``.
    """

    pairs: tuple[tuple[str, int], ...]
    unserved: tuple[str, ...]
    cost: int
    optimal: bool
    prices: MatchPrices | None

    def winner(self, task: str) -> int | None:
        """The technician who gets the task, None when it waits."""
        return next((technician for key, technician in self.pairs if key == task), None)
