"""One day drawn from a scenario: who works, who calls, and the luck that no policy can change."""

from dataclasses import dataclass
from math import gamma

import numpy as np

from paidan_engine.simulate.scenario import Scenario
from paidan_engine.simulate.streams import Floats, Ints, Stream, generator, uniforms


@dataclass(frozen=True, slots=True)
class Technicians:
    """In columns by number.

    Attributes:
        home: metres, shape (technicians, 2).
        start, end: seconds of the day.
        level: level held of each skill, 0 for none, shape (technicians, skills).
    """

    home: Floats
    start: Ints
    end: Ints
    level: Ints


@dataclass(frozen=True, slots=True)
class Customers:
    """What dispatch gets to know of each customer when he calls, in columns by order of arrival.

    Attributes:
        arrived: second of the day.
        place: metres, shape (customers, 2).
        service: expected seconds of the work.
    """

    arrived: Ints
    place: Floats
    skill: Ints
    level: Ints
    fee: Ints
    service: Ints


@dataclass(frozen=True, slots=True)
class Day:
    """One day; ``patience`` and ``duration`` (seconds by customer) are what no policy gets to see."""

    scenario: Scenario
    seed: int
    technicians: Technicians
    customers: Customers
    patience: Ints
    duration: Ints

    @property
    def close(self) -> int:
        """The second at which the last shift ends."""
        return int(self.technicians.end.max())

    def accepts(self, customer: int, technician: int, metres: float) -> bool:
        """The technician says yes to this customer from so many straight metres away."""
        answering = self.scenario.answering
        far = min(metres / answering.far_metres, 1.0)
        chance = answering.accept_near + far * (answering.accept_far - answering.accept_near)
        return self._pair(Stream.ACCEPTANCE, customer, technician) < chance

    def travel_factor(self, customer: int, technician: int) -> float:
        """What the way of this pair takes longer than expected; 1 in the mean."""
        # Box-Muller, its two draws from two numbers of the same pair.
        radius = np.sqrt(-2 * np.log(self._pair(Stream.TRAVEL, customer, technician)))
        angle = 2 * np.pi * self._pair(Stream.TRAVEL, customer, -1 - technician)
        sigma = self.scenario.roads.noise
        return float(np.exp(sigma * radius * np.cos(angle) - sigma**2 / 2))

    def _pair(self, stream: Stream, customer: int, technician: int) -> float:
        return float(uniforms(self.seed, stream, np.array([customer]), np.array([technician]))[0])


def day_of(scenario: Scenario, load_percent: float, seed: int) -> Day:
    """Draw the day of this seed; technicians are the same at every load.

    Args:
        load_percent: customers expected, 100 being as many as the shifts hold (``Scenario.customers``).
    """
    customers, patience, duration = _customers(scenario, load_percent, seed)
    return Day(scenario, seed, _technicians(scenario, seed), customers, patience, duration)


def _technicians(scenario: Scenario, seed: int) -> Technicians:
    draw = generator(seed, Stream.TECHNICIANS)
    staff = scenario.staff
    home = np.round(draw.uniform(0, scenario.city_metres, (staff.count, 2)))
    shift = draw.choice(len(staff.shifts), staff.count, p=_shares([pattern.share for pattern in staff.shifts]))
    held = draw.choice(len(staff.skills_held), staff.count, p=_shares(staff.skills_held)) + 1
    levels = draw.choice(len(staff.levels), (staff.count, scenario.demand.skills), p=_shares(staff.levels)) + 1
    rank = draw.random((staff.count, scenario.demand.skills)).argsort(axis=1).argsort(axis=1)
    return Technicians(
        home=home,
        start=np.array([pattern.start_seconds for pattern in staff.shifts], np.int64)[shift],
        end=np.array([pattern.end_seconds for pattern in staff.shifts], np.int64)[shift],
        level=np.where(rank < held[:, None], levels, 0).astype(np.int64),
    )


def _customers(scenario: Scenario, load_percent: float, seed: int) -> tuple[Customers, Ints, Ints]:
    draw = generator(seed, Stream.CUSTOMERS)
    demand = scenario.demand
    shift = draw.normal(0, demand.hot_spot.daily_shift_metres, 2)
    shares = _shares([weight for _, weight in demand.hours])
    counts = draw.poisson(scenario.customers(load_percent) * shares)
    starts = np.repeat([3600 * hour for hour, _ in demand.hours], counts)
    arrived = np.sort((starts + draw.uniform(0, 3600, len(starts))).astype(np.int64))
    size = len(arrived)
    level = draw.choice(len(demand.levels), size, p=_shares(demand.levels))
    expected = np.array(demand.service_seconds)[level]
    noise = draw.normal(-(demand.service_noise**2) / 2, demand.service_noise, size)
    scale = demand.patience_seconds / gamma(1 + 1 / demand.patience_shape)
    customers = Customers(
        arrived=arrived,
        place=_places(scenario, arrived, shift, draw),
        skill=draw.integers(0, demand.skills, size),
        level=level.astype(np.int64) + 1,
        fee=np.array(demand.fees)[level].astype(np.int64),
        service=expected.astype(np.int64),
    )
    patience = (scale * draw.weibull(demand.patience_shape, size)).astype(np.int64)
    return customers, patience, np.ceil(expected * np.exp(noise)).astype(np.int64)


def _places(scenario: Scenario, arrived: Ints, shift: Floats, draw: np.random.Generator) -> Floats:
    """A share near the hot spot of the moment, the others anywhere; nobody outside the city."""
    spot = scenario.demand.hot_spot
    path = np.array(spot.path)
    centre = np.stack([np.interp(arrived, path[:, 0], path[:, axis]) for axis in (1, 2)], axis=1) + shift
    near = centre + draw.normal(0, spot.spread_metres, centre.shape)
    anywhere = draw.uniform(0, scenario.city_metres, centre.shape)
    hot = draw.random(len(arrived)) < spot.share
    places: Floats = np.round(np.clip(np.where(hot[:, None], near, anywhere), 0, scenario.city_metres))
    return places


def _shares(weights: tuple[float, ...] | list[float]) -> Floats:
    shares: Floats = np.array(weights) / sum(weights)
    return shares
