"""The plan as the search sees it: routes with their slack, changed by making a new board."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from paidan_engine.constraints import may_serve
from paidan_engine.objective import preference_cost
from paidan_engine.problem import Shift, Task
from paidan_engine.repair.slack import RouteSlack, insert_at
from paidan_engine.sequencing import Effort
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.travel import Travel


class Setting:
    """What does not change during one search: travel, the instant, and who may serve what."""

    def __init__(self, travel: Travel, now: int, effort: Effort) -> None:
        self.travel = travel
        self.now = now
        self.effort = effort
        self._may: dict[tuple[str, int], bool] = {}

    def spending(self, effort: Effort) -> "Setting":
        """The same setting with another allowance of steps."""
        other = Setting(self.travel, self.now, effort)
        other._may = self._may
        return other

    def may_serve(self, task: Task, shift: Shift) -> bool:
        """The rules about the person allow it; remembered."""
        pair = (task.key, shift.id)
        if pair not in self._may:
            self._may[pair] = may_serve(task, shift)
        return self._may[pair]


@dataclass(frozen=True, slots=True)
class Board:
    """Routes by shift id; one that overruns its shift is left out and stays as it is."""

    setting: Setting
    slacks: dict[int, RouteSlack]

    @classmethod
    def of(cls, plan: DayPlan, setting: Setting) -> "Board":
        """The board of a plan."""
        slacks = {}
        for route in plan:
            slack = RouteSlack.standing(route, setting.travel, setting.now)
            if slack is not None:
                slacks[route.shift.id] = slack
        return cls(setting, slacks)

    def spending(self, effort: Effort) -> "Board":
        """The same board, spending from another allowance."""
        return replace(self, setting=self.setting.spending(effort))

    def __iter__(self) -> Iterator[RouteSlack]:
        return iter(self.slacks.values())

    def with_route(self, route: Route) -> "Board | None":
        """This board with one route changed, or None when that route is not feasible."""
        slack = RouteSlack.of(route, self.setting.travel, self.setting.now)
        return None if slack is None else replace(self, slacks=self.slacks | {route.shift.id: slack})

    def without(self, stop: Stop, shift_id: int) -> "Board | None":
        """This board without a stop. None in the rare case that its absence makes a leg too long for a break."""
        route = self.slacks[shift_id].route
        return self.with_route(Route(route.shift, tuple(s for s in route.stops if s.task.key != stop.task.key)))

    def serving(self, task: Task) -> list[RouteSlack]:
        """Routes whose technician may serve the task."""
        return [slack for slack in self if self.setting.may_serve(task, slack.shift)]

    def inserted(self, stop: Stop, shift_ids: Iterable[int] | None = None) -> "Board | None":
        """The board with the stop in its cheapest gap, among all shifts or only these; None when it fits nowhere."""
        allowed = None if shift_ids is None else frozenset(shift_ids)
        best: tuple[int, int, int, int] | None = None
        for slack in self.serving(stop.task):
            if slack.full or (allowed is not None and slack.shift.id not in allowed):
                continue
            self.setting.effort.spend(1 + len(slack.gaps) // 4)
            cost = preference_cost(stop.task, slack.shift.technician)
            for opening in slack.openings(stop.task, self.setting.travel):
                way = (cost + opening.added_travel, opening.start, slack.shift.id, opening.position)
                best = way if best is None else min(best, way)
        if best is None:
            return None
        return self.with_route(insert_at(self.slacks[best[2]].route, stop, best[3]))

    def plan(self, before: DayPlan) -> DayPlan:
        """``before`` with the routes that this board has changed; every other route is the same object."""
        promised = before.tasks()
        changed = []
        for route in before:
            slack = self.slacks.get(route.shift.id)
            if slack is not None and keys_in_order(slack.route) != keys_in_order(route):
                changed.append(slack.route.promising(promised))
        return before.replace(*changed)


def keys_in_order(route: Route) -> list[tuple[str, bool]]:
    """What tells two routes apart beside the times: the order of tasks, and which are pinned."""
    return [(stop.task.key, stop.pinned) for stop in route.stops]
