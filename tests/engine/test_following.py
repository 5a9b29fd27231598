"""Facts on a route: never refused, never overlapping, and the rest follows them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paidan_engine.errors import InvalidProblem
from paidan_engine.problem import Shift, Task
from paidan_engine.repair import follow, place_before
from paidan_engine.solution import Route, Stop
from tests.engine.day_plans import PLACES, TableTravel, place

FIVE = TableTravel(((5,) * PLACES,) * PLACES)
SHIFT = Shift(1, 1, 0, 4_000, place(0), blocks=((2_000, 2_100),))


def stop(key: str, start: int, *, duration: int = 600, **flags: bool) -> Stop:
    return Stop(Task(key, place(1), 0, 3_000, duration), start, pinned=True, **flags)


def test_a_stop_under_way_comes_first_and_the_rest_after_it_and_its_break() -> None:
    route = Route(SHIFT, (stop("a", 100), stop("b", 800), stop("c", 1_500)))

    followed = follow(route, stop("c", 300, en_route=True), FIVE, 290)

    assert [(s.task.key, s.start) for s in followed.stops] == [("c", 300), ("a", 905), ("b", 2_105)]


def test_the_stop_left_for_another_ends_where_the_way_begins() -> None:
    route = Route(SHIFT, (stop("a", 100, started=True), stop("b", 800)))

    followed = follow(route, stop("b", 300, en_route=True), FIVE, 290)

    assert [(s.start, s.end) for s in followed.stops] == [(100, 295), (300, 900)]


def test_what_can_no_longer_be_kept_is_late_and_clear_of_breaks() -> None:
    route = Route(SHIFT, (stop("a", 100), stop("b", 800), stop("c", 1_500)))

    followed = follow(route, stop("a", 1_200, started=True, duration=2_500), FIVE, 1_300)

    assert [s.start for s in followed.stops] == [1_200, 3_705, 4_310]


def test_nobody_is_anywhere_before_the_first_stop_but_at_the_origin() -> None:
    route = Route(SHIFT, (stop("a", 100, started=True), stop("b", 800)))

    assert place_before(route, "a", 200) == SHIFT.origin
    assert place_before(route, "b", 200) == place(1)


def test_a_stop_of_another_route_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="x is not in the route of shift 1"):
        follow(Route(SHIFT, (stop("a", 100),)), stop("x", 100), FIVE, 0)


@st.composite
def facts(draw: st.DrawFn) -> tuple[Route, Stop, int]:
    """A route on which some stops are under way, in any order and overlapping, and one more becomes so."""
    flags = st.sampled_from([{}, {"started": True}, {"en_route": True}])
    stops = tuple(
        replace(
            stop(str(number), draw(st.integers(0, 3_000)), duration=draw(st.integers(60, 900)), **draw(flags)),
            task=Task(str(number), place(draw(st.integers(0, PLACES - 1))), 0, 3_000, draw(st.integers(60, 900))),
        )
        for number in range(draw(st.integers(1, 6)))
    )
    fact = replace(draw(st.sampled_from(stops)), start=draw(st.integers(0, 4_500)), started=True)
    return Route(SHIFT, stops), fact, draw(st.integers(0, 4_500))


@given(facts())
def test_no_two_stops_overlap_and_none_is_lost(case: tuple[Route, Stop, int]) -> None:
    route, fact, now = case

    followed = follow(route, fact, FIVE, now)

    assert sorted(s.task.key for s in followed.stops) == sorted(s.task.key for s in route.stops)
    for before, after in zip(followed.stops, followed.stops[1:], strict=False):
        assert before.end <= after.start
        assert before.under_way >= after.under_way
    rest = [s for s in followed.stops if not s.under_way]
    assert all(s.start - 5 >= now for s in rest)
    assert all(s.end <= 2_000 or s.start - 5 >= 2_100 for s in rest)
