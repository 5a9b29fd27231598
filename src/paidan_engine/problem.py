"""What is to be planned on one local day: tasks and the shifts that may serve them.

Times are integer epoch seconds, durations seconds, places ``(latitude, longitude)`` in WGS-84 degrees.
An unknown place is ``None``: going there or coming from there costs no travel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from paidan_engine.errors import InvalidProblem

Place = tuple[float, float] | None


def check_place(place: Place, owner: str) -> None:
    """Refuse a place that is not on the globe.

    Raises:
        InvalidProblem: latitude or longitude out of range.
    """
    if place is not None and not (-90 <= place[0] <= 90 and -180 <= place[1] <= 180):
        raise InvalidProblem(f"The place of {owner} is not a latitude and longitude: {place}.")


@dataclass(frozen=True, slots=True)
class Task:
    """One trip to be served by one technician: its start must lie in [earliest, latest].

    Attributes:
        key: the caller's name of it, unique in a plan.
        duration: seconds of work at the place.
        skills: pairs (skill id, least level), each needed.
        excluded: technicians who must not serve it.
        preferred: technicians who would serve it better; see ``objective.PREFERRED_SECONDS``.
    """

    key: str
    place: Place
    earliest: int
    latest: int
    duration: int
    skills: tuple[tuple[int, int], ...] = ()
    excluded: frozenset[int] = frozenset()
    preferred: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.key:
            raise InvalidProblem("A task has an empty key.")
        if self.earliest > self.latest:
            raise InvalidProblem(f"Task {self.key} would start at the latest before it may start at all.")
        if self.duration <= 0:
            raise InvalidProblem(f"Task {self.key} has a duration of {self.duration} seconds; it must be above 0.")
        check_place(self.place, f"task {self.key}")


@dataclass(frozen=True, slots=True)
class Shift:
    """The working time of one technician on one local day.

    Attributes:
        id: unique in a plan; one technician may have several shifts that do not overlap.
        origin: where the technician is when the shift starts.
        skills: level held of each skill id on that day.
        blocks: (start, end) of absences, training, breaks: nobody works or travels then; kept sorted and merged.
        load_cap: most stops in this shift.
    """

    id: int
    technician: int
    start: int
    end: int
    origin: Place
    skills: Mapping[int, int] = field(default_factory=dict)
    blocks: tuple[tuple[int, int], ...] = ()
    load_cap: int = 1_000

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise InvalidProblem(f"Shift {self.id} ends before it starts.")
        if self.load_cap < 0:
            raise InvalidProblem(f"Shift {self.id} has a negative load cap.")
        for start, end in self.blocks:
            if start >= end:
                raise InvalidProblem(f"Shift {self.id} has a block that ends before it starts.")
        check_place(self.origin, f"shift {self.id}")
        object.__setattr__(self, "blocks", merged(self.blocks))


def merged(blocks: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The same blocked time as sorted, disjoint spans."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(blocks):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return tuple(result)
