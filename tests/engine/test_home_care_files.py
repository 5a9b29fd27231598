"""Home care files: what is read, and how each fault is named."""

import json
from copy import deepcopy
from typing import Any

import pytest

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading.home_care import objective_value, read_home_care
from paidan_engine.routing.ruin_recreate import ruin_recreate
from paidan_engine.routing.solution import DayRoute, RoutePlan, RouteStop
from paidan_engine.routing.stop import Steps
from paidan_engine.verify.home_care import verify_home_care
from paidan_engine.verify.route_plan import verify_route_plan

pytestmark = pytest.mark.timeout(900)  # whoever changed the loops compiles them here

FILE: dict[str, Any] = {
    "services": [{"id": "s1", "default_duration": 10}, {"id": "s2", "default_duration": 20}],
    "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s1", "s2"]}],
    "central_offices": [{"id": "d", "location": [0, 0]}],
    "patients": [
        {"id": "p1", "time_window": [5, 8], "required_caregivers": [{"service": "s1"}]},
        {
            "id": "p2",
            "time_window": [30.5, 60],
            "required_caregivers": [{"service": "s1", "duration": 7}, {"service": "s2"}],
            "synchronization": {"type": "sequential", "distance": [3, 4]},
        },
        {
            "id": "p3",
            "time_window": [30, 60],
            "required_caregivers": [{"service": "s1"}, {"service": "s2"}],
            "synchronization": {"type": "simultaneous"},
        },
    ],
    "distances": [[0, 10, 20, 4], [10, 0, 10.125, 4], [20, 10.125, 0, 4], [4, 4, 4, 0]],
}


def changed(*path: str | int, to: object) -> str:
    """The file with one field changed."""
    content = deepcopy(FILE)
    at: Any = content
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return json.dumps(content)


def test_skills_windows_crews_and_thousandths_are_read() -> None:
    file = read_home_care(json.dumps(FILE))

    problem = file.problem
    assert file.scale == 1_000
    assert problem.distances[1, 2] == 10_125
    assert [len(visit.seats) for visit in problem.visits] == [1, 2, 2]
    assert [visit.gap for visit in problem.visits] == [(0, 0), (3_000, 4_000), (0, 0)]
    assert problem.visits[1].windows == ((30_500, 60_000),)
    assert [seat.duration for seat in problem.visits[1].seats] == [7_000, 20_000]
    assert problem.technicians[1].skills == {"s1": 1, "s2": 1}


def test_the_value_is_a_third_of_distance_and_total_and_largest_lateness() -> None:
    file = read_home_care(changed("patients", to=FILE["patients"][:1]))

    plan = ruin_recreate(file.problem, Steps(100)).plan

    check = verify_route_plan(file.problem, plan)
    assert dict(check.parts)["lateness"] == 2_000
    assert objective_value(check.cost) == pytest.approx((20 + 2 + 2) / 3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{\n", "Line 2: Expecting property name enclosed in double quotes."),
        ("[]", "The file is not an object."),
        ("[" * 200_000, "The file is nested too deeply."),
        (changed("patients", to=None), "patients is missing."),
        (changed("patients", 0, "id", to=None), "patients[0].id is missing."),
        (changed("patients", 0, "time_window", to=[1]), "patients[0].time_window is not a list of two numbers."),
        (
            changed("patients", 0, "time_window", to=[1, float("nan")]),
            "patients[0].time_window is not a number that can be calculated with.",
        ),
        (
            changed("patients", 0, "required_caregivers", 0, "service", to="s9"),
            "patients[0].required_caregivers[0].service is s9, which is not among the services.",
        ),
        (
            changed("patients", 1, "synchronization", "type", to="never"),
            "patients[1].synchronization.type is never, which is neither simultaneous nor sequential.",
        ),
        (changed("patients", 1, "synchronization", "distance", to=None), "patients[1].synchronization.distance"),
        (changed("distances", to=[[0, 1], [1]]), "distances is not a list of rows of numbers, all of one length."),
        (changed("distances", 0, 1, to=float("inf")), "distances holds something that is not a number"),
        (changed("distances", to=[[0]]), "Location 1 of visit p1 is not in the matrices of 1 rows."),
    ],
)
def test_a_fault_is_named_by_line_or_field(text: str, sentence: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        read_home_care(text)

    assert str(refused.value).startswith(sentence)


def plan(**changes: tuple[str, int]) -> RoutePlan:
    """A right plan of the file, with some stops elsewhere: caregiver and start, by patient and number of service."""
    stops = {"p1_0": ("c1", 10_000), "p2_0": ("c1", 67_000), "p2_1": ("c2", 70_000)}
    stops |= {"p3_0": ("c1", 30_000), "p3_1": ("c2", 30_000)} | changes
    routes = []
    for person in ("c1", "c2"):
        mine = sorted((start, key) for key, (who, start) in stops.items() if who == person)
        routes.append(DayRoute(person, tuple(RouteStop(key[:2], start, int(key[3])) for start, key in mine)))
    return RoutePlan(tuple(routes))


def test_the_check_prices_a_right_plan_from_the_file_alone() -> None:
    wrong, value = verify_home_care(FILE, plan(), 1_000)

    assert wrong == ()
    assert value == pytest.approx(((10 + 4 + 4 + 20) + (4 + 4 + 20) + (2 + 7 + 10) + 10) / 3)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"p1_0": ("c1", 9_999)}, "reachable"),
        ({"p3_0": ("c2", 30_000), "p3_1": ("c1", 30_000)}, "skill"),
        ({"p3_0": ("c1", 29_000), "p3_1": ("c2", 29_000)}, "window"),
        ({"p2_1": ("c2", 69_999)}, "crew_gap"),
        ({"p2_1": ("c2", 71_001)}, "crew_gap"),
        ({"p3_0": ("c2", 30_000)}, "crew_of_two"),
    ],
)
def test_the_check_finds_what_is_wrong(changes: dict[str, tuple[str, int]], code: str) -> None:
    wrong, _ = verify_home_care(FILE, plan(**changes), 1_000)

    assert code in {violation.code for violation in wrong}


def test_the_check_misses_no_service() -> None:
    wrong, _ = verify_home_care(FILE, RoutePlan(plan().routes[:1]), 1_000)

    assert [violation.subject for violation in wrong] == ["p2", "p3"]
    assert {violation.code for violation in wrong} == {"required"}


def test_the_check_agrees_with_the_reader_and_the_search() -> None:
    file = read_home_care(json.dumps(FILE))
    found = ruin_recreate(file.problem, Steps(300))

    wrong, value = verify_home_care(FILE, found.plan, file.scale)

    assert wrong == ()
    assert value == pytest.approx(objective_value(found.cost))
