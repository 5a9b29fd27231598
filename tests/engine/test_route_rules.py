"""Each hard rule is broken by exactly n, each soft cost arises exactly n times; a good plan breaks nothing."""

from typing import Any

import pytest

from paidan_engine.routing.constraints import HARD_RULES
from paidan_engine.routing.objective import SOFT_COSTS
from paidan_engine.routing.problem import RouteProblem, Weights
from paidan_engine.routing.solution import DayRoute
from paidan_engine.routing.technicians import Break
from paidan_engine.routing.view import view_plan
from paidan_engine.routing.visits import Seat
from paidan_engine.verify import verify_route_plan
from tests.engine.route_problems import a_plan, a_problem, a_route, a_shift, a_technician, a_visit

GOOD = a_route(("a", 10), ("b", 25), ("c", 40))
PAIR = (Seat(5), Seat(5))


def with_visit(**changes: Any) -> RouteProblem:
    """The small problem with only visit a, changed."""
    return a_problem(visits=(a_visit("a", 1, **changes),))


def with_technician(**changes: Any) -> RouteProblem:
    return a_problem(technicians=(a_technician("t", **changes), a_technician("u")))


def with_shift(**changes: Any) -> RouteProblem:
    return with_technician(shifts=(a_shift(**changes),))


def amounts(problem: RouteProblem, *routes: DayRoute) -> dict[str, int]:
    """By how much each rule is broken, rules that are kept left out."""
    view = view_plan(problem, a_plan(*routes))
    sums = {rule.name: sum(breach.amount for breach in rule.breaches(view)) for rule in HARD_RULES}
    return {name: amount for name, amount in sums.items() if amount}


def units(problem: RouteProblem, *routes: DayRoute) -> dict[str, int]:
    view = view_plan(problem, a_plan(*routes))
    return {soft.name: sum(breach.amount for breach in soft.units(view)) for soft in SOFT_COSTS}


ONE = a_route(("a", 10))
BOTH = (a_route(("a", 10, 0)), a_route(("a", 10, 1), technician="u"))

HARD_CASES: dict[str, tuple[RouteProblem, tuple[DayRoute, ...], int]] = {
    "crew_complete": (with_visit(seats=PAIR), (ONE,), 1),
    "required": (a_problem(), (ONE,), 2),
    "one_route_per_shift": (a_problem(), (ONE, a_route(("b", 20)), a_route(("c", 30))), 2),
    "skill": (with_visit(seats=(Seat(5, {"gas": 2, "power": 1}),)), (ONE,), 2),
    "level": (
        a_problem(visits=(a_visit(seats=(Seat(5, {"gas": 4}),)),), technicians=(a_technician(skills={"gas": 1}),)),
        (ONE,),
        3,
    ),
    "excluded": (with_visit(excluded=frozenset({"t"})), (ONE,), 1),
    "window": (with_visit(windows=((20, 30),), late_by=4), (a_route(("a", 35)),), 1),
    "reachable": (with_visit(), (a_route(("a", 7)),), 3),
    "shift_end": (
        a_problem(visits=(a_visit(),), technicians=(a_technician(shifts=(a_shift(end=20, overtime=2),)),)),
        (ONE,),
        3,
    ),
    "break_taken": (with_shift(breaks=(Break(20, 60, 10),)), (GOOD,), 1),
    "load_cap": (with_shift(load_cap=1), (GOOD,), 2),
    "crew_gap": (with_visit(seats=PAIR, gap=(3, 6)), BOTH, 3),
    "crew_of_two": (with_visit(seats=PAIR, gap=(0, 9)), (a_route(("a", 10, 0), ("a", 15, 1)),), 1),
    "locked_technician": (with_visit(seats=(Seat(5, technician="u"),)), (ONE,), 1),
    "locked_start": (with_visit(start=14), (ONE,), 4),
    "locked_sequence": (
        a_problem(visits=(a_visit("a", 1), a_visit("b", 2, after="a"))),
        (a_route(("b", 20), ("a", 35)),),
        1,
    ),
}


def test_each_hard_rule_has_a_case() -> None:
    assert list(HARD_CASES) == [rule.name for rule in HARD_RULES]


@pytest.mark.parametrize("name", HARD_CASES)
def test_a_hard_rule_is_broken_by_exactly_so_much_and_no_other(name: str) -> None:
    problem, routes, amount = HARD_CASES[name]

    assert amounts(problem, *routes) == {name: amount}
    assert {found.code for found in verify_route_plan(problem, a_plan(*routes)).violations} == {name}


