"""Why a planned task stands with its technician: what it adds to each route when the rest of the plan stays.

The task is taken out, and every technician is asked for the cheapest place to put it back, nothing else moving. What
a search over the whole plan would make of it is another question; so a runner-up may even be the cheaper one here.
"""

from dataclasses import dataclass, replace

from paidan_engine.constraints import Verdict, eligibility
from paidan_engine.errors import InvalidProblem
from paidan_engine.explain.match import Flip
from paidan_engine.objective import preference_cost
from paidan_engine.problem import Task
from paidan_engine.repair.claiming import remove
from paidan_engine.repair.insertion import Insertion, SlotFinder
from paidan_engine.solution import DayPlan
from paidan_engine.travel import Travel

PERSON_RULES = frozenset({"excluded", "skill", "level"})
"""Codes of the rules that a person may override; time and place nobody can."""


@dataclass(frozen=True, slots=True)
class RouteView:
    """One shift as a place for the task, in equivalent seconds.

    Attributes:
        verdicts: the hard rules about the person, the shift and the technician's own stops.
        position: of the cheapest place in the route; None where the task does not fit between the stops as they are.
        parts: named seconds it adds there; cost: their sum.
        behind: cost less that of the shift that has the task; None where either has no place.
    """

    shift_id: int
    technician: int
    verdicts: tuple[Verdict, ...]
    position: int | None
    parts: tuple[tuple[str, int], ...]
    cost: int | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class RouteExplanation:
    """Why a task stands where it stands.

    Attributes:
        views: shifts with a place for it first, by cost; then the others.
        winner, runner_up: shifts; None when nobody else could.
        margin: how much more the runner-up adds, negative when less; None without one.
        flips: the change of cost that makes the runner-up the cheapest (0 seconds: it is already), then each single
            rule about a person that kept a cheaper one away; they name technicians.
    """

    task: str
    views: tuple[RouteView, ...]
    winner: int
    runner_up: int | None
    margin: int | None
    flips: tuple[Flip, ...]


def explain_route(plan: DayPlan, key: str, travel: Travel, now: int) -> RouteExplanation:
    """Explain where a planned task stands.

    Raises:
        InvalidProblem: the task is not in the plan.
    """
    found = plan.find(key)
    if found is None:
        raise InvalidProblem(f"Task {key} is not in the plan.")
    winner, task = found[0].shift.id, found[1].task
    rest = remove(plan, key, travel, now)
    finder = SlotFinder(rest, travel, now)
    ways = _cheapest(finder, task)
    base = ways[winner].added_cost if winner in ways else None
    views = sorted(
        (_view(rest, number, task, ways, base, travel, now) for number in range(len(rest.routes))), key=_rank
    )
    others = [view for view in views if view.shift_id != winner and view.cost is not None]
    runner_up = others[0] if others else None
    margin = None if runner_up is None else runner_up.behind
    flips = [] if runner_up is None or margin is None else [Flip(runner_up.technician, max(0, margin + 1))]
    flips += [flip for view in views if (flip := _rule_flip(view, task, finder, base)) is not None]
    next_best = None if runner_up is None else runner_up.shift_id
    return RouteExplanation(key, tuple(views), winner, next_best, margin, tuple(flips))


def _cheapest(finder: SlotFinder, task: Task) -> dict[int, Insertion]:
    """The cheapest way in each shift."""
    ways: dict[int, Insertion] = {}
    for way in finder.insertions(task):
        ways.setdefault(way.shift_id, way)
    return ways


def _view(
    rest: DayPlan, number: int, task: Task, ways: dict[int, Insertion], base: int | None, travel: Travel, now: int
) -> RouteView:
    route = rest.routes[number]
    way = ways.get(route.shift.id)
    preference = preference_cost(task, route.shift.technician)
    return RouteView(
        shift_id=route.shift.id,
        technician=route.shift.technician,
        verdicts=tuple(eligibility(task, route, travel, now)),
        position=None if way is None else way.position,
        parts=() if way is None else (("travel", way.added_cost - preference), ("preferred", preference)),
        cost=None if way is None else way.added_cost,
        behind=None if way is None or base is None else way.added_cost - base,
    )


def _rank(view: RouteView) -> tuple[bool, int, int]:
    return (view.cost is None, view.cost or 0, view.shift_id)


def _rule_flip(view: RouteView, task: Task, finder: SlotFinder, base: int | None) -> Flip | None:
    """The rule about the person that alone keeps a cheaper place away."""
    refusing = [verdict.code for verdict in view.verdicts if not verdict.passed]
    if len(refusing) != 1 or base is None or refusing[0] not in PERSON_RULES:
        return None
    way = _cheapest(finder, replace(task, skills=(), excluded=frozenset())).get(view.shift_id)
    return Flip(view.technician, 0, refusing[0]) if way is not None and way.added_cost < base else None
