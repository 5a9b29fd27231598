"""The search of routes: what it may hand to PyVRP, that its plans keep the rules, and when it ends."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.parts import client_distances, cut, route_distances
from paidan_engine.routing.problem import Matrix, RouteProblem, Weights
from paidan_engine.routing.pyvrp_model import beyond_pyvrp
from paidan_engine.routing.relay import SMALLEST_PART
from paidan_engine.routing.solution import RoutePlan
from paidan_engine.routing.solve import solve_routes
from paidan_engine.routing.stop import Asked, CpuSeconds, First, Steps
from paidan_engine.routing.technicians import Break
from paidan_engine.routing.visits import Seat
from paidan_engine.verify import verify_route_plan
from tests.engine.route_problems import a_plan, a_problem, a_route, a_shift, a_technician, a_visit, line

pytestmark = pytest.mark.timeout(900)  # whoever changed the loops compiles them here

PAIR = (Seat(5), Seat(5))


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (a_problem(), None),
        (a_problem(visits=(a_visit(windows=((0, 5), (9, 12))),)), "visit a has several windows"),
        (a_problem(visits=(a_visit(seats=PAIR),)), "visit a needs a crew of two"),
        (a_problem(visits=(a_visit(late_by=5),)), "visit a may be late"),
        (a_problem(visits=(a_visit(start=5),)), "visit a is locked in time or sequence"),
        (a_problem(visits=(a_visit("a", after="b"), a_visit("b"))), "visit a is locked in time or sequence"),
        (
            a_problem(visits=(a_visit(seats=(Seat(5, durations={"t": 4}),)),)),
            "visit a takes longer with some than with others",
        ),
        (
            a_problem(technicians=(a_technician(shifts=(a_shift(breaks=(Break(9, 20, 5),)),)),)),
            "technician t has breaks or overtime",
        ),
        (a_problem(technicians=(a_technician(shifts=(a_shift(overtime=5),)),)), "technician t has breaks or overtime"),
        (a_problem(weights=Weights(fairness=1)), "fairness has a price"),
    ],
)
def test_what_pyvrp_cannot_express_is_named(problem: RouteProblem, reason: str | None) -> None:
    assert beyond_pyvrp(problem) == reason


def solved(steps: int = 60, **changes: Any) -> tuple[RouteProblem, RoutePlan]:
    problem = a_problem(**changes)
    return problem, solve_routes(problem, Steps(steps))


def who_serves(plan: RoutePlan) -> dict[str, str]:
    return {stop.visit: route.technician for route in plan for stop in route.stops}


def test_one_technician_walks_the_line() -> None:
    problem, plan = solved()

    assert verify_route_plan(problem, plan).cost == 60
    assert [[stop.visit for stop in route.stops] for route in plan] in ([["a", "b", "c"]], [["c", "b", "a"]])


@pytest.mark.parametrize(
    "visit",
    [
        a_visit(seats=(Seat(5, {"gas": 3}),)),
        a_visit(excluded=frozenset("t")),
        a_visit(seats=(Seat(5, technician="u"),)),
    ],
)
def test_a_visit_goes_to_who_may_serve_it(visit: Any) -> None:
    people = (a_technician("t", skills={"gas": 2}), a_technician("u", skills={"gas": 3}))

    problem, plan = solved(visits=(visit,), technicians=people)

    assert verify_route_plan(problem, plan).feasible
    assert who_serves(plan) == {"a": "u"}


def test_a_preferred_technician_is_worth_a_detour_of_the_price() -> None:
    near, far = a_technician("near"), a_technician("far", shifts=(a_shift(origin=3, destination=3),))
    visits = (a_visit(location=1, preferred=frozenset({"far"})),)

    problem, dear = solved(visits=visits, technicians=(near, far), weights=Weights(preference=21))
    _, cheap = solved(visits=visits, technicians=(near, far), weights=Weights(preference=19))

    assert (who_serves(dear), who_serves(cheap)) == ({"a": "far"}, {"a": "near"})
    assert verify_route_plan(problem, dear).cost == 40


def test_nobody_needs_to_go_home_from_an_open_end() -> None:
    problem, plan = solved(technicians=(a_technician(shifts=(a_shift(destination=None),)),))

    assert verify_route_plan(problem, plan).feasible
    assert verify_route_plan(problem, plan).cost == 30


def test_slow_travel_takes_more_technicians() -> None:
    slow = tuple(a_technician(key, shifts=(a_shift(end=99),), travel_percent=150) for key in ("t", "u"))

    problem, plan = solved(technicians=slow)

    assert verify_route_plan(problem, plan).feasible
    assert len(plan.routes) == 2


def test_an_optional_visit_is_served_when_it_is_worth_the_way() -> None:
    problem, plan = solved(visits=(a_visit("a", 1, value=21), a_visit("b", 2, value=19), a_visit("c", 5, value=30)))

    assert plan.served() == {"a"}
    assert verify_route_plan(problem, plan).cost == 20 + 19 + 30


def test_who_can_be_served_is_served_where_not_everybody_can() -> None:
    problem, plan = solved(visits=(a_visit("a"), a_visit("far", location=5, windows=((0, 10),))))

    assert plan.served() == {"a"}
    assert {found.code for found in verify_route_plan(problem, plan).violations} == {"required"}


@pytest.mark.parametrize("changes", [{"visits": ()}, {"technicians": (), "visits": (a_visit(value=5),)}])
def test_nothing_to_do_is_an_empty_plan(changes: dict[str, Any]) -> None:
    _, plan = solved(**changes)

    assert plan == a_plan()


def best_by_trying(problem: RouteProblem) -> int:
    """Least cost of one technician over every order of every subset."""
    visits = problem.visits
    costs = []
    for number in range(len(visits) + 1):
        for order in permutations(visits, number):
            free, here, stops = 0, 0, []
            for visit in order:
                start = max(free + int(problem.travel_times[here, visit.location]), visit.windows[0][0])
                stops.append((visit.key, start))
                free, here = start + visit.seats[0].duration, visit.location
            check = verify_route_plan(problem, a_plan(*([a_route(*stops)] if stops else [])))
            if check.feasible:
                costs.append(check.cost)
    return min(costs)


@st.composite
def small_problems(draw: st.DrawFn) -> RouteProblem:
    size = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(st.integers(1, 30), min_size=5, max_size=5), min_size=5, max_size=5))
    matrix: Matrix = np.array(rows, np.int64)
    np.fill_diagonal(matrix, 0)
    visits = []
    for number in range(size):
        opens = draw(st.integers(0, 60))
        window = (opens, opens + draw(st.integers(0, 80)))
        value = draw(st.integers(0, 60))
        visits.append(a_visit(f"v{number}", number + 1, windows=(window,), value=value))
    shift = a_shift(end=draw(st.integers(60, 200)), load_cap=draw(st.integers(2, 4)))
    return a_problem(
        visits=tuple(visits), technicians=(a_technician(shifts=(shift,)),), distances=matrix, travel_times=matrix
    )


@settings(deadline=None, max_examples=60)
@given(small_problems())
def test_a_small_day_is_planned_to_the_optimum(problem: RouteProblem) -> None:
    check = verify_route_plan(problem, solve_routes(problem, Steps(300)))

    assert check.feasible
    assert check.cost == best_by_trying(problem)


@st.composite
def mixed_problems(draw: st.DrawFn) -> RouteProblem:
    """Two technicians with skills, speeds, open or closed ends; who must be served cannot always be."""
    skills = st.dictionaries(st.sampled_from(["gas", "power"]), st.integers(1, 3))
    keys = st.frozensets(st.sampled_from(["t", "u"]), max_size=1)
    visits = []
    for number in range(draw(st.integers(1, 6))):
        opens = draw(st.integers(0, 60))
        excluded = draw(keys)
        visits.append(
            a_visit(
                f"v{number}",
                draw(st.integers(0, 5)),
                windows=((opens, opens + draw(st.integers(0, 60))),),
                seats=(Seat(draw(st.integers(0, 20)), draw(skills)),),
                value=draw(st.none() | st.integers(0, 50)),
                load=draw(st.integers(0, 2)),
                excluded=excluded,
                preferred=draw(keys) - excluded,
            )
        )
    people = tuple(
        a_technician(
            key,
            shifts=(a_shift(end=draw(st.integers(80, 200)), destination=draw(st.sampled_from([None, 0])), load_cap=5),),
            skills=draw(skills),
            travel_percent=draw(st.sampled_from([50, 100, 130])),
        )
        for key in ("t", "u")
    )
    return a_problem(visits=tuple(visits), technicians=people, weights=Weights(travel=2, preference=9, technician=15))


@settings(deadline=None, max_examples=60)
@given(mixed_problems())
def test_a_plan_breaks_no_rule_but_that_some_cannot_be_served(problem: RouteProblem) -> None:
    check = verify_route_plan(problem, solve_routes(problem, Steps(40)))

    assert {found.code for found in check.violations} <= {"required"}


def large_problem(visits: int, seed: int = 3) -> RouteProblem:
    """Visits in a square, some of them optional, more than one part of them."""
    random = np.random.default_rng(seed)
    at = random.integers(0, 300, (visits + 1, 2))
    matrix = np.hypot(*(at[:, None] - at[None, :]).transpose(2, 0, 1)).astype(np.int64)
    opens = random.integers(0, 600, visits + 1)
    return a_problem(
        visits=tuple(
            a_visit(
                f"v{number}",
                number,
                windows=((int(opens[number]), int(opens[number]) + 600),),
                value=None if number % 5 else 60,
            )
            for number in range(1, visits + 1)
        ),
        technicians=tuple(a_technician(f"t{number}", shifts=(a_shift(end=2_000),)) for number in range(visits)),
        distances=matrix,
        travel_times=matrix,
    )


def test_a_day_of_several_parts_keeps_the_rules_and_repeats_itself() -> None:
    problem = large_problem(SMALLEST_PART + 80)

    first, again = (solve_routes(problem, Steps(1_300), seed=7) for _ in range(2))

    assert verify_route_plan(problem, first).feasible
    assert first == again


def test_more_steps_never_give_a_dearer_plan() -> None:
    problem = large_problem(SMALLEST_PART + 60)

    costs = [verify_route_plan(problem, solve_routes(problem, Steps(n))).cost for n in (50, 300, 1_200)]

    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 60), st.integers(0, 5))
def test_a_cut_has_every_route_in_one_part(sizes: list[int], target: int, seed: int) -> None:
    at = np.arange(len(sizes), dtype=np.float32)
    distances = np.abs(at[:, None] - at[None, :])

    parts = cut(distances, sizes, target, np.random.default_rng(seed))

    assert sorted(route for part in parts for route in part) == list(range(len(sizes)))
    assert all(sum(sizes[route] for route in part) >= target for part in parts[:-1])


def test_a_part_holds_the_routes_next_to_each_other() -> None:
    between = client_distances(line(8), depots=0)
    distances = route_distances(between, [(0, 1), (6, 7), (2, 3), (4, 5)])

    assert distances[0].argsort().tolist() == [0, 2, 3, 1]


def test_each_criterion_counts_down_to_zero() -> None:
    clock = iter([5.0, 5.0, 6.0, 9.0]).__next__
    seconds, steps, asked = CpuSeconds(4, clock=clock), Steps(10), Asked()

    assert [seconds.left(n, 0) for n in range(3)] == [1.0, 0.75, 0.0]
    assert [steps.left(0, 0), steps.left(5, 0), steps.left(10, 0)] == [1.0, 0.5, 0.0]
    assert First(steps, asked).left(5, 0) == 0.5
    asked.ask()
    assert First(steps, asked).left(5, 0) == 0.0


@pytest.mark.parametrize("bad", [lambda: Steps(0), lambda: CpuSeconds(0)])
def test_a_budget_of_nothing_is_refused(bad: Any) -> None:
    with pytest.raises(InvalidProblem, match="A search cannot take 0"):
        bad()