KEPT: dict[str, tuple[RouteProblem, tuple[DayRoute, ...]]] = {
    "plain": (a_problem(), (GOOD,)),
    "two windows": (with_visit(windows=((0, 9), (30, 40))), (a_route(("a", 30)),)),
    "late as allowed": (with_visit(windows=((0, 9),), late_by=1), (ONE,)),
    "own duration": (
        a_problem(visits=(a_visit("a", 1, seats=(Seat(9, durations={"t": 5}),)), a_visit("b", 2))),
        (a_route(("a", 10), ("b", 25)),),
    ),
    "half the travel time": (with_technician(travel_percent=50), (a_route(("a", 5), ("b", 15), ("c", 25)),)),
    "crew in sequence": (with_visit(seats=PAIR, gap=(3, 6)), (ONE, a_route(("a", 14, 1), technician="u"))),
    "break on the way": (
        with_shift(breaks=(Break(12, 60, 10),)),
        (a_route(("a", 10), ("b", 35), ("c", 50), breaks=(18,)),),
    ),
    "break on the way home": (
        with_shift(breaks=(Break(50, 60, 10),)),
        (a_route(("a", 10), ("b", 25), ("c", 40), breaks=(60,)),),
    ),
    "break after the way home": (
        with_shift(breaks=(Break(50, 120, 10),)),
        (a_route(("a", 10), ("b", 25), ("c", 40), breaks=(75,)),),
    ),
    "optional left out": (a_problem(visits=(a_visit("a", 1), a_visit("b", 2, value=7))), (ONE,)),
    "nobody goes home": (with_shift(end=45, destination=None), (GOOD,)),
    "sequence": (a_problem(visits=(a_visit("a", 1), a_visit("b", 2, after="a"))), (a_route(("a", 10), ("b", 25)),)),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_plan_that_keeps_the_rules_is_feasible(name: str) -> None:
    problem, routes = KEPT[name]

    assert verify_route_plan(problem, a_plan(*routes)).violations == ()


def test_a_break_on_the_way_leaves_less_time_for_the_journey() -> None:
    problem = with_shift(breaks=(Break(12, 60, 10),))

    assert amounts(problem, a_route(("a", 10), ("b", 30), ("c", 45), breaks=(18,))) == {"reachable": 5}


def test_a_break_on_the_way_home_makes_the_day_longer() -> None:
    problem = with_shift(breaks=(Break(50, 60, 10),), end=80)

    assert amounts(problem, a_route(("a", 10), ("b", 25), ("c", 40), breaks=(60,))) == {"shift_end": 5}


SOFT_CASES: dict[str, tuple[RouteProblem, tuple[DayRoute, ...], int]] = {
    "distance": (a_problem(), (GOOD,), 60),
    "travel": (with_technician(travel_percent=150), (GOOD,), 90),
    "lateness": (with_visit(windows=((0, 6),), late_by=9, priority=3), (ONE,), 12),
    "worst_lateness": (
        a_problem(
            visits=(a_visit("a", 1, windows=((0, 7),), late_by=9), a_visit("b", 2, windows=((0, 20),), late_by=9))
        ),
        (a_route(("a", 10), ("b", 25)),),
        5,
    ),
    "overtime": (with_technician(overtime_price=4, shifts=(a_shift(end=70, overtime=9),)), (GOOD,), 20),
    "unserved": (a_problem(visits=(a_visit("a", 1), a_visit("b", 2, value=7), a_visit("c", 3, value=9))), (ONE,), 16),
    "preference": (with_visit(preferred=frozenset({"u"})), (ONE,), 1),
    "fairness": (a_problem(), (a_route(("a", 10), ("b", 25)), a_route(("c", 30), technician="u")), 3),
    "technician": (a_problem(), (a_route(("a", 10), ("b", 25)), a_route(("c", 30), technician="u")), 2),
}


def test_each_soft_cost_has_a_case() -> None:
    assert list(SOFT_CASES) == [soft.name for soft in SOFT_COSTS]


@pytest.mark.parametrize("name", SOFT_CASES)
def test_a_soft_cost_arises_exactly_so_often(name: str) -> None:
    problem, routes, amount = SOFT_CASES[name]

    assert units(problem, *routes)[name] == amount


def test_the_cost_is_the_weighted_sum() -> None:
    weights = Weights(distance=2, travel=3, lateness=5, worst_lateness=7, preference=11, fairness=13, technician=17)
    late = a_visit("a", 1, windows=((0, 6),), late_by=9, preferred=frozenset({"u"}))
    problem = a_problem(visits=(late, a_visit("b", 2, value=1_000)), weights=weights)

    check = verify_route_plan(problem, a_plan(ONE))

    assert check.feasible
    assert check.parts == {
        "distance": 40,
        "travel": 60,
        "lateness": 20,
        "worst_lateness": 28,
        "overtime": 0,
        "unserved": 1_000,
        "preference": 11,
        "fairness": 0,
        "technician": 17,
    }
    assert check.cost == 1_176


@pytest.mark.parametrize(
    ("route", "subject"),
    [(a_route(("z", 10)), "z"), (a_route(("a", 10, 1)), "a"), (a_route(technician="x"), "x"), (a_route(shift=1), "t")],
)
def test_a_plan_that_names_what_does_not_exist_is_refused(route: DayRoute, subject: str) -> None:
    check = verify_route_plan(a_problem(), a_plan(route))

    assert [(found.code, found.subject) for found in check.violations] == [("unknown", subject)]
