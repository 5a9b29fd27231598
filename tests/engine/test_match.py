from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.constraints import Verdict, person_verdicts
from paidan_engine.errors import InvalidProblem
from paidan_engine.explain import Flip, explain
from paidan_engine.matching import (
    Candidate,
    MatchPrices,
    MatchProblem,
    MatchResult,
    MatchTask,
    MatchTechnician,
    dense,
    match,
    nearest,
)
from paidan_engine.verify import verify_match
from tests.engine.batches import REFUSED, batches, least_cost


def pair(task: str, technician: int, seconds: int, verdicts: tuple[Verdict, ...] = ()) -> Candidate:
    return Candidate(task, technician, parts=(("travel", seconds),), verdicts=verdicts)


@settings(deadline=None)
@given(batches())
def test_match_costs_what_the_best_of_all_assignments_costs_and_proves_it(problem) -> None:
    result = match(problem)

    assert verify_match(problem, result) == ()
    assert result.optimal
    assert result.cost == least_cost(problem)


@settings(deadline=None)
@given(batches())
def test_compiled_loops_find_the_same_cost_and_prove_it(problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "MOST_CELLS", -1)
        result = match(problem)

    assert verify_match(problem, result) == ()
    assert result.optimal
    assert result.cost == match(problem).cost


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 30))
def test_dense_and_compiled_agree_on_larger_batches_with_rising_load(seed, tasks, technicians) -> None:
    problem = random_batch(Random(seed), tasks, technicians)
    small = match(problem)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense, "MOST_CELLS", -1)
        large = match(problem)

    assert verify_match(problem, small) == verify_match(problem, large) == ()
    assert small.optimal
    assert large.optimal
    assert small.cost == large.cost


def random_batch(rng: Random, tasks: int, technicians: int) -> MatchProblem:
    """Contested places: costs and prices of the same size, up to four places a head at rising prices."""
    people = tuple(
        MatchTechnician(n, tuple(sorted(rng.randint(-20, 200) for _ in range(rng.randint(0, 4)))))
        for n in range(technicians)
    )
    todo = tuple(MatchTask(f"t{n}", rng.choice([0, 300, 5_000])) for n in range(tasks))
    candidates = tuple(
        pair(task.key, person.id, rng.randint(-50, 900)) for task in todo for person in people if rng.random() < 0.4
    )
    return MatchProblem(todo, people, candidates)


@settings(deadline=None)
@given(batches())
def test_explained_totals_are_the_cost_of_the_whole_with_that_choice(problem) -> None:
    result = match(problem)

    for task in problem.tasks:
        told = explain(problem, result, task.key)
        for view in told.candidates:
            if view.eligible:
                forced = least_cost(problem, {task.key: view.technician})
                assert (view.behind is None) == (forced is None)
                assert view.behind is None or view.behind == forced - result.cost
        others = [view.behind for view in told.candidates if view.eligible and view.behind is not None]
        assert all(behind >= 0 for behind in others)
        assert told.winner == result.winner(task.key)


@settings(deadline=None)
@given(batches(), st.data())
def test_cheapest_change_flips_the_winner_and_one_second_less_does_not(problem, data) -> None:
    told_about = data.draw(st.sampled_from([task.key for task in problem.tasks] or [None]))
    if told_about is None:
        return
    result = match(problem)

    told = explain(problem, result, told_about)

    if told.margin is None:
        assert all(view.behind is None or not view.eligible for view in told.candidates)
        return
    assert told.flips[0] == Flip(told.runner_up, told.margin + 1)
    for seconds, flipped in ((told.margin + 1, True), (told.margin - 1, False)):
        changed = cheaper(problem, told_about, told.runner_up, seconds)
        if changed is not None and seconds >= 0:
            assert (match(changed).winner(told_about) == told.runner_up) == flipped


def cheaper(problem: MatchProblem, task: str, technician: int | None, seconds: int) -> MatchProblem | None:
    """The batch with one choice made cheaper; None where waiting would get a negative price."""
    if technician is not None:
        return replace(
            problem,
            candidates=tuple(
                replace(c, parts=(*c.parts, ("change", -seconds)))
                if (c.task, c.technician) == (task, technician)
                else c
                for c in problem.candidates
            ),
        )
    price = next(t.waiting_price for t in problem.tasks if t.key == task) - seconds
    if price < 0:
        return None
    return replace(problem, tasks=tuple(replace(t, waiting_price=price) if t.key == task else t for t in problem.tasks))


