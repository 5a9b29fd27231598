import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Shift, Task
from paidan_engine.solution import DayPlan, Route, Stop
from paidan_engine.timing import earliest_start, latest_departure, retime
from paidan_engine.travel import StraightLineTravel
from tests.engine.day_plans import TableTravel, day_plans, earliest_times, place, shifts, tasks

FIVE = TableTravel(((5,) * 5,) * 5)


def test_route_starts_after_travel_from_the_origin() -> None:
    route = Route(Shift(1, 1, 0, 100, place(0)), (Stop(Task("a", place(1), 0, 50, 10), 0),))

    timed = retime(route, FIVE, 0)

    assert timed is not None
    assert timed.stops[0].start == 5


def test_leg_and_work_stay_together_beside_a_break() -> None:
    shift = Shift(1, 1, 0, 100, place(0), blocks=((10, 20),))
    route = Route(shift, (Stop(Task("a", place(1), 0, 50, 10), 0),))

    timed = retime(route, FIVE, 0)

    assert timed is not None
    assert timed.stops[0].start == 25


def test_nothing_unstarted_begins_its_leg_before_now() -> None:
    route = Route(Shift(1, 1, 0, 100, place(0)), (Stop(Task("a", place(1), 0, 50, 10), 5),))

    timed = retime(route, FIVE, 30)

    assert timed is not None
    assert timed.stops[0].start == 35


def test_started_stop_keeps_its_fact_and_is_never_refused() -> None:
    late = Stop(Task("a", place(1), 0, 10, 10), 40, pinned=True, started=True)
    route = Route(Shift(1, 1, 0, 100, place(0)), (late, Stop(Task("b", place(2), 0, 60, 10), 0)))

    timed = retime(route, FIVE, 42)

    assert timed is not None
    assert [stop.start for stop in timed.stops] == [40, 55]


def test_en_route_stop_is_expected_now_at_the_earliest() -> None:
    coming = Stop(Task("a", place(1), 0, 10, 10), 20, pinned=True, en_route=True)
    route = Route(Shift(1, 1, 0, 100, place(0)), (coming,))

    timed = retime(route, FIVE, 26)

    assert timed is not None
    assert timed.stops[0].start == 26


def test_missed_window_has_no_times() -> None:
    route = Route(Shift(1, 1, 0, 100, place(0)), (Stop(Task("a", place(1), 0, 4, 10), 0),))

    assert retime(route, FIVE, 0) is None


@settings(deadline=None)
@given(day_plans())
def test_retime_is_the_earliest(case) -> None:
    plan, travel, now = case

    for route in plan:
        timed = retime(route, travel, now)
        expected = earliest_times(route.shift, route.stops, travel, now)
        assert (timed and [stop.start for stop in timed.stops]) == expected


@settings(deadline=None)
@given(shifts(1), tasks("a"), st.integers(0, 60), st.integers(0, 12), st.integers(0, 70))
def test_latest_departure_is_the_last_from_which_the_task_ends_in_time(shift, task, ready, leg, due) -> None:
    due = min(due, shift.end)

    departure = latest_departure(task, shift, due, leg)

    start = earliest_start(task, shift, ready, leg)
    in_time = start is not None and start + task.duration <= due
    assert in_time == (departure is not None and ready <= departure)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Task("", None, 0, 1, 1), "empty key"),
        (lambda: Task("a", None, 2, 1, 1), "Task a would start at the latest before"),
        (lambda: Task("a", None, 0, 1, 0), "Task a has a duration of 0 seconds"),
        (lambda: Task("a", (91.0, 0.0), 0, 1, 1), "place of task a"),
        (lambda: Shift(7, 1, 5, 5, None), "Shift 7 ends before it starts"),
        (lambda: Shift(7, 1, 0, 5, None, blocks=((3, 2),)), "Shift 7 has a block"),
        (lambda: Shift(7, 1, 0, 5, None, load_cap=-1), "negative load cap"),
        (lambda: Stop(Task("a", None, 0, 1, 1), 0, started=True), "must be pinned"),
        (lambda: StraightLineTravel(0), "speed must be above 0"),
        (lambda: StraightLineTravel(5, 0.5), "detour factor"),
        (lambda: DayPlan((Route(Shift(7, 1, 0, 5, None)),) * 2), "Shift 7 has two routes"),
    ],
)
def test_contradictory_input_is_refused_in_a_sentence(make, sentence) -> None:
    with pytest.raises(InvalidProblem, match=sentence):
        make()


def test_task_planned_twice_is_refused() -> None:
    stop = Stop(Task("a", None, 0, 1, 1), 0)

    with pytest.raises(InvalidProblem, match="Task a is planned twice"):
        DayPlan((Route(Shift(1, 1, 0, 5, None), (stop, stop)),))


def test_blocks_are_sorted_and_merged() -> None:
    shift = Shift(1, 1, 0, 50, None, blocks=((20, 30), (5, 8), (28, 35)))

    assert shift.blocks == ((5, 8), (20, 35))


def test_straight_line_travel_is_metres_times_detour_over_speed() -> None:
    travel = StraightLineTravel(10.0, 1.5)

    assert travel.travel((31.0, 121.0), (31.01, 121.0)) == 167  # 1,111.95 m × 1.5 ÷ 10 m/s, rounded up
    assert travel.travel((31.0, 121.0), None) == 0
    assert travel.travel((0.0, 179.999), (0.0, -179.999)) == 34  # across the date line, not around the globe
