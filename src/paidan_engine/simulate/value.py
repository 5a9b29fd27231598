"""What a technician's place and time are worth: expected discounted fees from there to the end of the shift.

Policy evaluation by TD(0) over finite-horizon histories, solved backwards in time, as Xu et al., KDD 2018, Algorithm 1,
doi 10.1145/3219819.3219824: working on a customer moves the technician from (cell, time) to (cell of the customer, time
when done) and earns the fee; idling moves him one bucket on and earns nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from paidan_engine.errors import InvalidProblem
from paidan_engine.simulate.history import History, Trip
from paidan_engine.simulate.scenario import LAST_SECOND
from paidan_engine.simulate.streams import Floats, Ints

Step = tuple[int, int, int, int, int, float]
"""End of the shift, bucket and cell before, bucket and cell after, fee."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells of the city and buckets of the day.

    Attributes:
        across: cells along each side.
    """

    city_metres: float
    across: int = 10
    bucket_seconds: int = 600

    @property
    def buckets(self) -> int:
        """Buckets of a day."""
        return LAST_SECOND // self.bucket_seconds

    def cell(self, place: Floats) -> Ints:
        """Number of the cell of each place; shape (…, 2) to (…)."""
        step = np.clip((place * self.across / self.city_metres).astype(np.int64), 0, self.across - 1)
        numbers: Ints = step[..., 0] * self.across + step[..., 1]
        return numbers

    def bucket(self, second: Ints) -> Ints:
        """Number of the bucket of each second; the last for anything later."""
        numbers: Ints = np.minimum(second // self.bucket_seconds, self.buckets - 1)
        return numbers


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Discounted fees still to be earned from a cell and time.

    Attributes:
        discount: of one bucket.
        ends: the ends of shift that were seen, rising; who leaves at another time is valued as the nearest of them.
        value: shape (ends, buckets + 1, cells); zero from the end of the shift on.
    """

    grid: Grid
    discount: float
    ends: Ints
    value: Floats

    def at(self, end: Ints, place: Floats, second: Ints) -> Floats:
        """Value of being at each place and second until this end of the shift."""
        found: Floats = self.value[self.group(end), self.grid.bucket(second), self.grid.cell(place)]
        return found

    def group(self, end: Ints) -> Ints:
        """Number of the nearest end of shift."""
        numbers: Ints = np.abs(end[:, None] - self.ends[None, :]).argmin(axis=1)
        return numbers

    def fade(self, seconds: Ints) -> Floats:
        """What one unit of money is worth that many seconds earlier."""
        faded: Floats = self.discount ** (seconds / self.grid.bucket_seconds)
        return faded


def learn(
    histories: Iterable[History], grid: Grid, discount: float, bonus: float = 0.0, prior: float = 10.0
) -> ValueTable:
    """Evaluate the policy that made these days.

    Args:
        discount: of one bucket.
        bonus: counted for each customer served, on top of the fee.
        prior: a cell's mean is shrunk towards its bucket's as if so many visits had the bucket's mean.

    Raises:
        InvalidProblem: no day.
    """
    steps = np.array([step for history in histories for step in _steps(history, grid, bonus)], np.float64).reshape(
        -1, 6
    )
    if not len(steps):
        raise InvalidProblem("There is no day to learn from.")
    ends = np.unique(steps[:, 0]).astype(np.int64)
    values = [_evaluated(steps[steps[:, 0] == end, 1:], grid, discount, prior) for end in ends]
    return ValueTable(grid, discount, ends, np.array(values))


def _evaluated(steps: Floats, grid: Grid, discount: float, prior: float) -> Floats:
    """One shift's table, from the last bucket to the first."""
    start, cell, after, target = steps[:, :4].astype(np.int64).T
    cells = grid.across**2
    value = np.zeros((grid.buckets + 1, cells))
    for bucket in range(grid.buckets - 1, -1, -1):
        now = start == bucket
        if not now.any():
            continue
        worth = steps[now, 4] + discount ** (after[now] - bucket) * value[after[now], target[now]]
        seen = np.bincount(cell[now], minlength=cells)
        total = np.bincount(cell[now], weights=worth, minlength=cells)
        value[bucket] = (total + prior * worth.mean()) / np.maximum(seen + prior, 1)
    return value


def _steps(history: History, grid: Grid, bonus: float) -> Iterator[Step]:
    """Each technician's day as moves between cells and buckets."""
    by_technician: dict[int, list[Trip]] = {}
    for trip in history.trips:
        by_technician.setdefault(trip.technician, []).append(trip)
    people, fee = history.day.technicians, history.day.customers.fee
    for number in range(len(people.start)):
        end = int(people.end[number])
        second, place = int(people.start[number]), people.home[number]
        for trip in by_technician.get(number, []):
            yield from _idle(grid, end, second, trip.asked_at, place)
            door = history.day.customers.place[trip.customer]
            yield _step(grid, end, trip.asked_at, place, trip.end_at, door, float(fee[trip.customer]) + bonus)
            second, place = trip.end_at, door
        yield from _idle(grid, end, second, end, place)


def _idle(grid: Grid, end: int, second: int, until: int, place: Floats) -> Iterator[Step]:
    """One bucket after another at the same place."""
    cell = int(grid.cell(place))
    last = until // grid.bucket_seconds
    for bucket in range(second // grid.bucket_seconds, last):
        yield end, bucket, cell, bucket + 1, cell, 0.0


def _step(grid: Grid, end: int, second: int, place: Floats, until: int, door: Floats, fee: float) -> Step:
    before = second // grid.bucket_seconds
    after = min(max(until // grid.bucket_seconds, before + 1), grid.buckets)
    return end, before, int(grid.cell(place)), after, int(grid.cell(door)), fee
