"""What has to be done: visits, the seats of their crews, and what is fixed about them.

Times, durations and distances are whole numbers in units of the caller's choice, one for time and one for distance:
seconds and metres in files of our own, tenths in the public instances.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from paidan_engine.errors import InvalidProblem

LARGEST = 2**40
"""No time, distance, value or load of a problem is larger, so that no sum overflows 64 bits."""

Window = tuple[int, int]


def check_range(value: int, name: str, least: int = 0) -> None:
    """Refuse a number that means nothing here.

    Raises:
        InvalidProblem: below ``least`` or above ``LARGEST``.
    """
    if not least <= value <= LARGEST:
        raise InvalidProblem(f"{name} is {value}; it must be from {least} to {LARGEST}.")


@dataclass(frozen=True, slots=True)
class Seat:
    """One technician's place in the crew of a visit.

    Attributes:
        duration: time of work for whoever has no duration of his own.
        skills: least level of each skill needed.
        durations: time of work of the technicians for whom it is known, by key.
        technician: who must take it; None leaves it free.
    """

    duration: int
    skills: Mapping[str, int] = field(default_factory=dict)
    durations: Mapping[str, int] = field(default_factory=dict)
    technician: str | None = None

    def work(self, technician: str) -> int:
        """How long this technician works here."""
        return self.durations.get(technician, self.duration)


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip to one door by a crew of one or two.

    Attributes:
        key: the caller's name of it, unique in a problem.
        location: row of the travel matrices.
        windows: spans in which the work of each seat may start, both ends included, ascending and apart.
        gap: least and most time from the start of the first seat's work to that of the second; (0, 0) is together.
        late_by: how long after a window it may still start, at a price.
        priority: how many times its lateness counts.
        value: price of leaving it unserved; None must be served.
        load: what it takes of a shift's load cap.
        start: the time at which the first seat must start; None leaves it free.
        after: key of the visit that the first seat's technician must serve directly before it.
    """

    key: str
    location: int
    windows: tuple[Window, ...]
    seats: tuple[Seat, ...]
    gap: tuple[int, int] = (0, 0)
    late_by: int = 0
    priority: int = 1
    value: int | None = None
    load: int = 1
    start: int | None = None
    after: str | None = None
    preferred: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.key:
            raise InvalidProblem("A visit has an empty key.")
        name = f"visit {self.key}"
        _check_windows(self.windows, name)
        _check_seats(self.seats, name)
        check_range(self.gap[0], f"The least gap of {name}")
        check_range(self.gap[1], f"The most gap of {name}", self.gap[0])
        check_range(self.late_by, f"The lateness allowed for {name}")
        check_range(self.priority, f"The priority of {name}")
        check_range(self.value or 0, f"The value of {name}")
        check_range(self.load, f"The load of {name}")
        if len(self.seats) == 1 and self.gap != (0, 0):
            raise InvalidProblem(f"Only a crew of two can have a gap; {name} has one seat.")
        if self.preferred & self.excluded:
            raise InvalidProblem(
                f"Technician {min(self.preferred & self.excluded)} is preferred and excluded by {name}."
            )
        if self.start is not None and self.lateness(self.start) is None:
            raise InvalidProblem(f"The locked start {self.start} of {name} lies outside its windows.")

    def lateness(self, start: int) -> int | None:
        """How late a start is: 0 inside a window, counted from the last window that ended; None where not allowed."""
        late: int | None = None
        for opens, closes in self.windows:
            if opens <= start:
                late = max(0, start - closes)
        return late if late is not None and late <= self.late_by else None


def _check_windows(windows: tuple[Window, ...], name: str) -> None:
    if not windows:
        raise InvalidProblem(f"There is no window for {name}.")
    for opens, closes in windows:
        check_range(opens, f"The opening of a window of {name}")
        check_range(closes, f"The close of the window of {name} from {opens}", opens)
    if any(first[1] >= second[0] for first, second in pairwise(windows)):
        raise InvalidProblem(f"The windows of {name} overlap or are not in order.")


def _check_seats(seats: tuple[Seat, ...], name: str) -> None:
    if not 1 <= len(seats) <= 2:
        raise InvalidProblem(f"A crew has one or two seats; {name} has {len(seats)}.")
    for seat in seats:
        for duration in (seat.duration, *seat.durations.values()):
            check_range(duration, f"A duration of {name}")
        for skill, level in seat.skills.items():
            check_range(level, f"The level of skill {skill} needed by {name}")
    locked = [seat.technician for seat in seats if seat.technician is not None]
    if len(set(locked)) < len(locked):
        raise InvalidProblem(f"Both seats of {name} are locked to technician {locked[0]}.")
