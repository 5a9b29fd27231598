from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.errors import InvalidProblem
from paidan_engine.explain import Flip, explain_route
from paidan_engine.problem import Shift, Task
from paidan_engine.repair import insertions, remove
from paidan_engine.solution import DayPlan, Route, Stop
from tests.engine.day_plans import TableTravel, day_plans, place


def legs(plan: DayPlan, travel: TableTravel) -> int:
    """Travel of all routes; nobody travels to or from an unknown place."""
    total = 0
    for route in plan:
        here = route.shift.origin
        for stop in route.stops:
            there = stop.task.place
            total += travel.travel(here, there) if here is not None and there is not None else 0
            here = there
    return total


@settings(deadline=None, max_examples=200)
@given(day_plans(), st.data())
def test_costs_are_what_the_task_adds_to_the_plan_and_the_named_change_flips_it(drawn, data) -> None:
    plan, travel, now = drawn
    movable = [stop.task.key for route in plan for stop in route.stops if not stop.started]
    if not movable:
        return
    key = data.draw(st.sampled_from(movable))
    task = plan.tasks()[key]
    rest = remove(plan, key, travel, now)
    ways = insertions(rest, task, travel, now)

    told = explain_route(plan, key, travel, now)

    assert told.winner == plan.find(key)[0].shift.id
    for view in told.views:
        own = [legs(way.plan, travel) - legs(rest, travel) for way in ways if way.shift_id == view.shift_id]
        assert view.cost == min(own, default=None)
        assert view.cost is None or view.cost == sum(seconds for _, seconds in view.parts)
        assert view.cost is None or all(verdict.passed for verdict in view.verdicts)
    if told.margin is not None:
        assert told.flips[0].seconds == max(0, told.margin + 1)
        assert chosen(ways, told.runner_up, told.flips[0].seconds) == told.runner_up
        if told.margin > 0:
            assert chosen(ways, told.runner_up, told.margin - 1) == told.winner


def chosen(ways, cheaper: int | None, seconds: int) -> int:
    """The shift of the cheapest way when one shift gets cheaper."""
    return min((way.added_cost - (seconds if way.shift_id == cheaper else 0), way.shift_id) for way in ways)[1]


TRAVEL = TableTravel(((0, 3, 8), (3, 0, 5), (8, 5, 0)))
TASK = Task("a", place(1), earliest=0, latest=40, duration=5)
NEAR, FAR = Shift(1, 1, 0, 60, place(0)), Shift(2, 2, 0, 60, place(2))


def test_explanation_tells_places_margin_and_what_would_flip_it() -> None:
    plan = DayPlan((Route(NEAR, (Stop(TASK, 3),)), Route(FAR)))

    told = explain_route(plan, "a", TRAVEL, 0)

    assert (told.winner, told.runner_up, told.margin) == (1, 2, 2)
    assert [(view.shift_id, view.position, view.parts, view.behind) for view in told.views] == [
        (1, 0, (("travel", 3), ("preferred", 0)), 0),
        (2, 0, (("travel", 5), ("preferred", 0)), 2),
    ]
    assert told.flips == (Flip(2, 3),)


def test_preferred_technician_wins_from_further_away() -> None:
    wanted = replace(TASK, preferred=frozenset({2}))

    told = explain_route(DayPlan((Route(NEAR), Route(FAR, (Stop(wanted, 5),)))), "a", TRAVEL, 0)

    assert (told.winner, told.runner_up, told.margin) == (2, 1, 898)
    assert told.views[0].parts == (("travel", 5), ("preferred", -900))


@pytest.mark.parametrize(
    ("code", "task"),
    [
        ("excluded", replace(TASK, excluded=frozenset({1}))),
        ("skill", replace(TASK, skills=((9, 1),))),
        ("level", replace(TASK, skills=((7, 2),))),
    ],
)
def test_single_rule_that_kept_a_nearer_one_away_is_named(code, task) -> None:
    near, far = replace(NEAR, skills={7: 1}), replace(FAR, skills={7: 2, 9: 1})

    told = explain_route(DayPlan((Route(near), Route(far, (Stop(task, 5),)))), "a", TRAVEL, 0)

    assert (told.winner, told.runner_up, told.margin) == (2, None, None)
    assert told.flips == (Flip(1, 0, code),)


def test_task_that_is_not_planned_cannot_be_explained() -> None:
    with pytest.raises(InvalidProblem, match="Task x is not in the plan"):
        explain_route(DayPlan((Route(NEAR),)), "x", TRAVEL, 0)
