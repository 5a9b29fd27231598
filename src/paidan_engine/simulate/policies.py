"""Policies that need no mathematics: technicians who grab, and two ways of taking the nearest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paidan_engine.simulate.board import Board
from paidan_engine.simulate.streams import Ints, Stream, uniforms


@dataclass(frozen=True, slots=True)
class Grab:
    """A hall: each idle technician, the quickest thumb first, takes what pays him best per hour."""

    name: str = "grab"
    interval_seconds: int = 0

    def decide(self, board: Board) -> Sequence[tuple[int, int]]:
        """By the lot of technician and moment, then by fee per second until done."""
        pairs = board.pairs()
        spent = pairs.travel + board.customers.service[pairs.customer]
        pay = board.customers.fee[pairs.customer] / spent
        thumb = uniforms(board.seed, Stream.HALL, pairs.technician, np.full(len(pay), board.now))
        return _one_by_one(pairs.customer.tolist(), pairs.technician.tolist(), np.lexsort((-pay, thumb)))


@dataclass(frozen=True, slots=True)
class NearestFirst:
    """Each customer in order of his call gets the nearest idle technician."""

    name: str = "nearest first"
    interval_seconds: int = 0

    def decide(self, board: Board) -> Sequence[tuple[int, int]]:
        """By order of call, then by travel."""
        pairs = board.pairs()
        order = np.lexsort((pairs.travel, pairs.customer))
        return _one_by_one(pairs.customer.tolist(), pairs.technician.tolist(), order)


@dataclass(frozen=True, slots=True)
class ShortestWayFirst:
    """The shortest way of all pairs first, however long the others have waited: a stronger rival when many wait."""

    name: str = "shortest way first"
    interval_seconds: int = 0

    def decide(self, board: Board) -> Sequence[tuple[int, int]]:
        """By travel, then by order of call."""
        pairs = board.pairs()
        order = np.argsort(pairs.travel, kind="stable")
        return _one_by_one(pairs.customer.tolist(), pairs.technician.tolist(), order)


def _one_by_one(customers: list[int], technicians: list[int], order: Ints) -> list[tuple[int, int]]:
    """Each pair in this order whose customer and technician are both still free."""
    taken, busy = set[int](), set[int]()
    chosen = []
    for number in order.tolist():
        customer, technician = customers[number], technicians[number]
        if customer not in taken and technician not in busy:
            taken.add(customer)
            busy.add(technician)
            chosen.append((customer, technician))
    return chosen
