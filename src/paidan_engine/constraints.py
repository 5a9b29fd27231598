"""The hard rules, each a named function with a stable code and the numbers behind its verdict.

A rule blames only what it adds: ``reachable`` passes when the task would not fit even without travel, because then
``overlap`` says so. Territory membership, certificates and the like are checked by the caller, who knows the facts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from paidan_engine.problem import Shift, Task
from paidan_engine.sequencing import Effort, EffortSpent, best_order
from paidan_engine.solution import Route, Stop
from paidan_engine.timing import caught_up, earliest_start, leg_seconds, route_head, timed_route
from paidan_engine.travel import NoTravel, Travel

ORDERING_STEPS = 50_000
"""Steps for re-ordering one technician's fixed work before only its present order is tried."""


class Needing(Protocol):
    """Whatever asks something of the person who serves it."""

    @property
    def skills(self) -> tuple[tuple[int, int], ...]:
        """Pairs (skill id, least level)."""

    @property
    def excluded(self) -> frozenset[int]:
        """Technicians who must not serve it."""


class Holding(Protocol):
    """A technician, or a shift of one, with the skills held."""

    @property
    def technician(self) -> int:
        """Who it is."""

    @property
    def skills(self) -> Mapping[int, int]:
        """Level held of each skill id."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one hard rule says about a task on a route.

    Attributes:
        code: stable name of the rule.
        facts: numbers behind it, by name; ids, levels, epoch seconds and seconds.
    """

    code: str
    passed: bool
    facts: Mapping[str, int] = field(default_factory=dict)


def rule_excluded(task: Needing, holder: Holding) -> Verdict:
    """The technician is not among those excluded for this task."""
    return Verdict("excluded", holder.technician not in task.excluded, {"technician": holder.technician})


def rule_skill(task: Needing, holder: Holding) -> Verdict:
    """Every needed skill is held; names the first one missing."""
    for skill, _ in task.skills:
        if skill not in holder.skills:
            return Verdict("skill", passed=False, facts={"skill": skill})
    return Verdict("skill", passed=True, facts={"needed": len(task.skills)})


def rule_level(task: Needing, holder: Holding) -> Verdict:
    """Every needed skill that is held is held at the needed level."""
    for skill, need in task.skills:
        held = holder.skills.get(skill)
        if held is not None and held < need:
            return Verdict("level", passed=False, facts={"skill": skill, "need": need, "held": held})
    return Verdict("level", passed=True, facts={"needed": len(task.skills)})


def rule_shift(task: Task, shift: Shift, now: int) -> Verdict:
    """The window leaves room for the work between the later of shift start and now, and the shift's end."""
    first = max(task.earliest, shift.start, now)
    last = min(task.latest, shift.end - task.duration)
    facts = {"shift_start": shift.start, "shift_end": shift.end, "first": first, "last": last}
    return Verdict("shift", first <= last, facts)


def rule_available(task: Task, shift: Shift, now: int) -> Verdict:
    """Absences, training and breaks leave room for the work where the bare shift does."""
    ready = max(shift.start, now)
    bare = replace(shift, blocks=())
    passed = earliest_start(task, shift, ready, 0) is not None or earliest_start(task, bare, ready, 0) is None
    blocked = sum(
        max(0, min(end, task.latest + task.duration) - max(start, task.earliest)) for start, end in shift.blocks
    )
    return Verdict("available", passed, {"blocked_seconds": blocked})


def rule_load_cap(task: Task, route: Route) -> Verdict:
    """The technician's own stops, without this task, are fewer than the cap of the shift."""
    taken = sum(stop.pinned and stop.task.key != task.key for stop in route.stops)
    return Verdict("load_cap", taken < route.shift.load_cap, {"taken": taken, "cap": route.shift.load_cap})


