"""Who can do it: technicians, the shifts of their days, and their breaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from paidan_engine.errors import InvalidProblem
from paidan_engine.routing.visits import LARGEST, check_range

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Break:
    """A rest that starts in [earliest, latest]; nobody works then, a journey may be interrupted for it."""

    earliest: int
    latest: int
    duration: int

    def __post_init__(self) -> None:
        check_range(self.earliest, "The earliest start of a break")
        check_range(self.latest, "The latest start of a break", self.earliest)
        check_range(self.duration, "The duration of a break", 1)


@dataclass(frozen=True, slots=True)
class Shift:
    """The working time of one day, served by one route.

    Attributes:
        origin: row of the travel matrices where it begins.
        destination: row where it ends; None ends it at the last visit.
        overtime: how long after ``end`` the technician may still be on the way, at the technician's price.
        load_cap: most load of its visits together.
    """

    start: int
    end: int
    origin: int
    destination: int | None
    breaks: tuple[Break, ...] = ()
    load_cap: int = LARGEST
    overtime: int = 0

    def __post_init__(self) -> None:
        check_range(self.start, "The start of a shift")
        check_range(self.end, f"The end of the shift from {self.start}", self.start)
        check_range(self.load_cap, "The load cap of a shift")
        check_range(self.overtime, "The overtime of a shift")
        ends = self.start
        for rest in self.breaks:
            if rest.earliest < ends or rest.latest + rest.duration > self.end:
                raise InvalidProblem(f"A break of the shift from {self.start} lies outside it or overlaps another.")
            ends = rest.latest + rest.duration


@dataclass(frozen=True, slots=True)
class Technician:
    """One person.

    Attributes:
        key: the caller's name, unique in a problem.
        shifts: ascending and apart.
        skills: level held of each skill.
        overtime_price: cost of one unit of time after the end of a shift.
        travel_percent: time of a journey as a share of the matrix; 50 is twice as fast.
    """

    key: str
    shifts: tuple[Shift, ...]
    skills: Mapping[str, int] = field(default_factory=dict)
    overtime_price: int = 0
    travel_percent: int = PERCENT

    def __post_init__(self) -> None:
        if not self.key:
            raise InvalidProblem("A technician has an empty key.")
        name = f"technician {self.key}"
        check_range(self.overtime_price, f"The overtime price of {name}")
        check_range(self.travel_percent, f"The travel percentage of {name}", 1)
        for skill, level in self.skills.items():
            check_range(level, f"The level of skill {skill} held by {name}")
        ends = -1
        for shift in self.shifts:
            if shift.start <= ends:
                raise InvalidProblem(f"The shifts of {name} overlap or are not in order.")
            ends = shift.end + shift.overtime
