import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paidan_engine.errors import BrokenInvariant, InvalidProblem
from paidan_engine.simulate import (
    Board,
    Grab,
    History,
    NearestFirst,
    ShortestWayFirst,
    day_of,
    paired_interval,
    scenario_of,
    simulate,
)
from paidan_engine.simulate.streams import Stream, uniforms
from tests.engine.simulated import faults, small_city, town

SCENARIO_FILE = Path(__file__).resolve().parents[2] / "bench" / "scenarios" / "city_day.json"
SIMPLE = (Grab(), NearestFirst(), ShortestWayFirst())


@dataclass(frozen=True)
class Fixed:
    """Asks for the same pairs at each event."""

    pairs: Sequence[tuple[int, int]]
    name: str = "fixed"
    interval_seconds: int = 0

    def decide(self, _board: Board) -> Sequence[tuple[int, int]]:
        return self.pairs


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(20, 250), st.sampled_from(SIMPLE))
def test_no_day_breaks_a_rule_or_loses_a_customer(seed, load, policy) -> None:
    history = simulate(day_of(town(), load, seed), policy)

    assert faults(history) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"set_out_at": 90_000}, "patience"),
        ({"technician": 0}, "technician 0 sets out from elsewhere"),
        ({"customer": 0}, "customer 0 ends 2 times"),
        ({"asked_at": 0}, "shift"),
    ],
)
def test_judge_of_the_tests_sees_a_broken_day(change, fault) -> None:
    history = simulate(day_of(town(), 120, 3), NearestFirst())
    number = next(n for n, trip in enumerate(history.trips) if trip.technician != 0 and trip.customer != 0)
    trips = list(history.trips)
    trips[number] = replace(trips[number], **change)

    found = faults(replace(history, trips=tuple(trips)))

    assert any(fault in sentence for sentence in found)


@pytest.mark.parametrize("policy", SIMPLE, ids=lambda policy: policy.name)
def test_same_seed_gives_the_same_day_and_another_seed_another(policy) -> None:
    first, again, other = (simulate(day_of(town(), 120, seed), policy) for seed in (5, 5, 6))

    assert first.trips == again.trips
    assert (first.left, first.waiting, first.declined) == (again.left, again.waiting, again.declined)
    assert first.trips != other.trips


def test_a_pair_that_two_policies_share_has_the_same_luck() -> None:
    day = day_of(town(), 100, 7)

    by_pair = [{(trip.customer, trip.technician): trip for trip in simulate(day, p).trips} for p in SIMPLE[:2]]
    shared = by_pair[0].keys() & by_pair[1].keys()

    assert shared
    for pair in shared:
        first, second = (trips[pair] for trips in by_pair)
        assert first.end_at - first.begin_at == second.end_at - second.begin_at
        if first.origin == second.origin:
            assert first.travel_seconds == second.travel_seconds


def test_draws_do_not_depend_on_their_order_and_spread_evenly() -> None:
    first = np.arange(20_000)

    draws = uniforms(1, Stream.TRAVEL, first, first + 1)

    assert uniforms(1, Stream.TRAVEL, first[7:8], first[7:8] + 1)[0] == draws[7]
    assert np.histogram(draws, 10, (0, 1))[0].min() > 1850
    assert abs(np.corrcoef(draws, uniforms(1, Stream.ACCEPTANCE, first, first + 1))[0, 1]) < 0.03
    assert abs(np.corrcoef(draws, uniforms(2, Stream.TRAVEL, first, first + 1))[0, 1]) < 0.03


def test_travel_luck_has_mean_one() -> None:
    day = day_of(town(), 100, 1)

    factors = [day.travel_factor(customer, technician) for customer in range(80) for technician in range(14)]

    assert np.mean(factors) == pytest.approx(1, abs=0.03)
    assert np.std(factors) == pytest.approx(0.2, abs=0.03)


def test_who_never_accepts_serves_nobody_and_is_not_asked_twice() -> None:
    answer = {"seconds": 60, "accept_near": 0, "accept_far": 0, "far_metres": 8000}

    history = simulate(day_of(town(answer=answer), 100, 1), NearestFirst())

    assert history.trips == ()
    assert len(history.declined) == len(set(history.declined)) > 0


def test_customers_without_patience_leave_unless_somebody_sets_out_at_once() -> None:
    customers = {**small_city()["customers"], "patience": {"shape": 2.0, "mean_seconds": 20}}

    history = simulate(day_of(town(customers=customers), 100, 1), NearestFirst())

    assert len(history.left) == history.arrived > 0


