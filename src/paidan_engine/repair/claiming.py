"""Giving a task to one technician without breaking what was promised to others."""

from collections.abc import Iterator
from dataclasses import dataclass

from paidan_engine.constraints import Verdict, eligibility, fixed_order, own_work, refusals
from paidan_engine.errors import InvalidProblem, certain
from paidan_engine.problem import Task
from paidan_engine.repair.board import Board, Setting
from paidan_engine.repair.search import DEFAULT_BUDGET, Refusal, Unplaced, place_all, reordered_in
from paidan_engine.repair.slack import insert_at
from paidan_engine.sequencing import Effort, EffortSpent
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.timing import caught_up
from paidan_engine.travel import Travel

GENTLE_SHARE = 0.3  # of the budget, for ways that move at most one stop

CLAIM_RULES = frozenset({"excluded", "skill", "level", "load_cap"})
"""Rules an override waives; time and place nobody can."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """The claim would take the plan from these promises.

    Attributes:
        keys: tasks that were planned and found no other place.
        refusal: whether that is proven, or the budget ended first.
    """

    keys: tuple[str, ...]
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The technician cannot do it beside what is fixed already.

    Attributes:
        verdicts: the refusing verdicts for each of the technician's shifts; empty when there is no shift.
    """

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """A plan in which the task has its technician, and the promises that stand without a plan for it.

    Attributes:
        waived: codes of the hard rules that were overridden.
    """

    plan: DayPlan
    at_risk: tuple[str, ...]
    waived: frozenset[str]


def remove(plan: DayPlan, key: str, travel: Travel, now: int) -> DayPlan:
    """The plan without a task; the rest of its route at its earliest times.

    Raises:
        InvalidProblem: the task is not in the plan.
    """
    found = plan.find(key)
    if found is None:
        raise InvalidProblem(f"Task {key} is not in the plan.")
    route = found[0]
    rest = Route(route.shift, tuple(stop for stop in route.stops if stop.task.key != key))
    return plan.replace((caught_up(rest, travel, now) or rest).promising(plan.tasks()))


def claim(
    plan: DayPlan, task: Task, technician: int, travel: Travel, now: int, *, budget: int = DEFAULT_BUDGET
) -> DayPlan | Displaced | NotPossible:
    """The plan with the task pinned to this technician and every other task still served.

    The task may be in the plan, unpinned or pinned to this technician, or new. What is planned on the technician
    without being pinned stays if it can, else it goes to others.

    Raises:
        InvalidProblem: the task is pinned to another technician; ``remove`` it first.
    """
    base = _without_task(plan, task, technician, travel, now)
    refused: list[Verdict] = []
    displaced: Displaced | None = None
    for route in _routes_of(base, technician):
        verdicts = refusals(eligibility(task, route, travel, now))
        refused.extend(verdicts)
        if verdicts:
            continue
        found = _claimed(base, route, Stop(task, task.earliest, pinned=True), Setting(travel, now, Effort(budget)))
        if isinstance(found, Board):
            return found.plan(base)
        if displaced is None or len(found.left) < len(displaced.keys):
            displaced = Displaced(tuple(stop.task.key for stop in found.left), found.refusal)
    return displaced or NotPossible(tuple(refused))


def assign_override(
    plan: DayPlan, task: Task, technician: int, travel: Travel, now: int, *, budget: int = DEFAULT_BUDGET
) -> Override | NotPossible:
    """Like ``claim``, but the person rules may be waived and promises may lose their plan; says which.

    Raises:
        InvalidProblem: the task is pinned to another technician; ``remove`` it first.
    """
    base = _without_task(plan, task, technician, travel, now)
    refused: list[Verdict] = []
    best: Override | None = None
    for route in _routes_of(base, technician):
        verdicts = refusals(eligibility(task, route, travel, now))
        waived = frozenset(verdict.code for verdict in verdicts)
        refused.extend(verdict for verdict in verdicts if verdict.code not in CLAIM_RULES)
        if not waived <= CLAIM_RULES:
            continue
        stop = Stop(task, task.earliest, pinned=True, waived=waived)
        found = _claimed(base, route, stop, Setting(travel, now, Effort(budget)))
        board, left = (found, ()) if isinstance(found, Board) else (found.board, found.left)
        if best is None or len(left) < len(best.at_risk):
            best = Override(board.plan(base), tuple(stop.task.key for stop in left), waived)
    return best or NotPossible(tuple(refused))


def _without_task(plan: DayPlan, task: Task, technician: int, travel: Travel, now: int) -> DayPlan:
    found = plan.find(task.key)
    if found is None:
        return plan
    route, stop = found
    if stop.pinned and route.shift.technician != technician:
        raise InvalidProblem(f"Task {task.key} is pinned to technician {route.shift.technician}.")
    if stop.under_way:
        raise InvalidProblem(f"Task {task.key} is under way and cannot be claimed.")
    return remove(plan, task.key, travel, now)


def _routes_of(plan: DayPlan, technician: int) -> Iterator[Route]:
    return (route for route in plan if route.shift.technician == technician)


def _claimed(base: DayPlan, route: Route, stop: Stop, setting: Setting) -> Board | Unplaced:
    """The board with the stop on this route, the gentlest way first, or how far it got."""
    board = Board.of(base, setting)
    if route.shift.id in board.slacks:
        part = setting.effort.part(int(setting.effort.steps * GENTLE_SHARE))
        try:
            found = _with_all_or_one_moved(board.spending(part), route.shift.id, stop)
        except EffortSpent:
            found = None
        setting.effort.give_back(part)
        if found is not None:
            return found
    loose = [s for s in route.stops if not s.pinned]
    return place_all(_with_only_pinned(board, route, stop), loose)


def _with_all_or_one_moved(board: Board, shift_id: int, stop: Stop) -> Board | None:
    """The stop beside all present ones, else with one loose stop moved elsewhere."""
    found = _squeezed(board, shift_id, stop)
    if found is not None:
        return found
    for victim in board.slacks[shift_id].movable:
        cleared = None if victim.pinned else board.without(victim, shift_id)
        squeezed = None if cleared is None else _squeezed(cleared, shift_id, stop)
        found = None if squeezed is None else squeezed.inserted(victim)
        if found is not None:
            return found
    return None


def _squeezed(board: Board, shift_id: int, stop: Stop) -> Board | None:
    """The stop in the cheapest gap of the route, else in a new order of it."""
    slack = board.slacks[shift_id]
    if slack.full:
        return None
    board.setting.effort.spend()
    openings = slack.openings(stop.task, board.setting.travel)
    if not openings:
        return reordered_in(board, slack, stop)
    cheapest = min(openings, key=lambda opening: (opening.added_travel, opening.start))
    return board.with_route(insert_at(slack.route, stop, cheapest.position))


def _with_only_pinned(board: Board, route: Route, stop: Stop) -> Board:
    """The board with nothing on the route but its pinned stops and this one, which eligibility says can be done."""
    setting = board.setting
    pinned = own_work(stop.task, route, setting.travel, setting.now)
    placed = certain(
        fixed_order(pinned, stop, setting.travel, setting.now), "an eligible stop has an order beside the pinned"
    )
    return certain(board.with_route(placed), "a timed route is feasible")
