"""Route files in three formats: what is read, and how each fault is named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paidan_engine.errors import InvalidProblem
from paidan_engine.reading import read_routes
from paidan_engine.routing.problem import RouteProblem
from paidan_engine.routing.solution import DayRoute, RoutePlan, RouteStop
from paidan_engine.routing.technicians import Break
from paidan_engine.routing.visits import Seat
from paidan_engine.travel import straight_matrix, straight_metres
from paidan_engine.verify import verify_route_plan
from tests.engine.route_files import EXPLICIT, JSON, SOLOMON, VRPLIB

BENCHMARKS = Path(__file__).resolve().parents[3] / "shared" / "benchmarks"


def test_vrplib_coordinates_give_tenths_cut_off_and_a_free_number_of_vehicles() -> None:
    file = read_routes(VRPLIB)

    assert file.scale == 10
    assert file.problem.distances.tolist() == [[0, 14, 50], [14, 0, 36], [50, 36, 0]]
    assert file.problem.travel_times.tolist() == file.problem.distances.tolist()
    first, second = file.problem.visits
    assert (first.key, first.location, first.windows, first.seats) == ("1", 1, ((30, 95),), (Seat(20),))
    assert (first.load, first.value, second.value) == (4, None, 60)
    assert len(file.problem.technicians) == 2
    assert file.problem.technicians[0].shifts[0].load_cap == 10
    assert file.problem.technicians[0].shifts[0].end == 500


def test_vrplib_explicit_matrix_is_taken_as_given() -> None:
    file = read_routes(EXPLICIT)

    assert file.scale == 1
    assert file.problem.distances.tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]


@pytest.mark.parametrize(
    ("layout", "numbers"),
    [
        ("LOWER_ROW", "1 2 4"),
        ("LOWER_DIAG_ROW", "0 1 0 2 4 0"),
        ("UPPER_ROW", "1 2\n4"),
        ("UPPER_DIAG_ROW", "0 1 2 0 4 0"),
    ],
)
def test_half_matrices_are_completed(layout: str, numbers: str) -> None:
    text = EXPLICIT.replace("FULL_MATRIX", layout).replace("0 1 2\n3 0 4\n5 6 0", numbers)

    assert read_routes(text).problem.distances.tolist() == [[0, 1, 2], [1, 0, 4], [2, 4, 0]]


def test_decimals_of_an_explicit_matrix_are_kept() -> None:
    file = read_routes(EXPLICIT.replace("3 0 4", "0.29 0 4.125"))

    assert file.scale == 1_000
    assert file.problem.distances.tolist() == [[0, 1_000, 2_000], [290, 0, 4_125], [5_000, 6_000, 0]]


def test_places_for_drawing_change_nothing() -> None:
    drawn = EXPLICIT.replace("DEMAND_SECTION", "DISPLAY_DATA_SECTION\n1 0 0\n2 5 5\n3 9 9\nDEMAND_SECTION")

    assert read_routes(drawn).problem.distances.tolist() == read_routes(EXPLICIT).problem.distances.tolist()


def test_solomon_file() -> None:
    file = read_routes(SOLOMON)

    assert file.scale == 10
    assert file.problem.distances.tolist() == [[0, 14, 50], [14, 0, 36], [50, 36, 0]]
    assert [visit.windows for visit in file.problem.visits] == [((1610, 1710),), ((500, 600),)]
    assert [visit.seats for visit in file.problem.visits] == [(Seat(100),)] * 2
    assert file.problem.technicians[0].shifts[0].load_cap == 200


def test_own_file() -> None:
    problem = read_routes(json.dumps(JSON)).problem

    boiler, pair = problem.visits
    assert boiler.windows == ((0, 60), (90, 120))
    assert boiler.seats == (Seat(30, {"gas": 3}, {"ann": 20}),)
    assert (boiler.late_by, boiler.priority, boiler.preferred, boiler.excluded) == (5, 2, {"ann"}, {"bo"})
    assert pair.seats == (Seat(10, technician="ann"), Seat(15))
    assert (pair.key, pair.gap, pair.value, pair.load, pair.start, pair.after) == ("7", (0, 5), 900, 3, 100, "boiler")
    ann, bo = problem.technicians
    assert ann.shifts[0].breaks == (Break(200, 300, 30),)
    assert (ann.shifts[0].load_cap, ann.shifts[0].overtime, ann.overtime_price, ann.travel_percent) == (9, 60, 2, 80)
    assert bo.shifts[0].destination is None
    assert problem.distances[0].tolist() == [0, 50, 90]
    assert (problem.weights.distance, problem.weights.lateness, problem.weights.travel) == (3, 4, 0)


def with_places(**changes: Any) -> str:
    """The own file with three places instead of matrices."""
    places = [{"lat": 31.2, "lng": 121.4}, {"lat": 31.21, "lng": 121.4}, {"lat": 31.2, "lng": 121.41}]
    content = {key: value for key, value in JSON.items() if key not in ("travel_times", "distances")}
    return json.dumps(content | {"places": places} | changes)


def test_own_file_computes_travel_between_places() -> None:
    problem = read_routes(with_places(speed_m_per_s=10, detour=1.5)).problem

    metres = 1.5 * straight_metres((31.2, 121.4), (31.21, 121.4))
    assert problem.distances[0, 1] == round(metres)
    assert problem.travel_times[0, 1] == -(-metres // 10)


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=5))
def test_the_matrix_of_places_is_the_distance_of_each_pair(places: list[tuple[float, float]]) -> None:
    expected = [[straight_metres(here, there) for there in places] for here in places]

    assert np.allclose(straight_matrix(places), np.array(expected).reshape(len(places), len(places)), atol=1)


BAD_TEXTS = [
    ("", "The file is empty."),
    ("hello", "Line 1: 'hello' is no field or section that is read."),
    (VRPLIB.replace("DIMENSION : 3", "DIMENSION : x"), "Line 3: DIMENSION is 'x', which is no number."),
    (VRPLIB.replace("DIMENSION : 3", "DIMENSION : 1"), "Line 3: DIMENSION is 1, which leaves no customer."),
    (VRPLIB.replace("DIMENSION : 3", "DIMENSION :"), "Line 3: DIMENSION is missing."),
    (VRPLIB.replace("DIMENSION : 3", "DIMENSION : 2.5"), "Line 3: DIMENSION is '2.5', which is no whole number."),
    (VRPLIB.replace("DIMENSION : 3\n", ""), "The field DIMENSION is missing."),
    (VRPLIB.replace("DIMENSION : 3", "DIMENSION : 99999"), "The file has 99999 places; more than 10000 are not read."),
    (VRPLIB.replace("EUC_2D", "GEO"), "EDGE_WEIGHT_TYPE is GEO; EUC_2D and EXPLICIT are read."),
    (VRPLIB.replace("CAPACITY : 10", "CAPACITY : nan"), "Line 5: CAPACITY is 'nan', which is no number."),
    (VRPLIB.replace("CAPACITY", "BACKHAUL"), "Line 5: the field BACKHAUL is not read."),
    (VRPLIB.replace("2 1 1\n", "2 1\n"), "Line 10: 2 words where node, x, y are expected."),
    (VRPLIB.replace("2 1 1\n", "2 1 y\n"), "Line 10: y is 'y', which is no number."),
    (VRPLIB.replace("2 1 1\n", "9 1 1\n"), "Line 10: node 9 stands twice or is not from 1 to 3."),
    (VRPLIB.replace("2 1 1\n", ""), "NODE_COORD_SECTION has no line for node 2."),
    (VRPLIB.replace("NODE_COORD_SECTION", "SERVICE_TIME_SECTION"), "The section NODE_COORD_SECTION is missing."),
    (VRPLIB.replace("2 3 9.5", "2 30 9.5"), "The close of the window of visit 1 from 300 is 95"),
    (VRPLIB.replace("2 4\n3 7", "2 -4\n3 7"), "The load of visit 1 is -4"),
    (VRPLIB.replace("\n1\n-1", "\n1\n2\n-1"), "DEPOT_SECTION must name node 1 and no other."),
    (VRPLIB.replace("2 1 1\n", "2 1e300 1\n"), "Line 10: x is '1e300', which is no number."),
    (VRPLIB.replace("2 1 1\n", "2 1e12 1\n"), "Two places are too far apart to calculate with."),
    (EXPLICIT.replace("3 0 4\n", "3 0\n"), "EDGE_WEIGHT_SECTION holds 8 numbers, not 9."),
    (EXPLICIT.replace("3 0 4", "3 0 -4"), "EDGE_WEIGHT_SECTION holds a negative number."),
    (EXPLICIT.replace("3 0 4", "3 0 x"), "Line 9: edge weight is 'x', which is no number."),
    (EXPLICIT.replace("3 0 4", "3 0 0.1234567"), "EDGE_WEIGHT_SECTION holds a number with more than 6 decimals."),
    (EXPLICIT.replace("FULL_MATRIX", "FUNCTION"), "EDGE_WEIGHT_FORMAT is FUNCTION; read are FULL_MATRIX"),
    (EXPLICIT.replace("0 1 2\n3 0 4\n5 6 0\n", ""), "EDGE_WEIGHT_SECTION holds 0 numbers, not 9."),
    (SOLOMON.replace("NUMBER ", "COUNT "), "The line NUMBER is missing."),
    (SOLOMON.replace("  25         200", "  25"), "Line 5: CAPACITY is missing."),
    (SOLOMON.replace("161", "early"), "Line 11: READY TIME is 'early', which is no number."),
    (SOLOMON.replace("    2      3", "    5      3"), "Line 12: CUST NO. is 5, not 2."),
    ("\n".join(SOLOMON.splitlines()[:-2]), "The customer table holds no customer."),
    ("\n".join(SOLOMON.splitlines()[:4]), "The line with the number and capacity of vehicles is missing."),
    ("{", "Line 1, column 2: not JSON"),
    ("[" * 100_000, "The JSON is nested too deeply."),
    ("[]", "The file is not an object."),
]


@pytest.mark.parametrize(("text", "sentence"), BAD_TEXTS, ids=[sentence for _, sentence in BAD_TEXTS])
def test_a_bad_text_is_refused_by_line_and_field(text: str, sentence: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        read_routes(text)

    assert str(refused.value).startswith(sentence)


BAD_FIELDS: list[tuple[tuple[Any, ...], object, str]] = [
    (("visits",), None, "visits is missing."),
    (("visits",), {}, "visits is not a list."),
    (("visits", 0), 5, "visits[0] is not an object."),
    (("visits", 0, "id"), 1.5, "visits[0].id is neither text nor a whole number."),
    (("visits", 0, "colour"), "red", "visits[0].colour is not a field that is read."),
    (("visits", 0, "duration"), "long", "visits[0].duration is not a whole number."),
    (("visits", 0, "duration"), True, "visits[0].duration is not a whole number."),
    (("visits", 0, "windows"), [[1]], "visits[0].windows[0] is not a list of two whole numbers."),
    (("visits", 0, "skills"), ["gas"], "visits[0].skills is not an object."),
    (("visits", 0, "skills"), {"gas": "high"}, "visits[0].skills.gas is not a whole number."),
    (("visits", 0, "preferred"), [None], "visits[0].preferred holds something that is no id."),
    (("visits", 0, "preferred"), ["zoe"], "Visit boiler names technician zoe, who is not in the problem."),
    (("visits", 1, "crew", 0, "hands"), 2, "visits[1].crew[0].hands is not a field that is read."),
    (("technicians", 0, "shifts", 0, "end"), None, "technicians[0].shifts[0].end is missing."),
    (
        ("technicians", 0, "shifts", 0, "breaks", 0, "latest"),
        "noon",
        "technicians[0].shifts[0].breaks[0].latest is not a whole number.",
    ),
    (("travel_times", 1), [1], "travel_times[1] is not a list of 3 whole numbers."),
    (("travel_times", 1, 2), 1.5, "travel_times[1][2] is not a whole number."),
    (("distances", 1, 2), 10**30, f"distances[1][2] is {10**30}; it must be from 0"),
    (("weights", "speed"), 3, "weights.speed is not a field that is read."),
    (("weight",), {}, "weight is not a field that is read."),
]


@pytest.mark.parametrize(("path", "value", "sentence"), BAD_FIELDS, ids=[case[2] for case in BAD_FIELDS])
def test_a_bad_field_is_refused_by_its_place(path: tuple[Any, ...], value: object, sentence: str) -> None:
    content = json.loads(json.dumps(JSON))
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(InvalidProblem) as refused:
        read_routes(json.dumps(content))

    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"places": [{"lat": 91, "lng": 0}]}, "The place of places[0] is not a latitude and longitude"),
        ({"places": [{"lat": 1, "lng": float("inf")}]}, "places[0].lng is not a number."),
        ({"places": [{"lat": 1}]}, "places[0].lng is missing."),
        ({"speed_m_per_s": 0}, "speed_m_per_s must be above 0."),
        ({"detour": 0.5}, "detour must be at least 1."),
    ],
)
def test_bad_places_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        read_routes(with_places(**changes))

    assert str(refused.value).startswith(sentence)


@given(st.sampled_from(["", VRPLIB, EXPLICIT, SOLOMON, json.dumps(JSON)]), st.data())
def test_a_damaged_text_is_a_problem_still_or_a_sentence(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    damaged = text[:cut] + data.draw(st.text(max_size=9)) + text[cut + data.draw(st.integers(0, 5)) :]

    assert outcome(damaged) in ("problem", "sentence")


def outcome(text: str) -> str:
    """What reading ends in; every other exception is a fault and passes through."""
    try:
        read_routes(text)
    except InvalidProblem as refused:
        return "sentence" if str(refused) else "silence"
    return "problem"


@pytest.mark.skipif(not BENCHMARKS.exists(), reason="the public instances are not beside the project")
@pytest.mark.parametrize("name", ["vrptw/RC208", "vrptw/C2_10_3", "pcvrptw/R1_10_3"])
def test_published_solutions_cost_what_is_published(name: str) -> None:
    problem = read_routes((BENCHMARKS / f"{name}.vrp").read_text()).problem
    lines = (BENCHMARKS / f"{name}.sol").read_text().splitlines()
    routes = [tuple(line.split(":")[1].split()) for line in lines if line.startswith("Route")]
    published = float(next(line.split()[1] for line in lines if line.startswith("Cost")))

    check = verify_route_plan(problem, RoutePlan(tuple(earliest(problem, n, keys) for n, keys in enumerate(routes))))

    assert check.feasible
    assert check.cost in (published, round(published * 10))


def earliest(problem: RouteProblem, number: int, keys: tuple[str, ...]) -> DayRoute:
    """A route at the earliest times of its order."""
    visits = {visit.key: visit for visit in problem.visits}
    here, free, stops = 0, 0, []
    for key in keys:
        visit = visits[key]
        start = max(free + int(problem.travel_times[here, visit.location]), visit.windows[0][0])
        stops.append(RouteStop(key, start))
        here, free = visit.location, start + visit.seats[0].duration
    return DayRoute(problem.technicians[number].key, tuple(stops))
