from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.problem import Shift, Task
from paidan_engine.repair import GapTable, Refusal, fit, insertions, remove
from paidan_engine.repair.board import Board, Setting
from paidan_engine.repair.exact import exact_board
from paidan_engine.sequencing import Effort
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.timing import caught_up
from paidan_engine.verify import verify_day_plan
from tests.engine.day_plans import (
    TableTravel,
    crowded_plan,
    day_plans,
    earliest_times,
    place,
    plan_exists,
    serves,
    tasks,
)

AMPLE = 5_000_000
FIVE = TableTravel(((0, 5, 5, 5, 5), (5, 0, 5, 5, 5), (5, 5, 0, 5, 5), (5, 5, 5, 0, 5), (5, 5, 5, 5, 0)))


def pins(plan: DayPlan) -> dict[str, int]:
    return {stop.task.key: route.shift.id for route in plan for stop in route.stops if stop.pinned}


def facts(plan: DayPlan) -> list[list[tuple[str, int]]]:
    return [[(stop.task.key, stop.start) for stop in route.stops if stop.started] for route in plan]


@settings(deadline=None)
@given(day_plans(), tasks("new"))
def test_insertions_are_every_gap_that_exhaustive_timing_allows(case, task) -> None:
    plan, travel, now = case

    found = {(way.shift_id, way.position): way.start for way in insertions(plan, task, travel, now)}

    expected = {}
    for route in plan:
        if not serves(route.shift, task) or len(route.stops) >= route.shift.load_cap:
            continue
        for position in range(route.under_way, len(route.stops) + 1):
            order = (*route.stops[:position], Stop(task, 0), *route.stops[position:])
            starts = earliest_times(route.shift, order, travel, now)
            if starts is not None:
                expected[route.shift.id, position] = starts[position]
    assert found == expected


@settings(deadline=None)
@given(day_plans(), tasks("new"))
def test_each_insertion_gives_a_feasible_plan_and_costs_what_it_says(case, task) -> None:
    plan, travel, now = case
    before = verify_day_plan(plan, travel, now)

    ways = insertions(plan, task, travel, now)

    for way in ways:
        after = verify_day_plan(way.plan, travel, now)
        assert after.violations == ()
        assert after.travel_seconds - before.travel_seconds == way.added_cost
        assert way.plan.task_keys() == plan.task_keys() | {"new"}
    assert [way.added_cost for way in ways] == sorted(way.added_cost for way in ways)


@settings(deadline=None)
@given(day_plans(), tasks("new"), st.integers(0, 8))
def test_the_table_of_gaps_agrees_with_insertions(case, task, width) -> None:
    plan, travel, now = case
    openings = np.arange(0, 50, 5)

    found = GapTable.of(plan, travel, now).feasible(task, openings, openings + width)

    windows = [replace(task, earliest=int(opens), latest=int(opens) + width) for opens in openings]
    assert found.tolist() == [bool(insertions(plan, window, travel, now)) for window in windows]


@settings(deadline=None)
@given(day_plans(), tasks("new"), st.integers(0, 8))
def test_what_is_not_thinkable_cannot_be_planned(case, task, width) -> None:
    plan, travel, now = case
    openings = np.arange(0, 50, 10)

    thinkable = GapTable.of(plan, travel, now).thinkable(task, openings, openings + width)

    for opens, conceivable in zip(openings.tolist(), thinkable, strict=True):
        window = replace(task, earliest=opens, latest=opens + width)
        assert conceivable or not plan_exists(plan, [window], travel, now, {})


@settings(max_examples=150, deadline=None)
@given(day_plans(), tasks("new"), st.integers(0, 8))
def test_windows_that_fit_are_those_that_exhaustive_search_allows(case, task, width) -> None:
    plan, travel, now = case

    for opening in range(0, 50, 10):
        window = replace(task, earliest=opening, latest=opening + width)
        found = fit(plan, window, travel, now, budget=AMPLE)
        if plan_exists(plan, [window], travel, now, {}):
            assert isinstance(found, DayPlan)
            assert verify_day_plan(found, travel, now).violations == ()
            assert found.task_keys() == plan.task_keys() | {"new"}
            assert pins(found) == pins(plan)
            assert facts(found) == facts(plan)
        else:
            assert found is Refusal.PROVEN


@pytest.mark.parametrize("seed", range(40))
def test_windows_of_a_crowded_day_that_fit_are_those_that_exhaustive_search_allows(seed) -> None:
    plan, travel, task = crowded_plan(seed)

    for opening in range(0, 45, 5):
        window = replace(task, earliest=opening, latest=opening + 5)
        found = fit(plan, window, travel, 0, budget=AMPLE)
        if plan_exists(plan, [window], travel, 0, {}):
            assert isinstance(found, DayPlan)
            assert verify_day_plan(found, travel, 0).violations == ()
            assert found.task_keys() == plan.task_keys() | {"new"}
            assert pins(found) == pins(plan)
        else:
            assert found is Refusal.PROVEN


