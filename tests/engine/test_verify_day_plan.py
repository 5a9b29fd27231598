from dataclasses import replace

import pytest

from paidan_engine.problem import Shift, Task
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.verify import verify_day_plan
from tests.engine.day_plans import TableTravel, place

FIVE = TableTravel(((5,) * 5,) * 5)
SHIFT = Shift(1, 1, 10, 100, place(0), {1: 1}, blocks=((50, 60),), load_cap=2)
TASK = Task("a", place(1), 15, 90, 10, skills=((1, 1),))
GOOD = Stop(TASK, 15)


def check(*stops: Stop, shift: Shift = SHIFT, now: int = 0) -> list[str]:
    return [fault.code for fault in verify_day_plan(DayPlan((Route(shift, stops),)), FIVE, now).violations]


def test_good_plan_has_nothing_wrong() -> None:
    later = Stop(Task("b", place(2), 0, 90, 10), 30)

    assert check(GOOD, later) == []


@pytest.mark.parametrize(
    ("code", "stop"),
    [
        ("window", Stop(replace(TASK, earliest=20), 19)),
        ("window", Stop(replace(TASK, latest=20), 21)),
        ("reachable", Stop(replace(TASK, earliest=10), 14)),
        ("shift", Stop(replace(TASK, duration=30), 71)),
        ("available", Stop(TASK, 41)),
        ("available", Stop(TASK, 64)),
        ("skill", Stop(replace(TASK, skills=((2, 1),)), 15)),
        ("level", Stop(replace(TASK, skills=((1, 2),)), 15)),
        ("excluded", Stop(replace(TASK, excluded=frozenset({1})), 15)),
    ],
)
def test_each_fault_is_named(code: str, stop: Stop) -> None:
    assert code in check(stop)


def test_span_may_touch_a_block() -> None:
    assert check(Stop(TASK, 40)) == []
    assert check(Stop(TASK, 65)) == []


def test_leaving_before_now_is_unreachable_unless_under_way() -> None:
    assert check(Stop(TASK, 20), now=16) == ["reachable"]
    assert check(Stop(TASK, 20, pinned=True, en_route=True), now=16) == []


def test_overlapping_stops_are_unreachable() -> None:
    assert check(GOOD, Stop(Task("b", place(2), 0, 90, 10), 29)) == ["reachable"]


def test_too_many_stops_break_the_load_cap() -> None:
    stops = [Stop(Task(key, None, 0, 90, 5), start) for key, start in (("a", 10), ("b", 20), ("c", 30))]

    assert check(*stops) == ["load_cap"]


def test_waived_rule_is_not_held_against_the_plan() -> None:
    assert check(Stop(replace(TASK, skills=((2, 1),)), 15, pinned=True, waived=frozenset({"skill"}))) == []


def test_cost_counts_every_leg_and_preferred_technician() -> None:
    stops = (Stop(replace(TASK, preferred=frozenset({1})), 15), Stop(Task("b", place(2), 0, 90, 10), 30))

    found = verify_day_plan(DayPlan((Route(SHIFT, stops),)), FIVE, 0)

    assert (found.travel_seconds, found.preferred) == (10, 1)
