"""Putting one task into a plan without changing the order of anything else."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from paidan_engine.constraints import may_serve
from paidan_engine.errors import certain
from paidan_engine.objective import preference_cost
from paidan_engine.problem import Task
from paidan_engine.repair.slack import Opening, RouteSlack, insert_at
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.timing import caught_up, retime
from paidan_engine.travel import Travel


@dataclass(frozen=True, slots=True)
class Insertion:
    """One feasible way to add a task.

    Attributes:
        position: index the stop will have in the route.
        start: earliest start of its work there, epoch seconds.
        added_cost: equivalent seconds: added travel, less the worth of a preferred technician.
    """

    shift_id: int
    technician: int
    position: int
    start: int
    added_cost: int
    task: Task = field(repr=False)
    _before: DayPlan = field(repr=False)
    _travel: Travel = field(repr=False)
    _now: int = field(repr=False)

    @property
    def route(self) -> Route:
        """The changed route, its stops at their earliest times."""
        route = next(route for route in self._before if route.shift.id == self.shift_id)
        standing = certain(caught_up(route, self._travel, self._now), "only a route within its shift has openings")
        changed = insert_at(standing, Stop(self.task, self.start), self.position)
        timed = certain(retime(changed, self._travel, self._now), "an opening keeps its route feasible")
        return timed.promising({stop.task.key: stop.task for stop in route.stops})

    @property
    def plan(self) -> DayPlan:
        """The plan with the task in it; only one route differs."""
        return self._before.replace(self.route)


class SlotFinder:
    """Answers for many tasks where each fits, after one look at the plan. ``GapTable`` only says whether, faster.

    A stop that is late already gets no later; a route that overruns its shift takes nothing more.
    """

    def __init__(self, plan: DayPlan, travel: Travel, now: int) -> None:
        self._plan = plan
        self._travel = travel
        self._now = now
        slacks = (RouteSlack.standing(route, travel, now) for route in plan)
        self._open = [slack for slack in slacks if slack is not None and not slack.full]
        self._serves: dict[tuple[object, ...], list[RouteSlack]] = {}

    def insertions(self, task: Task) -> list[Insertion]:
        """Every way to add the task, cheapest first; ties by start, then shift."""
        found = [self._insertion(slack, opening, task) for slack, opening in self._openings(task)]
        return sorted(found, key=lambda way: (way.added_cost, way.start, way.shift_id, way.position))

    def _openings(self, task: Task) -> Iterator[tuple[RouteSlack, Opening]]:
        for slack in self._candidates(task):
            for opening in slack.openings(task, self._travel):
                yield slack, opening

    def _candidates(self, task: Task) -> list[RouteSlack]:
        needs = (task.skills, task.excluded)
        if needs not in self._serves:
            self._serves[needs] = [slack for slack in self._open if may_serve(task, slack.shift)]
        return self._serves[needs]

    def _insertion(self, slack: RouteSlack, opening: Opening, task: Task) -> Insertion:
        technician = slack.shift.technician
        return Insertion(
            shift_id=slack.shift.id,
            technician=technician,
            position=opening.position,
            start=opening.start,
            added_cost=opening.added_travel + preference_cost(task, technician),
            task=task,
            _before=self._plan,
            _travel=self._travel,
            _now=self._now,
        )


def insertions(plan: DayPlan, task: Task, travel: Travel, now: int) -> list[Insertion]:
    """Every way to add a task that is not in the plan, cheapest first. Use ``SlotFinder`` for many tasks."""
    return SlotFinder(plan, travel, now).insertions(task)
