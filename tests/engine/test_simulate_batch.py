from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from paidan_engine.simulate import (
    Batch,
    Board,
    Grid,
    NearestFirst,
    PositionValue,
    ValueTable,
    Weights,
    day_of,
    learn,
    simulate,
)
from tests.engine.simulated import faults, town

GRID = Grid(12_000, across=4)
LOOKING_AHEAD = Batch(interval_seconds=30, ahead_seconds=900, weights=Weights(ready=0.5, over_level=200, breadth=50))


class Kept:
    """A policy that remembers the boards it was shown."""

    def __init__(self, policy: Batch) -> None:
        self.policy, self.name, self.interval_seconds = policy, policy.name, policy.interval_seconds
        self.boards: list[Board] = []

    def decide(self, board: Board) -> list[tuple[int, int]]:
        # The course goes on changing its arrays; what is remembered must not.
        self.boards.append(replace(board, place=board.place.copy(), declined=board.declined.copy()))
        return list(self.policy.decide(board))


def boards(policy: Batch, load: int = 150) -> list[Board]:
    kept = Kept(policy)
    simulate(day_of(town(), load, 4), kept)
    return kept.boards


@cache
def learnt(discount: float = 1.0, bonus: float = 0.0) -> ValueTable:
    return learn(
        [simulate(day_of(town(), 100, seed), NearestFirst()) for seed in range(100, 106)], GRID, discount, bonus
    )


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(20, 250), st.booleans())
def test_no_batched_day_breaks_a_rule_or_loses_a_customer(seed, load, positioned) -> None:
    position = PositionValue(learnt(), 10.0) if positioned else None

    history = simulate(day_of(town(), load, seed), replace(LOOKING_AHEAD, position=position))

    assert faults(history) == []


def test_each_round_is_the_cheapest_by_another_algorithm() -> None:
    policy = Batch(interval_seconds=60, weights=Weights(waiting=900, urgency=0.5, over_level=100))

    compared = 0
    for board in boards(policy):
        pairs = board.pairs()
        if not len(pairs.customer):
            continue
        compared += 1
        cost = np.rint(policy.costs(board, pairs))
        price = np.rint(900 + 0.5 * board.waited)
        table = np.zeros((len(board.customers.arrived), len(board.idle)))
        of = np.searchsorted(board.open, pairs.customer)
        table[pairs.customer, pairs.technician] = np.minimum(cost - price[of], 0)
        rows, columns = linear_sum_assignment(table)
        chosen = policy.decide(board)
        saved = {(c, t): gain for c, t, gain in zip(pairs.customer, pairs.technician, cost - price[of], strict=True)}
        assert sum(saved[pair] for pair in chosen) == table[rows, columns].sum()
    assert compared > 30


def test_asks_only_idle_technicians_while_looking_ahead() -> None:
    seen = boards(LOOKING_AHEAD)

    ahead = [board for board in seen if (board.pairs(900).ready > 0).any()]
    assert ahead
    assert all(board.idle[technician] for board in ahead for _, technician in LOOKING_AHEAD.decide(board))


def test_free_technicians_wait_when_waiting_costs_nothing() -> None:
    history = simulate(day_of(town(), 100, 1), Batch(weights=Weights(waiting=0, urgency=0)))

    assert history.trips == ()


def test_over_qualification_keeps_who_can_more_for_those_who_need_it() -> None:
    days = [day_of(town(), 200, seed) for seed in range(6)]

    def wasted(weight: float) -> float:
        policy = Batch(weights=Weights(over_level=weight, waiting=3600))
        trips = [(day, trip) for day in days for trip in simulate(day, policy).trips]
        above = [
            day.technicians.level[trip.technician, day.customers.skill[trip.customer]]
            - day.customers.level[trip.customer]
            for day, trip in trips
        ]
        return float(np.mean(above))

    assert wasted(600) < wasted(0)


def test_higher_price_of_waiting_serves_more_from_farther_when_technicians_are_many() -> None:
    days = [day_of(town(), 50, seed) for seed in range(6)]

    low, high = (
        [simulate(day, Batch(weights=Weights(waiting=price, urgency=0))) for day in days] for price in (150, 3600)
    )

    assert np.mean([day.served_percent for day in low]) < np.mean([day.served_percent for day in high])
    assert np.mean([day.travel_each for day in low]) < np.mean([day.travel_each for day in high])


@pytest.mark.parametrize("discount", [1.0, 0.97])
def test_value_at_the_start_of_a_shift_is_what_the_days_earned(discount) -> None:
    histories = [simulate(day_of(town(), 100, seed), NearestFirst()) for seed in range(100, 110)]

    table = learn(histories, GRID, discount, prior=0)

    earned = sum(history.revenue for history in histories)
    homes = np.concatenate([history.day.technicians.home for history in histories])
    starts = np.concatenate([history.day.technicians.start for history in histories])
    ends = np.concatenate([history.day.technicians.end for history in histories])
    told = table.at(ends, homes, starts).sum()
    assert told == pytest.approx(earned, rel=0.1) if discount == 1 else told < 0.9 * earned


def test_value_falls_to_nothing_at_the_end_of_the_shift() -> None:
    table = learnt()
    place = np.full((4, 2), 6000.0)
    end = np.full(4, 57_600)

    values = table.at(end, place, np.array([36_000, 46_000, 56_000, 57_600]))

    assert values[0] > values[1] > values[2] >= values[3] == 0


def test_a_bonus_for_serving_adds_its_count() -> None:
    plain, more = learnt(), learnt(bonus=100)
    only = learnt(bonus=1e9).value / 1e9

    assert np.allclose(more.value, plain.value + 100 * only, rtol=1e-4, atol=1e-3)


def test_position_cost_is_the_value_lost_and_prefers_the_better_door() -> None:
    value = np.zeros((1, GRID.buckets + 1, 16))
    value[0, :, GRID.cell(np.array([10_000.0, 10_000.0]))] = 100
    table = ValueTable(GRID, 0.9, np.array([57_600]), value)
    board = next(board for board in boards(LOOKING_AHEAD) if len(board.pairs().customer) > 3)
    pairs = board.pairs()

    cost = PositionValue(table, 2.0, served_bonus=7).cost(board, pairs)

    spent = pairs.travel + board.answering.seconds + board.customers.service[pairs.customer]
    good = GRID.cell(board.customers.place[pairs.customer]) == 10
    before = 100 * (GRID.cell(board.place[pairs.technician]) == 10)
    fee = board.customers.fee[pairs.customer] + 7
    assert np.allclose(cost, 2 * (before - fee - 0.9 ** (spent / 600) * 100 * good))


def test_learning_the_same_days_gives_the_same_table_and_no_day_gives_none() -> None:
    assert np.array_equal(learnt().value, learnt().value)
    with pytest.raises(ValueError, match="no day to learn from"):
        learn([], GRID, 1.0)
