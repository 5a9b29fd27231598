"""Why a task went to whom it went, in one scale: the pair's own cost and what the place costs everybody else.

The batch is solved once more without the task. The price of a technician there is what one further task on that
technician makes the rest dearer (a shortest residual path, so exact); with the pair's own cost it is the total of
that choice. The smallest total wins, the next one is the runner-up, and their difference is what would flip it.
"""

from dataclasses import dataclass, replace

from paidan_engine.constraints import Verdict
from paidan_engine.errors import InvalidProblem, certain
from paidan_engine.matching.problem import Candidate, MatchProblem, MatchResult
from paidan_engine.matching.solve import match


@dataclass(frozen=True, slots=True)
class CandidateView:
    """One candidate as the decision saw it, in equivalent seconds.

    Attributes:
        cost: sum of the parts.
        place_price: what one more task of this technician costs everybody: load, and whom it sends elsewhere;
            None when there is no room at all.
        total: cost and place price; for an ineligible candidate what it would have been.
        behind: total less the winner's; negative for an ineligible candidate that would have won.
    """

    technician: int
    parts: tuple[tuple[str, int], ...]
    verdicts: tuple[Verdict, ...]
    cost: int
    place_price: int | None
    total: int | None
    behind: int | None

    @property
    def eligible(self) -> bool:
        """No hard rule refuses."""
        return all(verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one thing that would have changed the winner.

    Attributes:
        technician: who would have won; None when the task would have waited.
        seconds: how much cheaper that choice would have to be; 0 for a rule.
        rule: code of the only rule that refused that technician, None for a change of cost.
    """

    technician: int | None
    seconds: int
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision about one task.

    Attributes:
        candidates: eligible ones first, by total; then the others.
        winner, runner_up: technician, None for waiting.
        margin: how much dearer the runner-up makes the whole; None when there was no other choice.
        flips: the cheapest change of cost first, then each single rule that kept a winner away.
    """

    task: str
    waiting_price: int
    candidates: tuple[CandidateView, ...]
    winner: int | None
    runner_up: int | None
    margin: int | None
    flips: tuple[Flip, ...]


def explain(problem: MatchProblem, result: MatchResult, key: str) -> Explanation:
    """Explain what a match decided about one task.

    Raises:
        InvalidProblem: the task is not in the batch.
    """
    task = next((task for task in problem.tasks if task.key == key), None)
    if task is None:
        raise InvalidProblem(f"Task {key} is not in the batch.")
    winner = result.winner(key)
    own = [candidate for candidate in problem.candidates if candidate.task == key]
    place_prices = _place_prices(problem, own, key)
    totals = {c.technician: _total(c, place_prices[c.technician]) for c in own}
    best = task.waiting_price if winner is None else certain(totals[winner], "a winner has room")
    views = sorted((_view(candidate, place_prices[candidate.technician], best) for candidate in own), key=_rank)
    runner_up, margin = _runner_up(views, winner, task.waiting_price - best)
    flips = [] if margin is None else [Flip(runner_up, margin + 1)]
    flips += [flip for view in views if (flip := _rule_flip(view)) is not None]
    return Explanation(key, task.waiting_price, tuple(views), winner, runner_up, margin, tuple(flips))


def _runner_up(views: list[CandidateView], winner: int | None, waiting: int) -> tuple[int | None, int | None]:
    """The next best choice, None for waiting, and how much dearer it is; (None, None) when there is no other."""
    choices: list[tuple[int, int | None]] = [
        (view.behind, view.technician)
        for view in views
        if view.eligible and view.behind is not None and view.technician != winner
    ]
    if winner is not None:
        choices.append((waiting, None))
    margin, runner_up = min(choices, key=lambda choice: choice[0], default=(None, None))
    return runner_up, margin


def _total(candidate: Candidate, place_price: int | None) -> int | None:
    return None if place_price is None else candidate.cost + place_price


def _place_prices(problem: MatchProblem, own: list[Candidate], key: str) -> dict[int, int | None]:
    """What one more task of each candidate costs the rest of the batch; None without any room."""
    rest = _neighbourhood(problem, {candidate.technician for candidate in own}, key)
    prices = certain(match(rest).prices, "every optimum has its proof")
    room = {person.id for person in rest.technicians if person.load_prices}
    return {person.id: prices.technicians[person.id] if person.id in room else None for person in rest.technicians}


def _neighbourhood(problem: MatchProblem, people: set[int], key: str) -> MatchProblem:
    """The batch without the task, cut down to what its candidates are connected with."""
    tasks_of: dict[int, list[str]] = {person.id: [] for person in problem.technicians}
    people_of: dict[str, list[int]] = {task.key: [] for task in problem.tasks}
    for candidate in problem.candidates:
        if candidate.eligible and candidate.task != key:
            tasks_of[candidate.technician].append(candidate.task)
            people_of[candidate.task].append(candidate.technician)
    tasks: set[str] = set()
    reached, ahead = set(people), list(people)
    while ahead:
        for task in tasks_of[ahead.pop()]:
            if task not in tasks:
                tasks.add(task)
                ahead.extend(person for person in people_of[task] if person not in reached)
                reached.update(people_of[task])
    return replace(
        problem,
        tasks=tuple(task for task in problem.tasks if task.key in tasks),
        technicians=tuple(person for person in problem.technicians if person.id in reached),
        candidates=tuple(
            candidate for candidate in problem.candidates if candidate.task in tasks and candidate.eligible
        ),
    )


def _view(candidate: Candidate, place_price: int | None, best: int) -> CandidateView:
    total = _total(candidate, place_price)
    return CandidateView(
        technician=candidate.technician,
        parts=candidate.parts,
        verdicts=candidate.verdicts,
        cost=candidate.cost,
        place_price=place_price,
        total=total,
        behind=None if total is None else total - best,
    )


def _rank(view: CandidateView) -> tuple[bool, bool, int, int]:
    return (not view.eligible, view.total is None, view.total or 0, view.technician)


def _rule_flip(view: CandidateView) -> Flip | None:
    refusing = [verdict.code for verdict in view.verdicts if not verdict.passed]
    if len(refusing) != 1 or view.behind is None or view.behind >= 0:
        return None
    return Flip(view.technician, 0, refusing[0])
