from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.constraints import eligibility, refusals
from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Shift, Task
from paidan_engine.repair import Displaced, NotPossible, Override, Refusal, assign_override, claim
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.verify import verify_day_plan
from tests.engine.day_plans import crowded_plan, day_plans, place, plan_exists, tasks
from tests.engine.test_fit import AMPLE, FIVE, facts, pins


def codes(task: Task, route: Route, now: int = 0) -> list[str]:
    return [verdict.code for verdict in refusals(eligibility(task, route, FIVE, now))]


@settings(max_examples=150, deadline=None)
@given(day_plans(), tasks("new"), st.data())
def test_claim_succeeds_exactly_when_a_plan_for_every_promise_exists(case, fresh, data) -> None:
    plan, travel, now = case
    loose = [stop.task for route in plan for stop in route.stops if not stop.pinned]
    task = data.draw(st.sampled_from([fresh, *loose]))
    route = data.draw(st.sampled_from(plan.routes))
    technician = route.shift.technician

    result = claim(plan, task, technician, travel, now, budget=AMPLE)

    eligible = not refusals(eligibility(task, route, travel, now))
    added = [task] if task is fresh else []
    possible = eligible and plan_exists(plan, added, travel, now, {task.key: route.shift.id})
    assert isinstance(result, DayPlan) == possible
    if isinstance(result, DayPlan):
        assert verify_day_plan(result, travel, now).violations == ()
        assert result.task_keys() == plan.task_keys() | {task.key}
        assert pins(result) == pins(plan) | {task.key: route.shift.id}
        assert facts(result) == facts(plan)
    elif isinstance(result, Displaced):
        assert eligible
        assert result.keys
        assert set(result.keys) <= plan.task_keys() - {task.key}
        assert result.refusal is Refusal.PROVEN
    else:
        assert not eligible
        assert result.verdicts


@pytest.mark.parametrize("seed", range(40))
def test_claim_on_a_crowded_day_breaks_no_promise(seed) -> None:
    plan, travel, task = crowded_plan(seed)

    for route in plan:
        result = claim(plan, task, route.shift.technician, travel, 0, budget=AMPLE)
        eligible = not refusals(eligibility(task, route, travel, 0))
        possible = eligible and plan_exists(plan, [task], travel, 0, {"new": route.shift.id})
        assert isinstance(result, DayPlan) == possible
        if isinstance(result, DayPlan):
            assert verify_day_plan(result, travel, 0).violations == ()
            assert result.task_keys() == plan.task_keys() | {"new"}
            assert pins(result) == pins(plan) | {"new": route.shift.id}


@settings(max_examples=150, deadline=None)
@given(day_plans(), tasks("new"), st.data())
def test_override_serves_the_task_and_names_exactly_the_promises_without_plan(case, task, data) -> None:
    plan, travel, now = case
    technician = data.draw(st.sampled_from(plan.routes)).shift.technician

    result = assign_override(plan, task, technician, travel, now, budget=AMPLE)

    if isinstance(result, Override):
        assert verify_day_plan(result.plan, travel, now).violations == ()
        assert result.plan.task_keys() | set(result.at_risk) == plan.task_keys() | {"new"}
        assert not result.plan.task_keys() & set(result.at_risk)
        assert pins(result.plan) == pins(plan) | {"new": technician}
    else:
        assert {v.code for v in result.verdicts} & {"shift", "available", "overlap", "reachable"}


def test_claim_hands_the_planned_stop_to_a_colleague() -> None:
    planned = Stop(Task("planned", place(1), 10, 20, 30), 10)
    plan = DayPlan((Route(Shift(1, 1, 0, 100, place(0)), (planned,)), Route(Shift(2, 2, 0, 100, place(0)))))

    result = claim(plan, Task("new", place(2), 10, 20, 30), 1, FIVE, 0)

    assert isinstance(result, DayPlan)
    assert [[stop.task.key for stop in route.stops] for route in result] == [["new"], ["planned"]]


def test_claim_that_would_break_a_promise_names_it() -> None:
    planned = Stop(Task("planned", place(1), 10, 20, 30), 10)
    plan = DayPlan((Route(Shift(1, 1, 0, 100, place(0)), (planned,)),))

    result = claim(plan, Task("new", place(2), 10, 20, 30), 1, FIVE, 0)

    assert result == Displaced(("planned",), Refusal.PROVEN)