@pytest.mark.parametrize("seed", range(20))
def test_exact_search_alone_agrees_with_exhaustive_search(seed) -> None:
    plan, travel, task = crowded_plan(seed)
    board = Board.of(plan, Setting(travel, 0, Effort(AMPLE)))

    for opening in range(0, 45, 5):
        window = replace(task, earliest=opening, latest=opening + 5)
        found = exact_board(board, [Stop(window, opening)])
        assert (found is not None) == plan_exists(plan, [window], travel, 0, {})
        if found is not None:
            assert verify_day_plan(found.plan(plan), travel, 0).violations == ()
            assert found.plan(plan).task_keys() == plan.task_keys() | {"new"}


def test_fit_moves_an_unpinned_stop_to_a_colleague() -> None:
    skilled = Shift(1, 1, 0, 100, place(0), {1: 1})
    plain = Shift(2, 2, 0, 100, place(0))
    easy = Task("easy", place(1), 10, 20, 30)
    plan = DayPlan((Route(skilled, (Stop(easy, 10),)), Route(plain)))
    hard = Task("hard", place(2), 10, 20, 30, skills=((1, 1),))

    found = fit(plan, hard, FIVE, 0)

    assert isinstance(found, DayPlan)
    assert [[stop.task.key for stop in route.stops] for route in found] == [["hard"], ["easy"]]


def test_fit_never_moves_a_pinned_stop() -> None:
    skilled = Shift(1, 1, 0, 100, place(0), {1: 1})
    plain = Shift(2, 2, 0, 100, place(0))
    easy = Task("easy", place(1), 10, 20, 30)
    plan = DayPlan((Route(skilled, (Stop(easy, 10, pinned=True),)), Route(plain)))
    hard = Task("hard", place(2), 10, 20, 30, skills=((1, 1),))

    assert fit(plan, hard, FIVE, 0) is Refusal.PROVEN


def test_small_budget_says_that_it_ended() -> None:
    shifts = [Shift(number, number, 0, 200, place(0)) for number in range(4)]
    busy = [Stop(Task(f"t{number}", place(1), 5, 100, 60), 5) for number in range(4)]
    plan = DayPlan(tuple(Route(shift, (stop,)) for shift, stop in zip(shifts, busy, strict=True)))
    task = Task("new", place(2), 20, 30, 60)

    assert fit(plan, task, FIVE, 0, budget=5) is Refusal.BUDGET


def test_late_stop_gets_no_later_and_leaves_room_after_it() -> None:
    late = Stop(Task("late", place(1), 0, 10, 10), 5, pinned=True)
    plan = DayPlan((Route(Shift(1, 1, 0, 100, place(0)), (late,)),))

    before, after = Task("before", place(2), 0, 33, 10), Task("after", place(2), 0, 60, 10)

    assert fit(plan, before, FIVE, 30) is Refusal.PROVEN
    assert insertions(plan, before, FIVE, 30) == []
    for found in (fit(plan, after, FIVE, 30), insertions(plan, after, FIVE, 30)[0].plan):
        assert isinstance(found, DayPlan)
        assert found.routes[0].stops == (replace(late, start=35), Stop(after, 50))


def test_route_that_overruns_its_shift_takes_nothing_and_stays_as_it_is() -> None:
    late = Route(Shift(1, 1, 0, 100, place(0)), (Stop(Task("late", place(1), 0, 10, 80), 5, pinned=True),))
    plan = DayPlan((late, Route(Shift(2, 2, 0, 100, place(0)))))

    found = fit(plan, Task("new", place(2), 0, 60, 10), FIVE, 30)

    assert isinstance(found, DayPlan)
    assert found.routes[0] is late
    assert [stop.task.key for stop in found.routes[1].stops] == ["new"]


@settings(deadline=None)
@given(day_plans(), tasks("new"), st.integers(0, 40))
def test_time_passing_never_makes_an_insertion_push_a_promise_further(case, task, later) -> None:
    plan, travel, _ = case
    standing = {route.shift.id: caught_up(route, travel, later) for route in plan}

    for way in insertions(plan, task, travel, later):
        route = way.route
        starts = {stop.task.key: stop.start for stop in route.stops}
        for stop in standing[route.shift.id].stops:
            assert starts[stop.task.key] <= stop.task.latest or stop.under_way
        assert way.plan.tasks() == plan.tasks() | {"new": task}


def test_preferred_technician_is_worth_a_quarter_of_an_hour() -> None:
    near, far = Shift(1, 1, 0, 100, place(0)), Shift(2, 2, 0, 100, place(1))
    plan = DayPlan((Route(near), Route(far)))
    task = Task("new", place(0), 0, 60, 10, preferred=frozenset({2}))

    ways = insertions(plan, task, FIVE, 0)

    assert [(way.technician, way.added_cost) for way in ways] == [(2, 5 - 900), (1, 0)]


@settings(deadline=None)
@given(day_plans())
def test_removed_task_leaves_the_rest_planned(case) -> None:
    plan, travel, now = case

    for key in plan.task_keys():
        rest = remove(plan, key, travel, now)
        assert rest.task_keys() == plan.task_keys() - {key}