def one_technician_for(policy) -> tuple[list[tuple[int, int]], Board]:
    """What a policy asks when everybody waits for the only technician who is left."""
    kept: list[Board] = []

    @dataclass(frozen=True)
    class Kept:
        name: str = "kept"
        interval_seconds: int = 600

        def decide(self, board: Board) -> Sequence[tuple[int, int]]:
            kept.append(replace(board, place=board.place.copy(), idle=np.arange(len(board.idle)) == 3))
            return []

    simulate(day_of(town(), 300, 4), Kept())
    board = next(board for board in kept if len(board.pairs().customer) > 2)
    return list(policy.decide(board)), board


def test_nearest_first_serves_who_called_first() -> None:
    chosen, board = one_technician_for(NearestFirst())

    assert chosen == [(board.pairs().customer.min(), 3)]


def test_shortest_way_first_serves_who_is_nearest() -> None:
    chosen, board = one_technician_for(ShortestWayFirst())

    assert chosen == [(board.pairs().customer[board.pairs().travel.argmin()], 3)]


def test_a_grabber_takes_what_pays_best_per_hour() -> None:
    chosen, board = one_technician_for(Grab())

    pairs = board.pairs()
    pay = board.customers.fee[pairs.customer] / (pairs.travel + board.customers.service[pairs.customer])
    assert chosen == [(pairs.customer[pay.argmax()], 3)]


def test_policy_that_asks_somebody_busy_is_refused() -> None:
    day = day_of(town(), 100, 1)

    with pytest.raises(BrokenInvariant, match="fixed"):
        simulate(day, Fixed([(0, 0), (0, 1)]))


def test_policy_that_asks_nobody_loses_everybody() -> None:
    history = simulate(day_of(town(), 100, 1), Fixed([]))

    assert len(history.left) + len(history.waiting) == history.arrived
    assert (history.revenue, history.travel_seconds, history.served_percent) == (0, 0, 0)


def test_load_counts_the_customers_that_the_shifts_hold() -> None:
    scenario = town()

    assert scenario.customers(100) == pytest.approx(14 * 21_600 / (0.7 * 1800 + 0.3 * 2700 + 600))
    assert scenario.customers(120) == pytest.approx(1.2 * scenario.customers(100))


def test_benchmark_scenario_is_the_city_that_was_agreed() -> None:
    data = json.loads(SCENARIO_FILE.read_text())
    scenario = scenario_of(data)

    assert (scenario.city_metres, scenario.staff.count) == (30_000, 150)
    assert (scenario.demand.skills, len(scenario.demand.levels)) == (5, 3)
    assert data["loads_percent"] == [120, 80]
    seeds = [range(first, last + 1) for first, last in data["seeds"].values()]
    assert len(set().union(*seeds)) == sum(map(len, seeds))
    assert len(seeds[0]) == 30


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "scenario.name must be a text"),
        ({"city_metres": "wide"}, "scenario.city_metres must be a number of at least 1"),
        ({"technicians": 14}, "scenario.technicians must hold named fields"),
        ({"technicians": {"count": 1}}, "scenario.technicians.shifts is missing"),
        ({"answer": {"seconds": 1.5}}, "scenario.answer.seconds must be a whole number of at least 0"),
        ({"customers": {**small_city()["customers"], "fees": []}}, "scenario.customers.fees must be a list"),
        ({"customers": {**small_city()["customers"], "fees": [1]}}, "Each level of the customers needs"),
        ({"customers": {**small_city()["customers"], "hours": {"25": 1}}}, "must be from 0 to 23"),
        ({"customers": {**small_city()["customers"], "levels": [0, 0]}}, "at least one must be above 0"),
    ],
)
def test_wrong_scenario_is_refused_with_its_field(changes, sentence) -> None:
    with pytest.raises(InvalidProblem) as refusal:
        day_of(scenario_of(small_city(**changes)), 100, 1)

    assert sentence in str(refusal.value)


def test_shift_that_ends_before_it_starts_is_refused() -> None:
    data = small_city()
    data["technicians"]["shifts"][0]["end_seconds"] = 1

    with pytest.raises(InvalidProblem, match="A shift from second 28800 to 1"):
        scenario_of(data)


def test_interval_of_equal_differences_is_a_point_and_of_spread_ones_holds_the_mean() -> None:
    assert paired_interval([2.0] * 5) == paired_interval([2.0] * 30)
    spread = paired_interval([float(n) for n in range(30)])

    assert spread.low < spread.mean == 14.5 < spread.high
    assert spread.high - spread.low == pytest.approx(2 * 1.96 * 8.655 / 30**0.5, rel=0.05)
    with pytest.raises(InvalidProblem):
        paired_interval([])


def test_history_counts_its_own_figures() -> None:
    history: History = simulate(day_of(town(), 100, 2), NearestFirst())

    fees = history.day.customers.fee
    assert history.revenue == sum(fees[trip.customer] for trip in history.trips)
    assert history.served_percent == 100 * len(history.trips) / history.arrived
    assert history.travel_each == sum(trip.begin_at - trip.set_out_at for trip in history.trips) / len(history.trips)
    assert history.wait_each > history.travel_each
