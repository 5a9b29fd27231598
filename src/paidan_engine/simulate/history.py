"""What happened on a simulated day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from paidan_engine.simulate.board import Board
from paidan_engine.simulate.day import Day


class Policy(Protocol):
    """Decides whom to ask; it keeps nothing from one question to the next."""

    @property
    def name(self) -> str:
        """How tables call it."""

    @property
    def interval_seconds(self) -> int:
        """Seconds from one decision to the next; 0 to be asked whenever something happened."""

    def decide(self, board: Board) -> Sequence[tuple[int, int]]:
        """Pairs (customer, technician) to be asked now: idle technicians, open customers, nobody twice."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A technician was asked, set out, and worked; all in seconds of the day.

    Attributes:
        origin: metres, where he set out.
        travel_expected: seconds of the way as dispatch knew it.
    """

    customer: int
    technician: int
    asked_at: int
    set_out_at: int
    begin_at: int
    end_at: int
    origin: tuple[float, float]
    travel_expected: int

    @property
    def travel_seconds(self) -> int:
        """Seconds on the way."""
        return self.begin_at - self.set_out_at


@dataclass(frozen=True, slots=True)
class History:
    """One day under one policy; each customer is in exactly one of ``trips``, ``left`` and ``waiting``.

    Attributes:
        declined: (customer, technician) who said no.
        waiting: customers still there when the last shift ended.
    """

    day: Day
    policy: str
    trips: tuple[Trip, ...]
    left: tuple[int, ...]
    waiting: tuple[int, ...]
    declined: tuple[tuple[int, int], ...]

    @property
    def arrived(self) -> int:
        """Customers who called."""
        return len(self.day.customers.arrived)

    @property
    def revenue(self) -> int:
        """Fees of the served."""
        return sum(int(self.day.customers.fee[trip.customer]) for trip in self.trips)

    @property
    def served_percent(self) -> float:
        """Served of those who called."""
        return 100 * len(self.trips) / max(self.arrived, 1)

    @property
    def travel_seconds(self) -> int:
        """Seconds on the way, all technicians together."""
        return sum(trip.travel_seconds for trip in self.trips)

    @property
    def travel_each(self) -> float:
        """Seconds on the way for each customer served."""
        return self.travel_seconds / max(len(self.trips), 1)

    @property
    def wait_each(self) -> float:
        """Seconds from the call to the begin of the work, for each customer served."""
        waits = [trip.begin_at - int(self.day.customers.arrived[trip.customer]) for trip in self.trips]
        return sum(waits) / max(len(waits), 1)
