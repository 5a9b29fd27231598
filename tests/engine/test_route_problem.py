"""Each problem that contradicts itself is refused by a sentence of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.problem import Weights
from paidan_engine.routing.technicians import Break
from paidan_engine.routing.visits import LARGEST, Seat
from tests.engine.route_problems import a_problem, a_shift, a_technician, a_visit, line

TOO_LARGE = 2**41
LATE = a_shift(start=150, end=300)

REFUSED: list[tuple[Callable[..., object], dict[str, Any], str]] = [
    (a_visit, {"key": ""}, "A visit has an empty key."),
    (a_visit, {"windows": ()}, "There is no window for visit a."),
    (
        a_visit,
        {"windows": ((9, 3),)},
        f"The close of the window of visit a from 9 is 3; it must be from 9 to {LARGEST}.",
    ),
    (a_visit, {"windows": ((-1, 3),)}, f"The opening of a window of visit a is -1; it must be from 0 to {LARGEST}."),
    (a_visit, {"windows": ((0, 9), (9, 12))}, "The windows of visit a overlap or are not in order."),
    (a_visit, {"seats": ()}, "A crew has one or two seats; visit a has 0."),
    (a_visit, {"seats": (Seat(-5),)}, f"A duration of visit a is -5; it must be from 0 to {LARGEST}."),
    (a_visit, {"seats": (Seat(5, durations={"t": TOO_LARGE}),)}, "A duration of visit a is 2199023255552"),
    (a_visit, {"seats": (Seat(5, {"gas": -1}),)}, "The level of skill gas needed by visit a is -1"),
    (a_visit, {"seats": (Seat(5, technician="t"),) * 2}, "Both seats of visit a are locked to technician t."),
    (a_visit, {"gap": (0, 5)}, "Only a crew of two can have a gap; visit a has one seat."),
    (a_visit, {"seats": (Seat(5), Seat(5)), "gap": (-1, 5)}, "The least gap of visit a is -1"),
    (a_visit, {"seats": (Seat(5), Seat(5)), "gap": (6, 5)}, "The most gap of visit a is 5; it must be from 6"),
    (a_visit, {"late_by": -1}, "The lateness allowed for visit a is -1"),
    (a_visit, {"priority": -1}, "The priority of visit a is -1"),
    (a_visit, {"value": -1}, "The value of visit a is -1"),
    (a_visit, {"load": -1}, "The load of visit a is -1"),
    (a_visit, {"start": 101}, "The locked start 101 of visit a lies outside its windows."),
    (
        a_visit,
        {"preferred": frozenset("t"), "excluded": frozenset("t")},
        "Technician t is preferred and excluded by visit a.",
    ),
    (Break, {"earliest": -1, "latest": 3, "duration": 1}, "The earliest start of a break is -1"),
    (Break, {"earliest": 4, "latest": 3, "duration": 1}, "The latest start of a break is 3; it must be from 4"),
    (Break, {"earliest": 1, "latest": 3, "duration": 0}, "The duration of a break is 0; it must be from 1"),
    (a_shift, {"start": -1}, "The start of a shift is -1"),
    (a_shift, {"start": 9, "end": 5}, "The end of the shift from 9 is 5; it must be from 9"),
    (a_shift, {"load_cap": -1}, "The load cap of a shift is -1"),
    (a_shift, {"overtime": -1}, "The overtime of a shift is -1"),
    (a_shift, {"breaks": (Break(190, 195, 10),)}, "A break of the shift from 0 lies outside it or overlaps another."),
    (a_technician, {"key": ""}, "A technician has an empty key."),
    (a_technician, {"shifts": (a_shift(), LATE)}, "The shifts of technician t overlap or are not in order."),
    (a_technician, {"skills": {"gas": -1}}, "The level of skill gas held by technician t is -1"),
    (a_technician, {"overtime_price": -1}, "The overtime price of technician t is -1"),
    (a_technician, {"travel_percent": 0}, "The travel percentage of technician t is 0; it must be from 1"),
    (Weights, {"distance": -1}, "The weight distance is -1"),
    (a_problem, {"distances": line()[:2]}, "The distance matrix is not square or not of whole numbers."),
    (a_problem, {"distances": -line()}, f"The distance matrix holds a number below 0 or above {LARGEST}."),
    (a_problem, {"travel_times": line() * 0.5}, "The travel time matrix is not square or not of whole numbers."),
    (a_problem, {"travel_times": line(7)}, "The distance matrix and the travel time matrix differ in size."),
    (a_problem, {"visits": (a_visit(), a_visit())}, "Two visits have the key a."),
    (a_problem, {"technicians": (a_technician(), a_technician())}, "Two technicians have the key t."),
    (a_problem, {"visits": (a_visit(location=6),)}, "Location 6 of visit a is not in the matrices of 6 rows."),
    (
        a_problem,
        {"technicians": (a_technician(shifts=(a_shift(origin=-1),)),)},
        "Location -1 of technician t is not in the matrices of 6 rows.",
    ),
    (
        a_problem,
        {"technicians": (a_technician(shifts=(a_shift(destination=9),)),)},
        "Location 9 of technician t is not in the matrices of 6 rows.",
    ),
    (
        a_problem,
        {"visits": (a_visit(preferred=frozenset("z")),)},
        "Visit a names technician z, who is not in the problem.",
    ),
    (
        a_problem,
        {"visits": (a_visit(seats=(Seat(5, technician="t"),), excluded=frozenset("t")),)},
        "Visit a is locked to technician t, whom it excludes.",
    ),
    (a_problem, {"visits": (a_visit(after="z"),)}, "Visit a is to follow z, which is not in the problem."),
    (
        a_problem,
        {"visits": (a_visit("a"), a_visit("b", after="a"), a_visit("c", after="a"))},
        "Two visits are to follow directly after the same visit.",
    ),
    (
        a_problem,
        {"visits": (a_visit("a", after="b"), a_visit("b", after="a"))},
        "Visit a is to follow itself.",
    ),
]


@pytest.mark.parametrize(("build", "changes", "sentence"), REFUSED, ids=[case[2] for case in REFUSED])
def test_a_contradiction_is_refused_by_its_own_sentence(build, changes, sentence) -> None:
    with pytest.raises(InvalidProblem) as refused:
        build(**changes)

    assert str(refused.value).startswith(sentence)


def test_the_matrices_of_a_problem_cannot_be_written() -> None:
    problem = a_problem()

    with pytest.raises(ValueError, match="read-only"):
        problem.distances[0, 0] = np.int64(1)


@pytest.mark.parametrize(
    ("start", "late"), [(9, None), (10, 0), (20, 0), (23, 3), (24, None), (30, 0), (40, 0), (43, 3), (44, None)]
)
def test_lateness_counts_from_the_last_window_that_ended(start: int, late: int | None) -> None:
    visit = a_visit(windows=((10, 20), (30, 40)), late_by=3)

    assert visit.lateness(start) == late
