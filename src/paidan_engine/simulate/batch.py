"""Batches: the open customers and the technicians matched together, each customer at a price of waiting."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paidan_engine.matching import Candidate, MatchProblem, MatchTask, MatchTechnician, match
from paidan_engine.simulate.board import Board, Pairs
from paidan_engine.simulate.streams import Floats, Ints
from paidan_engine.simulate.value import ValueTable


@dataclass(frozen=True, slots=True)
class Weights:
    """What a second or a level is worth in equivalent seconds.

    Attributes:
        travel: of a second on the way.
        ready: of a second until the technician is free.
        over_level: of each level held above the one needed, so that who can do more stays free for it.
        breadth: of each level of each other skill held, for the same reason.
        waiting: price of leaving a customer for the next round.
        urgency: what that price grows by for each second since the call.
    """

    travel: float = 1.0
    ready: float = 1.0
    over_level: float = 0.0
    breadth: float = 0.0
    waiting: float = 1800.0
    urgency: float = 1.0

    def price(self, waited: Ints) -> Floats:
        """Price of waiting of customers who have waited so many seconds."""
        prices: Floats = np.asarray(self.waiting + self.urgency * waited, np.float64)
        return prices


@dataclass(frozen=True, slots=True)
class PositionValue:
    """A learned table, and how many equivalent seconds a unit of what it counts is worth.

    Attributes:
        served_bonus: what serving anybody counts on top of the fee, as in the table.
    """

    table: ValueTable
    seconds_per_unit: float
    served_bonus: float = 0.0

    def cost(self, board: Board, pairs: Pairs) -> Floats:
        """What the technician's place and time lose by the customer: V(now) − fee − γ^Δt · V(after), in seconds."""
        spent = pairs.ready + board.answering.seconds + pairs.travel + board.customers.service[pairs.customer]
        end = board.technicians.end[pairs.technician]
        before = self.table.at(end, board.place[pairs.technician], np.full(len(end), board.now))
        after = self.table.at(end, board.customers.place[pairs.customer], board.now + spent)
        gain = board.customers.fee[pairs.customer] + self.served_bonus
        lost: Floats = self.seconds_per_unit * (before - gain - self.table.fade(spent) * after)
        return lost


@dataclass(frozen=True, slots=True)
class Batch:
    """A minimum-cost matching every few seconds; who is matched to somebody still busy waits for a later round.

    Attributes:
        ahead_seconds: technicians expected to be free by then are matched too.
        position: adds what the pair does to the technician's place and time.
    """

    name: str = "batch"
    interval_seconds: int = 60
    ahead_seconds: int = 0
    weights: Weights = Weights()
    position: PositionValue | None = None

    def decide(self, board: Board) -> Sequence[tuple[int, int]]:
        """The pairs of the cheapest whole whose technician is idle."""
        pairs = board.pairs(self.ahead_seconds)
        cost = _whole(self.costs(board, pairs))
        price = _whole(self.weights.price(board.waited))
        worth = cost < price[np.searchsorted(board.open, pairs.customer)]
        matched = match(_problem(board.open, price, pairs.where(worth), cost[worth]))
        chosen = [(int(customer), technician) for customer, technician in matched.pairs]
        return [(customer, technician) for customer, technician in chosen if board.idle[technician]]

    def costs(self, board: Board, pairs: Pairs) -> Floats:
        """Equivalent seconds of each pair."""
        held = board.technicians.level[pairs.technician]
        used = held[np.arange(len(held)), board.customers.skill[pairs.customer]]
        weights = self.weights
        total: Floats = weights.travel * pairs.travel + weights.ready * pairs.ready
        total = total + weights.over_level * (used - board.customers.level[pairs.customer])
        total = total + weights.breadth * (held.sum(axis=1) - used)
        return total if self.position is None else total + self.position.cost(board, pairs)


def _whole(seconds: Floats) -> Ints:
    found: Ints = np.rint(seconds).astype(np.int64)
    return found


def _problem(waiting: Ints, price: Ints, pairs: Pairs, cost: Ints) -> MatchProblem:
    """The round as the engine's matching takes it; who has no pair stays outside, he waits anyway."""
    people = np.unique(pairs.technician).tolist()
    asking = set(pairs.customer.tolist())
    tasks = tuple(
        MatchTask(str(customer), seconds)
        for customer, seconds in zip(waiting.tolist(), price.tolist(), strict=True)
        if customer in asking
    )
    rows = zip(pairs.customer.tolist(), pairs.technician.tolist(), cost.tolist(), strict=True)
    candidates = tuple(
        Candidate(str(customer), technician, (("cost", seconds),)) for customer, technician, seconds in rows
    )
    return MatchProblem(tasks, tuple(MatchTechnician(number) for number in people), candidates)
