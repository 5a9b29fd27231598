"""What dispatch knows at one instant, and which pairs the hard rules allow."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from paidan_engine.simulate.day import Customers, Technicians
from paidan_engine.simulate.scenario import Answering, Roads
from paidan_engine.simulate.streams import Floats, Ints

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Eligible pairs in columns, by customer in order of arrival.

    Attributes:
        ready: seconds until the technician is expected to be free; 0 for one who could set out now.
        travel: expected seconds of the way from where he will be then.
    """

    customer: Ints
    technician: Ints
    ready: Ints
    travel: Ints

    def where(self, flags: Flags) -> "Pairs":
        """Those flagged."""
        return Pairs(self.customer[flags], self.technician[flags], self.ready[flags], self.travel[flags])


@dataclass(frozen=True)
class Board:
    """One instant.

    Attributes:
        open: numbers of the customers for whom nobody is on the way nor asked, in order of arrival.
        idle: technicians who could set out now.
        place: where each technician is, or is expected to be when he is free; shape (technicians, 2).
        free_at: second at which each is expected to be free; beyond the day for one who is being asked.
        declined: pairs that said no, shape (customers, technicians).
    """

    now: int
    seed: int
    customers: Customers
    technicians: Technicians
    roads: Roads
    answering: Answering
    open: Ints
    idle: Flags
    place: Floats
    free_at: Ints
    declined: Flags

    @cached_property
    def waited(self) -> Ints:
        """Seconds since each open customer called."""
        return self.now - self.customers.arrived[self.open]

    def pairs(self, ahead_seconds: int = 0) -> Pairs:
        """What the hard rules allow: skill and level, no earlier refusal, and done before the shift ends.

        Args:
            ahead_seconds: also technicians who are expected to be free by then.
        """
        able = self.idle if ahead_seconds == 0 else self.free_at <= self.now + ahead_seconds
        people = np.flatnonzero(able)
        ready = np.maximum(self.free_at[people] - self.now, 0)
        way = self.customers.place[self.open][:, None, :] - self.place[people][None, :, :]
        travel = np.ceil(np.hypot(way[..., 0], way[..., 1]) * self.roads.seconds_per_metre).astype(np.int64)
        held = self.technicians.level[people].T[self.customers.skill[self.open]]
        done = self.now + self.answering.seconds + ready + travel + self.customers.service[self.open][:, None]
        allowed = held >= self.customers.level[self.open][:, None]
        allowed &= done <= self.technicians.end[people]
        allowed &= ~self.declined[self.open][:, people]
        row, column = np.nonzero(allowed)
        return Pairs(self.open[row], people[column], ready[column], travel[row, column])