def test_whole_is_cheaper_than_nearest_first() -> None:
    tasks = (MatchTask("a", 100), MatchTask("b", 100))
    technicians = (MatchTechnician(1), MatchTechnician(2))
    candidates = (pair("a", 1, 10), pair("a", 2, 12), pair("b", 1, 15), pair("b", 2, 60))

    result = match(MatchProblem(tasks, technicians, candidates))

    assert result.pairs == (("a", 2), ("b", 1))  # nearest first: a–1 and b–2 for 70
    assert result.cost == 27


def test_nearest_first_leaves_unserved_what_the_optimum_serves() -> None:
    tasks = (MatchTask("a", 100), MatchTask("b", 100))
    technicians = (MatchTechnician(1), MatchTechnician(2))
    candidates = (pair("a", 1, 10), pair("a", 2, 30), pair("b", 1, 20))

    result = match(MatchProblem(tasks, technicians, candidates))

    assert result.pairs == (("a", 2), ("b", 1))
    assert result.unserved == ()


def test_rising_load_prices_spread_the_work() -> None:
    tasks = tuple(MatchTask(f"t{n}", 1_000) for n in range(4))
    near, far = MatchTechnician(1, (0, 40, 80, 120)), MatchTechnician(2, (0, 40, 80, 120))
    candidates = tuple(pair(task.key, person, 10 * person) for task in tasks for person in (1, 2))

    spread = match(MatchProblem(tasks, (near, far), candidates))
    flat = match(MatchProblem(tasks, (replace(near, load_prices=(0,) * 4), far), candidates))

    assert [person for _, person in spread.pairs].count(1) == 2
    assert [person for _, person in flat.pairs].count(1) == 4


def test_task_waits_when_that_is_cheaper() -> None:
    problem = MatchProblem((MatchTask("a", 20),), (MatchTechnician(1),), (pair("a", 1, 21),))

    assert match(problem).unserved == ("a",)
    assert match(replace(problem, tasks=(MatchTask("a", 22),))).pairs == (("a", 1),)


def test_empty_batch_has_an_empty_optimum() -> None:
    assert match(MatchProblem((), (), ())) == MatchResult((), (), 0, True, MatchPrices({}, {}))


@pytest.mark.parametrize(
    ("code", "task"),
    [
        ("skill", MatchTask("a", 100, skills=((2, 1),))),
        ("level", MatchTask("a", 100, skills=((1, 3),))),
        ("excluded", MatchTask("a", 100, excluded=frozenset({1}))),
    ],
)
def test_each_person_rule_alone_keeps_the_nearest_away(code: str, task: MatchTask) -> None:
    close, skilled = MatchTechnician(1, skills={1: 2}), MatchTechnician(2, skills={1: 3, 2: 1})
    candidates = tuple(
        Candidate("a", person.id, parts=(("travel", 10 * person.id),), verdicts=tuple(person_verdicts(task, person)))
        for person in (close, skilled)
    )
    problem = MatchProblem((task,), (close, skilled), candidates)

    result = match(problem)

    assert result.pairs == (("a", 2),)
    assert [v.code for v in candidates[0].verdicts if not v.passed] == [code]
    assert explain(problem, result, "a").flips[-1] == Flip(1, 0, code)


@pytest.mark.parametrize("code", ["shift", "available", "load_cap", "overlap", "reachable"])
def test_refusing_verdict_of_any_rule_keeps_the_nearest_away(code: str) -> None:
    refused = (Verdict(code, passed=False),)
    candidates = (pair("a", 1, 10, refused), pair("a", 2, 20))
    problem = MatchProblem((MatchTask("a", 100),), (MatchTechnician(1), MatchTechnician(2)), candidates)

    result = match(problem)

    assert result.pairs == (("a", 2),)
    assert explain(problem, result, "a").flips == (Flip(None, 81), Flip(1, 0, code))


def test_explanation_tells_parts_runner_up_and_margin() -> None:
    tasks = (MatchTask("a", 100), MatchTask("b", 100))
    technicians = (MatchTechnician(1), MatchTechnician(2))
    far = Candidate("a", 2, parts=(("travel", 15), ("skill", -3)))
    problem = MatchProblem(tasks, technicians, (pair("a", 1, 10), far, pair("b", 1, 15), pair("b", 2, 60)))

    told = explain(problem, match(problem), "a")

    assert (told.winner, told.runner_up, told.margin) == (2, 1, 43)
    assert [(v.technician, v.cost, v.place_price, v.total, v.behind) for v in told.candidates] == [
        (2, 12, 0, 12, 0),
        (1, 10, 45, 55, 43),
    ]
    assert told.candidates[0].parts == (("travel", 15), ("skill", -3))
    assert told.flips == (Flip(1, 44),)


