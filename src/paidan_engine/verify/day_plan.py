"""Checks a day plan stop by stop."""

from collections import Counter
from dataclasses import dataclass

from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.travel import Travel
from paidan_engine.verify.violation import Violation


@dataclass(frozen=True, slots=True)
class DayPlanCheck:
    """What is wrong with a day plan, and what it costs.

    Attributes:
        travel_seconds: all legs, from each shift's origin on; nobody is driven home.
        preferred: stops served by a preferred technician.
    """

    violations: tuple[Violation, ...]
    travel_seconds: int
    preferred: int

    @property
    def feasible(self) -> bool:
        """Nothing is wrong."""
        return not self.violations


def verify_day_plan(plan: DayPlan, travel: Travel, now: int) -> DayPlanCheck:
    """Check every stop of a plan at ``now``; started and en-route stops are facts and only counted."""
    wrong: list[Violation] = []
    seen = Counter(stop.task.key for route in plan.routes for stop in route.stops)
    wrong += [Violation("twice", key, f"Task {key} is planned {n} times.") for key, n in seen.items() if n > 1]
    total = 0
    preferred = 0
    for route in plan.routes:
        wrong += _person(route)
        legs = _legs(route, travel)
        total += sum(legs)
        preferred += sum(route.shift.technician in stop.task.preferred for stop in route.stops)
        wrong += _times(route, legs, now)
    return DayPlanCheck(tuple(wrong), total, preferred)


def _legs(route: Route, travel: Travel) -> list[int]:
    here = route.shift.origin
    legs = []
    for stop in route.stops:
        there = stop.task.place
        legs.append(travel.travel(here, there) if here is not None and there is not None else 0)
        here = there
    return legs


def _person(route: Route) -> list[Violation]:
    shift = route.shift
    wrong = []
    for stop in route.stops:
        key = stop.task.key
        lacking = [skill for skill, _ in stop.task.skills if skill not in shift.skills]
        low = [skill for skill, need in stop.task.skills if shift.skills.get(skill, need) < need]
        if lacking and "skill" not in stop.waived:
            wrong.append(Violation("skill", key, f"Technician {shift.technician} lacks skill {lacking[0]}."))
        if low and "level" not in stop.waived:
            wrong.append(Violation("level", key, f"Technician {shift.technician} is below level in skill {low[0]}."))
        if shift.technician in stop.task.excluded and "excluded" not in stop.waived:
            wrong.append(Violation("excluded", key, f"Technician {shift.technician} is excluded."))
    waived = any("load_cap" in stop.waived for stop in route.stops)
    if len(route.stops) > shift.load_cap and not waived:
        sentence = f"{len(route.stops)} stops where {shift.load_cap} are allowed."
        wrong.append(Violation("load_cap", f"shift {shift.id}", sentence))
    return wrong


def _times(route: Route, legs: list[int], now: int) -> list[Violation]:
    wrong = []
    free = max(route.shift.start, now)
    expected = True
    for stop, leg in zip(route.stops, legs, strict=True):
        if stop.started or stop.en_route:
            if not expected:
                wrong.append(Violation("order", stop.task.key, "A stop under way follows one that is not."))
            begin = stop.start if stop.started else max(stop.start, now)
            free = max(free, begin + stop.task.duration)
            continue
        expected = False
        wrong += [Violation(code, stop.task.key, text) for code, text in _faults(route, stop, leg, free)]
        free = max(free, stop.start + stop.task.duration)
    return wrong


def _faults(route: Route, stop: Stop, leg: int, free: int) -> list[tuple[str, str]]:
    task = stop.task
    departure = stop.start - leg
    finish = stop.start + task.duration
    faults = []
    if not task.earliest <= stop.start <= task.latest:
        faults.append(("window", f"Starts at {stop.start}, outside {task.earliest} to {task.latest}."))
    if departure < free:
        faults.append(("reachable", f"Leaves at {departure}, but is free only at {free}."))
    if finish > route.shift.end:
        faults.append(("shift", f"Ends at {finish}, after the shift's end {route.shift.end}."))
    for start, end in route.shift.blocks:
        if departure < end and start < finish:
            faults.append(("available", f"Occupied from {departure} to {finish}, in the block {start} to {end}."))
    return faults