def test_override_takes_the_promise_out_of_the_plan_and_reports_it() -> None:
    planned = Stop(Task("planned", place(1), 10, 20, 30), 10)
    plan = DayPlan((Route(Shift(1, 1, 0, 100, place(0)), (planned,)),))
    task = Task("new", place(2), 10, 20, 30, skills=((1, 1),))

    result = assign_override(plan, task, 1, FIVE, 0)

    assert isinstance(result, Override)
    assert result.at_risk == ("planned",)
    assert result.waived == {"skill"}
    assert result.plan.routes[0].stops == (Stop(task, 10, pinned=True, waived=frozenset({"skill"})),)


def test_override_cannot_put_anybody_in_two_places() -> None:
    planned = Stop(Task("planned", place(1), 10, 20, 30), 10, pinned=True)
    plan = DayPlan((Route(Shift(1, 1, 0, 100, place(0)), (planned,)),))

    result = assign_override(plan, Task("new", place(2), 10, 20, 30), 1, FIVE, 0)

    assert isinstance(result, NotPossible)
    assert [verdict.code for verdict in result.verdicts] == ["overlap"]


def test_task_pinned_to_another_technician_is_refused() -> None:
    stop = Stop(Task("a", place(1), 10, 20, 30), 10, pinned=True)
    plan = DayPlan((Route(Shift(1, 1, 0, 100, place(0)), (stop,)), Route(Shift(2, 2, 0, 100, place(0)))))

    with pytest.raises(InvalidProblem, match="Task a is pinned to technician 1"):
        claim(plan, stop.task, 2, FIVE, 0)


def test_technician_without_a_shift_cannot_claim() -> None:
    assert claim(DayPlan(()), Task("a", None, 0, 1, 1), 9, FIVE, 0) == NotPossible(())


SHIFT = Shift(1, 1, 0, 100, place(0), {1: 2}, load_cap=2)
FREE = Route(SHIFT)
BUSY = Route(SHIFT, (Stop(Task("own", place(1), 40, 40, 20), 40, pinned=True),))


@pytest.mark.parametrize(
    ("code", "task", "route"),
    [
        ("excluded", Task("t", place(2), 10, 20, 10, excluded=frozenset({1})), FREE),
        ("skill", Task("t", place(2), 10, 20, 10, skills=((2, 1),)), FREE),
        ("level", Task("t", place(2), 10, 20, 10, skills=((1, 3),)), FREE),
        ("shift", Task("t", place(2), 95, 120, 10), FREE),
        (
            "available",
            Task("t", place(2), 10, 20, 10),
            Route(Shift(1, 1, 0, 100, place(0), blocks=((5, 60),))),
        ),
        (
            "load_cap",
            Task("t", place(2), 0, 90, 10),
            Route(Shift(1, 1, 0, 100, None, load_cap=1), BUSY.stops),
        ),
        ("overlap", Task("t", place(1), 45, 50, 10), BUSY),
        ("reachable", Task("t", place(2), 60, 64, 10), BUSY),
    ],
)
def test_exactly_one_rule_refuses(code: str, task: Task, route: Route) -> None:
    assert codes(task, route) == [code]
    assert refusals(eligibility(task, route, FIVE, 0))[0].facts


def test_eligible_technician_is_told_every_rule_passed() -> None:
    verdicts = eligibility(Task("t", place(2), 10, 20, 10), BUSY, FIVE, 0)

    names = ["excluded", "skill", "level", "shift", "available", "load_cap", "overlap", "reachable"]
    assert [verdict.code for verdict in verdicts] == names
    assert all(verdict.passed for verdict in verdicts)


def test_verdict_of_reachable_says_when_the_technician_would_arrive() -> None:
    verdict = refusals(eligibility(Task("t", place(2), 60, 64, 10), BUSY, FIVE, 0))[0]

    assert verdict.facts == {"free_from": 60, "travel_seconds": 5, "latest": 64, "arrival": 65}


def test_late_technician_may_still_take_what_fits_after() -> None:
    late = Route(SHIFT, (Stop(Task("late", place(1), 0, 10, 10), 5, pinned=True),))
    task = Task("t", place(2), 0, 60, 10)

    assert codes(task, late, now=30) == []
    assert codes(replace(task, latest=33), late, now=30) == ["overlap"]
    claimed = claim(DayPlan((late,)), task, 1, FIVE, 30)
    assert isinstance(claimed, DayPlan)
    assert claimed.routes[0].stops == (replace(late.stops[0], start=35), Stop(task, 50, pinned=True))


def test_stops_merely_planned_do_not_make_ineligible() -> None:
    planned = Route(SHIFT, (Stop(Task("planned", place(1), 40, 40, 20), 40),))

    assert codes(Task("t", place(1), 45, 50, 10), planned) == []
