"""What a simulated day is drawn from: the city, its technicians, its customers, its roads.

Places are metres in the plane, times seconds of the day, fees whole units of money. Shares need not sum to one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from paidan_engine.errors import InvalidProblem
from paidan_engine.simulate.fields import Fields

LAST_SECOND = 86_400


def check_weights(*lists: Iterable[float]) -> None:
    """Refuse weights of which none is above 0: nothing could be drawn by them.

    Raises:
        InvalidProblem: a list of weights is empty or all 0.
    """
    if not all(any(weight > 0 for weight in weights) for weights in lists):
        raise InvalidProblem("Among the weights of a list at least one must be above 0.")


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """A shift that a share of the technicians works."""

    share: float
    start_seconds: int
    end_seconds: int

    def __post_init__(self) -> None:
        if not self.start_seconds < self.end_seconds <= LAST_SECOND:
            raise InvalidProblem(f"A shift from second {self.start_seconds} to {self.end_seconds} is not within a day.")


@dataclass(frozen=True, slots=True)
class Staff:
    """The technicians: how many skills each holds, at which level, and when they work.

    Attributes:
        skills_held: weight of holding 1, 2, … skills.
        levels: weight of level 1, 2, … for each skill held.
    """

    count: int
    skills_held: tuple[float, ...]
    levels: tuple[float, ...]
    shifts: tuple[ShiftPattern, ...]

    def __post_init__(self) -> None:
        check_weights(self.skills_held, self.levels, (shift.share for shift in self.shifts))


@dataclass(frozen=True, slots=True)
class HotSpot:
    """Where a share of the customers lives, moving along a path through the day.

    Attributes:
        path: (second, x, y), by second; the centre moves evenly from one to the next.
        daily_shift_metres: how far the whole path lies off on one day, as a standard deviation.
    """

    share: float
    spread_metres: float
    daily_shift_metres: float
    path: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """The customers: what they ask, when, where, and how long they wait for somebody to set out.

    Attributes:
        levels, service_seconds, fees: weight, mean duration and fee of level 1, 2, …
        service_noise, patience_shape: sigma of a log-normal, shape of a Weibull distribution.
        hours: weight of the arrivals of each hour of the day.
    """

    skills: int
    levels: tuple[float, ...]
    service_seconds: tuple[float, ...]
    service_noise: float
    fees: tuple[float, ...]
    hours: tuple[tuple[int, float], ...]
    patience_shape: float
    patience_seconds: float
    hot_spot: HotSpot

    def __post_init__(self) -> None:
        if not len(self.levels) == len(self.service_seconds) == len(self.fees):
            raise InvalidProblem("Each level of the customers needs a weight, a duration and a fee.")
        if any(hour not in range(24) for hour, _ in self.hours):
            raise InvalidProblem("The hours of the customers must be from 0 to 23.")
        check_weights(self.levels, (weight for _, weight in self.hours))

    @property
    def mean_service_seconds(self) -> float:
        """Expected duration of a customer's work."""
        weighted = sum(share * seconds for share, seconds in zip(self.levels, self.service_seconds, strict=True))
        return weighted / sum(self.levels)


@dataclass(frozen=True, slots=True)
class Roads:
    """Straight metres × detour at one speed; ``noise`` is the sigma of a log-normal with mean 1."""

    metres_per_second: float
    detour: float
    noise: float

    @property
    def seconds_per_metre(self) -> float:
        """Expected travel seconds per straight metre."""
        return self.detour / self.metres_per_second


@dataclass(frozen=True, slots=True)
class Answering:
    """How long a technician thinks about an offer, and how likely he accepts: falling with the straight metres."""

    seconds: int
    accept_near: float
    accept_far: float
    far_metres: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it.

    Attributes:
        reference_travel_seconds: with it the load is counted: 100 % is as many customers as the shifts hold, each with
            the mean duration and this way.
    """

    name: str
    city_metres: float
    reference_travel_seconds: float
    roads: Roads
    staff: Staff
    demand: Demand
    answering: Answering

    def customers(self, load_percent: float) -> float:
        """Expected customers of a day at this load."""
        shares = sum(shift.share for shift in self.staff.shifts)
        worked = sum(shift.share * (shift.end_seconds - shift.start_seconds) for shift in self.staff.shifts) / shares
        each = self.demand.mean_service_seconds + self.reference_travel_seconds
        return load_percent / 100 * self.staff.count * worked / each


def scenario_of(data: Mapping[str, object]) -> Scenario:
    """The scenario that a file's fields describe.

    Raises:
        InvalidProblem: a field is missing or makes no sense; the sentence names it.
    """
    fields = Fields(data, "scenario")
    roads, answer = fields.inside("travel"), fields.inside("answer")
    return Scenario(
        name=fields.text("name"),
        city_metres=fields.number("city_metres", 1),
        reference_travel_seconds=fields.number("reference_travel_seconds"),
        roads=Roads(roads.number("metres_per_second", 0.01), roads.number("detour", 1), roads.number("noise")),
        staff=_staff(fields.inside("technicians")),
        demand=_demand(fields.inside("customers")),
        answering=Answering(
            answer.whole("seconds"),
            answer.number("accept_near"),
            answer.number("accept_far"),
            answer.number("far_metres", 1),
        ),
    )


def _staff(fields: Fields) -> Staff:
    shifts = tuple(
        ShiftPattern(row.number("share"), row.whole("start_seconds"), row.whole("end_seconds"))
        for row in fields.rows("shifts")
    )
    return Staff(fields.whole("count", 1), fields.numbers("skills_held"), fields.numbers("levels"), shifts)


def _demand(fields: Fields) -> Demand:
    hours, patience, spot = fields.inside("hours"), fields.inside("patience"), fields.inside("hot_spot")
    if not all(name.isdecimal() for name in hours.names()):
        raise InvalidProblem("The hours of the customers must be from 0 to 23.")
    path = tuple((row.number("at_seconds"), row.number("x"), row.number("y")) for row in spot.rows("path"))
    return Demand(
        skills=fields.whole("skills", 1),
        levels=fields.numbers("levels"),
        service_seconds=fields.numbers("service_seconds", 1),
        service_noise=fields.number("service_noise"),
        fees=fields.numbers("fees"),
        hours=tuple((int(name), hours.number(name)) for name in hours.names()),
        patience_shape=patience.number("shape", 0.1),
        patience_seconds=patience.number("mean_seconds", 1),
        hot_spot=HotSpot(
            spot.number("share"), spot.number("spread_metres"), spot.number("daily_shift_metres"), tuple(sorted(path))
        ),
    )
