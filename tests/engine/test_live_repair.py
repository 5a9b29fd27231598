"""Mending a day that has begun: what stays, what moves, and that nothing breaks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.errors import InvalidProblem
from paidan_engine.repair.live import owners_of, repair_live
from paidan_engine.repair.live_rest import Turn, rest_of_day
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.ruin_recreate import ruin_recreate
from paidan_engine.routing.solution import RoutePlan, RouteStop
from paidan_engine.routing.stop import Steps
from paidan_engine.routing.technicians import Break
from paidan_engine.routing.visits import Seat
from paidan_engine.verify.route_plan import verify_route_plan
from tests.engine.random_days import a_random_day
from tests.engine.route_problems import a_plan, a_problem, a_route, a_shift, a_technician, a_visit

pytestmark = pytest.mark.timeout(900)  # whoever changed the loops compiles them here

PLAN = a_plan(a_route(("a", 10), ("b", 25)), a_route(("c", 30), technician="u"))
"""Serves ``a_problem()``: t goes to a and b, u to c."""


def stops(plan: RoutePlan, technician: str) -> list[str]:
    return [stop.visit for route in plan if route.technician == technician for stop in route.stops]


def test_who_is_absent_is_replaced_and_nobody_else_moves() -> None:
    turn = Turn(now=0, absent=frozenset("t"))

    mended = repair_live(a_problem(), PLAN, turn, Steps(300), promise_price=5)

    assert verify_route_plan(a_problem(), mended.plan).violations == ()
    assert sorted(stops(mended.plan, "u")) == ["a", "b", "c"]
    assert mended.moved == frozenset()
    assert mended.complete


def test_a_cancelled_visit_is_gone_and_a_new_one_is_served() -> None:
    problem = a_problem(visits=(a_visit("a", 1), a_visit("b", 2), a_visit("c", 3), a_visit("d", 4)))

    mended = repair_live(problem, PLAN, Turn(now=0, cancelled=frozenset("a")), Steps(300), promise_price=1_000)

    assert mended.plan.served() == {"b", "c", "d"}
    assert stops(mended.plan, "t") == ["b"]
    assert mended.moved == frozenset()


@pytest.mark.parametrize(("price", "moved"), [(59, {"c"}), (61, set())])
def test_a_promise_is_broken_only_when_that_saves_more_than_it_is_worth(price: int, moved: set[str]) -> None:
    visits = (a_visit("a", 3, seats=(Seat(5, technician="t"),)), a_visit("b", 3), a_visit("c", 3))
    problem = a_problem(visits=visits)
    plan = a_plan(a_route(("a", 30), ("b", 35)), a_route(("c", 30), technician="u"))

    mended = repair_live(problem, plan, Turn(now=0), Steps(300), promise_price=price)

    assert mended.moved == moved
    assert stops(mended.first, "u") == ["c"]


@pytest.mark.parametrize(("most", "moved"), [(0, set()), (1, {"c"})])
def test_no_more_promises_are_broken_than_may_be_however_cheap_they_are(most: int, moved: set[str]) -> None:
    visits = (a_visit("a", 3, seats=(Seat(5, technician="t"),)), a_visit("b", 3), a_visit("c", 3))
    problem = a_problem(visits=visits)
    plan = a_plan(a_route(("a", 30), ("b", 35)), a_route(("c", 30), technician="u"))

    mended = repair_live(problem, plan, Turn(now=0), Steps(2_000), promise_price=0, most_moved=most)

    assert mended.moved == moved


@pytest.mark.parametrize("seed", range(20))
def test_the_search_breaks_no_more_than_allowed_or_than_the_first_plan_had_to(seed: int) -> None:
    problem = shortest(a_random_day(seed))
    plan = ruin_recreate(problem, Steps(100), seed).plan
    turn = Turn(0, absent=frozenset({problem.technicians[0].key}) if problem.technicians else frozenset())
    optional = {visit.key for visit in problem.visits if visit.value is not None}

    needed = repair_live(problem, plan, turn, None, seed, promise_price=0)
    mended = repair_live(problem, plan, turn, Steps(1_000), seed, promise_price=0, most_moved=1)

    assert needed.first == mended.first
    if needed.complete:
        assert len(mended.moved - optional) <= max(1, seats_moved(needed.first, plan))


def seats_moved(found: RoutePlan, plan: RoutePlan) -> int:
    """Seats with somebody who had no seat of that visit, of visits that had anybody."""
    owners = owners_of(plan)
    return sum(
        1
        for route in found
        for stop in route.stops
        if stop.visit in owners and route.technician not in owners[stop.visit]
    )


def test_what_has_begun_and_what_is_within_the_horizon_stays() -> None:
    plan = a_plan(a_route(("c", 30), ("a", 55), ("b", 70)))

    mended = repair_live(a_problem(), plan, Turn(now=32, horizon=25), Steps(300), promise_price=0)

    (route,) = mended.plan.routes
    assert route.stops[:2] == (RouteStop("c", 30), RouteStop("a", 55))
    assert verify_route_plan(a_problem(), mended.plan).violations == ()


def test_work_begun_by_who_falls_ill_stays_his_and_the_rest_finds_somebody() -> None:
    mended = repair_live(a_problem(), PLAN, Turn(now=12, absent=frozenset("t")), Steps(300), promise_price=5)

    assert stops(mended.plan, "t") == ["a"]
    assert sorted(stops(mended.plan, "u")) == ["b", "c"]


def test_nobody_sets_out_before_now() -> None:
    problem = a_problem(visits=(*a_problem().visits, a_visit("d", 1)))

    mended = repair_live(problem, PLAN, Turn(now=50), Steps(300), promise_price=1_000)

    start = next(stop.start for route in mended.plan for stop in route.stops if stop.visit == "d")
    assert start >= 60
    assert verify_route_plan(problem, mended.plan).violations == ()


def test_a_break_taken_stays_and_one_still_to_come_is_kept() -> None:
    shift = a_shift(breaks=(Break(15, 20, 5), Break(100, 120, 10)))
    problem = a_problem(technicians=(a_technician(shifts=(shift,)),))
    plan = a_plan(a_route(("a", 10), ("b", 30), ("c", 45), breaks=(15, 100)))

    mended = repair_live(problem, plan, Turn(now=28), None, promise_price=1)

    assert verify_route_plan(problem, mended.plan).violations == ()
    assert mended.plan.routes[0].breaks[0] == 15


def test_the_crew_of_a_fixed_visit_is_fixed_with_what_stands_before_it() -> None:
    crew = a_visit("a", 3, seats=(Seat(5), Seat(5)), gap=(0, 50), windows=((0, 150),))
    problem = a_problem(visits=(crew, a_visit("b", 2)))
    plan = a_plan(a_route(("a", 30)), a_route(("b", 20), ("a", 35, 1), technician="u"))

    rest = rest_of_day(problem, plan, Turn(now=10, horizon=20))

    assert rest.problem.visits == ()
    assert rest.done.served() == {"a", "b"}


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="The price of a promise is -1"):
        repair_live(a_problem(), PLAN, Turn(now=0), None, promise_price=-1)


def test_a_negative_number_of_moves_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="The most that may move is -1"):
        repair_live(a_problem(), PLAN, Turn(now=0), None, promise_price=0, most_moved=-1)


def shortest(problem: RouteProblem) -> RouteProblem:
    """The same day where no detour is shorter than the straight way, so that who goes home early is home early."""
    times = problem.travel_times.copy()
    np.fill_diagonal(times, 0)
    for place in range(len(times)):
        times = np.minimum(times, times[:, place : place + 1] + times[place : place + 1, :])
    whole = tuple(replace(person, travel_percent=100) for person in problem.technicians)
    return replace(problem, travel_times=times, technicians=whole)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), now=st.integers(0, 500), horizon=st.integers(0, 60), data=st.data())
def test_a_mended_day_breaks_no_hard_rule_and_keeps_what_is_fixed(
    seed: int, now: int, horizon: int, data: st.DataObject
) -> None:
    problem = shortest(a_random_day(seed))
    plan = ruin_recreate(problem, Steps(100), seed).plan
    keys = sorted(visit.key for visit in problem.visits)
    people = sorted(person.key for person in problem.technicians)
    cancelled = frozenset(data.draw(st.lists(st.sampled_from(keys), max_size=2))) if keys else frozenset()
    turn = Turn(now, horizon, frozenset(data.draw(st.lists(st.sampled_from(people), max_size=1))), cancelled)

    mended = repair_live(problem, plan, turn, Steps(200), seed, promise_price=20)

    wanted = tuple(visit for visit in problem.visits if visit.key not in cancelled - mended.plan.served())
    left = replace(problem, visits=tuple(replace(v, after=None) if v.after in cancelled else v for v in wanted))
    for answer in (mended.first, mended.plan):
        codes = {violation.code for violation in verify_route_plan(left, answer).violations}
        assert codes <= {"required"}
    begun = {(r.technician, s) for r in plan for s in r.stops if s.start <= now}
    assert begun <= {(r.technician, s) for r in mended.plan for s in r.stops}