def rule_overlap(task: Task, route: Route, travel: Travel, now: int) -> Verdict:
    """The task fits between the technician's own stops if distance did not matter."""
    own = own_work(task, route, travel, now)
    free = earliest_start(task, route.shift, max(route.shift.start, now), 0) is not None
    passed = not free or _fits(task, own, NoTravel(), now)
    facts = {"own_stops": len(own.stops)}
    clash = next((s for s in own.stops if s.end > task.earliest and s.start < task.latest + task.duration), None)
    if clash is not None:
        facts |= {"busy_from": clash.start, "busy_to": clash.end}
    return Verdict("overlap", passed, facts)


def rule_reachable(task: Task, route: Route, travel: Travel, now: int) -> Verdict:
    """Travel between the technician's own stops and this one leaves it, and them, in time."""
    own = own_work(task, route, travel, now)
    passed = _fits(task, own, travel, now) or not _fits(task, own, NoTravel(), now)
    head = route_head(own, now)
    before = [stop for stop in own.stops if stop.start <= task.latest]
    free_from, place = (before[-1].end, before[-1].task.place) if before else (head.ready, head.place)
    leg = leg_seconds(travel, place, task.place)
    facts = {"free_from": free_from, "travel_seconds": leg, "latest": task.latest}
    return Verdict("reachable", passed, facts | {"arrival": max(free_from, now) + leg})


def own_work(task: Task, route: Route, travel: Travel, now: int) -> Route:
    """The route with only what is pinned to the technician, without this task; what is late already gets no later."""
    own = replace(route, stops=tuple(s for s in route.stops if s.pinned and s.task.key != task.key))
    return caught_up(own, travel, now) or own


def fixed_order(own: Route, stop: Stop, travel: Travel, now: int) -> Route | None:
    """The route with one more stop, in any feasible order; with very many stops, in the present order only."""
    head = route_head(own, now)
    others = own.stops[len(head.stops) :]
    try:
        return best_order(own, [*others, stop], travel, now, Effort(ORDERING_STEPS))
    except EffortSpent:
        orders = ([*others[:at], stop, *others[at:]] for at in range(len(others) + 1))
        timed = (timed_route(own.shift, head, order, travel) for order in orders)
        return next((route for route in timed if route is not None), None)


def _fits(task: Task, own: Route, travel: Travel, now: int) -> bool:
    return fixed_order(own, Stop(task, task.earliest, pinned=True), travel, now) is not None


Check = Callable[[Task, Route, Travel, int], Verdict]

PERSON_RULES: tuple[Callable[[Needing, Holding], Verdict], ...] = (rule_excluded, rule_skill, rule_level)
"""Rules about the person alone; a dispatcher may override them, time and place nobody can."""

HARD_RULES: tuple[Check, ...] = (
    lambda task, route, travel, now: rule_excluded(task, route.shift),
    lambda task, route, travel, now: rule_skill(task, route.shift),
    lambda task, route, travel, now: rule_level(task, route.shift),
    lambda task, route, travel, now: rule_shift(task, route.shift, now),
    lambda task, route, travel, now: rule_available(task, route.shift, now),
    lambda task, route, travel, now: rule_load_cap(task, route),
    rule_overlap,
    rule_reachable,
)


def eligibility(task: Task, route: Route, travel: Travel, now: int) -> list[Verdict]:
    """Every hard rule's verdict on giving the task to this technician, in the order in which refusals are told.

    Only the technician's own stops (pinned) stand in the way; stops merely planned there may be moved, and whether
    they can is the question ``claim`` answers.
    """
    return [rule(task, route, travel, now) for rule in HARD_RULES]


def refusals(verdicts: list[Verdict]) -> list[Verdict]:
    """The verdicts that refuse."""
    return [verdict for verdict in verdicts if not verdict.passed]


def person_verdicts(task: Needing, holder: Holding) -> list[Verdict]:
    """The verdict of every rule about the person alone."""
    return [rule(task, holder) for rule in PERSON_RULES]


def may_serve(task: Needing, holder: Holding) -> bool:
    """The rules about the person allow it."""
    return all(rule(task, holder).passed for rule in PERSON_RULES)