def test_unknown_task_cannot_be_explained() -> None:
    problem = MatchProblem((), (), ())

    with pytest.raises(InvalidProblem, match="Task x is not in the batch"):
        explain(problem, match(problem), "x")


def test_order_of_candidates_does_not_matter() -> None:
    tasks = tuple(MatchTask(f"t{n}", 100) for n in range(6))
    technicians = tuple(MatchTechnician(n) for n in range(5))
    candidates = tuple(
        pair(task.key, person.id, (n * 7 + person.id * 3) % 11)
        for n, task in enumerate(tasks)
        for person in technicians
    )
    problem = MatchProblem(tasks, technicians, candidates)

    assert match(problem) == match(replace(problem, candidates=candidates[::-1]))


def test_nearest_are_the_eligible_ones_in_order_of_distance() -> None:
    task = MatchTask("a", 1, (31.0, 121.0), skills=((1, 1),))
    people = [
        MatchTechnician(1, place=(31.001, 121.0)),
        MatchTechnician(2, place=(31.003, 121.0), skills={1: 1}),
        MatchTechnician(3, place=(31.0, 121.002), skills={1: 1}),
        MatchTechnician(4, place=(31.9, 121.0), skills={1: 1}),
        MatchTechnician(5, skills={1: 1}),
    ]

    assert nearest([task], people, 2) == {"a": (5, 3, 2)}
    assert nearest([replace(task, place=None)], people, 2) == {"a": (2, 3, 4, 5)}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: MatchTask("", 1), "empty key"),
        (lambda: MatchTask("a", -1), "Task a has a negative price"),
        (lambda: MatchTask("a", 10**13), "out of range"),
        (lambda: MatchTask("a", 1, (0.0, 200.0)), "place of task a"),
        (lambda: MatchTechnician(1, (2, 1)), "load prices of technician 1 fall"),
        (lambda: pair("a", 1, -(10**13)), "technician 1 for task a is out of range"),
        (lambda: MatchProblem((MatchTask("a", 1),) * 2, (), ()), "Two tasks"),
        (lambda: MatchProblem((), (MatchTechnician(1),) * 2, ()), "Two technicians"),
        (lambda: MatchProblem((), (), (pair("a", 1, 0),)), "not in the batch"),
        (lambda: MatchProblem((MatchTask("a", 1),), (MatchTechnician(1),), (pair("a", 1, 0),) * 2), "stands twice"),
    ],
)
def test_contradictory_batch_is_refused_in_a_sentence(make, sentence: str) -> None:
    with pytest.raises(InvalidProblem, match=sentence):
        make()


GOOD = MatchProblem(
    (MatchTask("a", 100), MatchTask("b", 50)),
    (MatchTechnician(1), MatchTechnician(2)),
    (pair("a", 1, 10), pair("b", 1, 5), pair("b", 2, 1, REFUSED)),
)
PROOF = MatchPrices({"a": 55, "b": 50}, {1: 45, 2: 0})
ANSWER = MatchResult((("a", 1),), ("b",), 60, True, PROOF)


def test_checker_accepts_the_optimum() -> None:
    assert verify_match(GOOD, ANSWER) == ()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("coverage", replace(ANSWER, unserved=())),
        ("coverage", replace(ANSWER, unserved=("b", "c"))),
        ("not_eligible", replace(ANSWER, pairs=(("a", 1), ("b", 2)), unserved=())),
        ("capacity", replace(ANSWER, pairs=(("a", 1), ("b", 1)), unserved=())),
        ("cost", replace(ANSWER, cost=59)),
        ("proof", replace(ANSWER, prices=None)),
        ("proof", replace(ANSWER, prices=MatchPrices({"a": 55, "b": 51}, {1: 46, 2: 0}))),
        ("proof", replace(ANSWER, prices=MatchPrices({"a": 60, "b": 50}, {1: 45, 2: 0}))),
        ("proof", replace(ANSWER, pairs=(("b", 1),), unserved=("a",), cost=105)),
    ],
)
def test_checker_names_what_is_wrong(code: str, answer: MatchResult) -> None:
    assert code in {violation.code for violation in verify_match(GOOD, answer)}
