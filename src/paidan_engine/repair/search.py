"""Making room for tasks in a plan: insertion, then re-ordering and ejection chains, then exact search.

An ejection chain (Glover 1996) puts a task in the place of a stop and looks for a new place for that stop. Only
stops that are not pinned move to another technician. Searches count steps, so the same input gives the same answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from paidan_engine.problem import Task
from paidan_engine.repair.board import Board, Setting
from paidan_engine.repair.exact import exact_board
from paidan_engine.repair.slack import RouteSlack
from paidan_engine.sequencing import Effort, EffortSpent, best_order
from paidan_engine.solution import DayPlan, Stop
from paidan_engine.travel import Travel

DEFAULT_BUDGET = 20_000
"""Steps of one search. A step is about 10 µs of one core: this is some 0.2 s; a thousand fit in a short lock."""

CHAIN_DEPTH = 3
CHAIN_SHARE = 0.4  # of the steps left; the exact search has the rest
REORDER_STEPS = 1_000  # for one route


class Refusal(Enum):
    """Why ``fit`` found no plan."""

    PROVEN = "proven"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """How far a search got: the board reached, the stops left over, and whether more is proven impossible."""

    board: Board
    left: tuple[Stop, ...]
    refusal: Refusal


def fit(plan: DayPlan, task: Task, travel: Travel, now: int, *, budget: int = DEFAULT_BUDGET) -> DayPlan | Refusal:
    """A plan that serves the task and everything already planned, or why there is none.

    A stop that is late already gets no later; a route that overruns its shift is left alone and takes nothing.

    Args:
        budget: steps the search may take; an insertion into one route is about one step.
    """
    setting = Setting(travel, now, Effort(budget))
    found = place_all(Board.of(plan, setting), [Stop(task, task.earliest)])
    return found.plan(plan) if isinstance(found, Board) else found.refusal


def place_all(board: Board, stops: Sequence[Stop]) -> Board | Unplaced:
    """The board with all these stops, which are not pinned; by heuristics, else exactly."""
    placed, left = place_most(board, stops)
    if not left:
        return placed
    try:
        exact = exact_board(board, stops)
    except EffortSpent:
        return Unplaced(placed, left, Refusal.BUDGET)
    return Unplaced(placed, left, Refusal.PROVEN) if exact is None else exact


def place_most(board: Board, stops: Sequence[Stop]) -> tuple[Board, tuple[Stop, ...]]:
    """As many of the stops as insertion, re-ordering and chains can place, and those left over.

    It stops early, without an error, when its share of the effort is spent.
    """
    left = []
    whole = board.setting.effort
    for stop in sorted(stops, key=lambda stop: (stop.task.latest, stop.task.key)):
        part = whole.part(int(whole.steps * CHAIN_SHARE))
        try:
            found = place_one(board.spending(part), stop)
        except EffortSpent:
            found = None
        whole.give_back(part)
        if found is None:
            left.append(stop)
        else:
            board = found.spending(whole)
    return board, tuple(left)


def place_one(board: Board, stop: Stop) -> Board | None:
    """The board with the stop, by insertion, else by re-ordering one route, else by chains of growing length."""
    found = board.inserted(stop) or _reordered(board, stop)
    for depth in range(1, CHAIN_DEPTH + 1):
        if found is not None:
            return found
        found = _chained(board, stop, depth, frozenset({stop.task.key}))
    return found


def _reordered(board: Board, stop: Stop) -> Board | None:
    """The board with the stop in a route whose stops were put in another order."""
    for slack in board.serving(stop.task):
        if not slack.full:
            found = reordered_in(board, slack, stop)
            if found is not None:
                return found
    return None


def reordered_in(board: Board, slack: RouteSlack, stop: Stop) -> Board | None:
    """The board with the stop in this route in whatever order is feasible, if any."""
    setting = board.setting
    part = setting.effort.part(REORDER_STEPS)
    try:
        route = best_order(slack.route, [*slack.movable, stop], setting.travel, setting.now, part)
    except EffortSpent:
        route = None
    setting.effort.give_back(part)
    return None if route is None else board.with_route(route)


def _chained(board: Board, stop: Stop, depth: int, settled: frozenset[str]) -> Board | None:
    """The board with the stop in place of another, which is placed elsewhere in its turn."""
    for swapped, ejected in _swaps(board, stop, settled):
        found = swapped.inserted(ejected)
        if found is None and depth > 1:
            found = _chained(swapped, ejected, depth - 1, settled | {ejected.task.key})
        if found is not None:
            return found
    return None


def _swaps(board: Board, stop: Stop, settled: frozenset[str]) -> Iterator[tuple[Board, Stop]]:
    """Boards in which the stop has taken the place of one that is neither pinned nor part of the chain."""
    for slack in board.serving(stop.task):
        for victim in slack.movable:
            if victim.pinned or victim.task.key in settled:
                continue
            cleared = board.without(victim, slack.shift.id)
            swapped = None if cleared is None else cleared.inserted(stop, [slack.shift.id])
            if swapped is not None:
                yield swapped, victim
