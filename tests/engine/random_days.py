"""Random small days with everything the model knows, for properties that hold for any of them."""

import random

import numpy as np

from paidan_engine.routing.problem import RouteProblem, Weights
from paidan_engine.routing.technicians import Break, Shift, Technician
from paidan_engine.routing.visits import Seat, Visit

PLACES = 12
SKILLS = ("gas", "water")


def a_random_day(seed: int) -> RouteProblem:
    """Up to twelve visits and five technicians; some of these days cannot be served in full."""
    rng = random.Random(seed)
    people = [_person(rng, f"t{number}") for number in range(rng.randint(1, 5))]
    keys = [person.key for person in people]
    visits: list[Visit] = []
    for number in range(rng.randint(0, 12)):
        free = [visit.key for visit in visits if all(other.after != visit.key for other in visits)]
        visits.append(_visit(rng, f"v{number}", keys, rng.choice(free) if free and rng.random() < 0.1 else None))
    weights = Weights(*(rng.choice([0, 1, 3]) for _ in range(7)))
    return RouteProblem(tuple(visits), tuple(people), _matrix(rng), _matrix(rng), weights)


def _matrix(rng: random.Random) -> np.ndarray:
    return np.array([[rng.randint(0, 40) for _ in range(PLACES)] for _ in range(PLACES)], dtype=np.int64)


def _person(rng: random.Random, key: str) -> Technician:
    shifts, begins = [], rng.randint(0, 50)
    for _ in range(rng.choice([1, 1, 2])):
        ends = begins + rng.randint(150, 500)
        rests = [(60, 20), (ends - begins - 60, 25)] if ends - begins > 250 else [(40, 15)]
        shifts.append(
            Shift(
                begins,
                ends,
                rng.randrange(PLACES),
                rng.choice([None, rng.randrange(PLACES)]),
                tuple(
                    Break(begins + at, begins + at + rng.randint(0, 30), length)
                    for at, length in rests[: rng.randint(0, 2)]
                ),
                load_cap=rng.choice([3, 10, 100]),
                overtime=rng.choice([0, 0, 60]),
            )
        )
        begins = ends + 100
    skills = {name: rng.randint(1, 3) for name in SKILLS if rng.random() < 0.8}
    return Technician(key, tuple(shifts), skills, rng.randint(0, 3), rng.choice([50, 100, 130]))


def _visit(rng: random.Random, key: str, people: list[str], after: str | None) -> Visit:
    windows, opens = [], rng.randint(0, 200)
    for _ in range(rng.choice([1, 1, 2, 3])):
        windows.append((opens, opens + rng.randint(0, 150)))
        opens = windows[-1][1] + rng.randint(1, 60)
    crew = rng.choice([1, 1, 1, 2])
    locked = rng.choice(people) if rng.random() < 0.1 else None
    seats = [
        Seat(
            rng.randint(0, 40),
            {rng.choice(SKILLS): rng.randint(1, 2)} if rng.random() < 0.5 else {},
            {rng.choice(people): rng.randint(0, 60)},
            locked if number == 0 else None,
        )
        for number in range(crew)
    ]
    least = rng.choice([0, 10])
    others = frozenset(person for person in people if person != locked)
    return Visit(
        key,
        rng.randrange(PLACES),
        tuple(windows),
        tuple(seats),
        gap=(least, least + rng.choice([0, 30])) if crew == 2 else (0, 0),
        late_by=rng.choice([0, 0, 20, 10_000]),
        priority=rng.randint(0, 3),
        value=rng.choice([None, None, 0, 50, 500]),
        load=rng.randint(0, 2),
        start=windows[0][0] if rng.random() < 0.1 else None,
        after=after,
        preferred=frozenset(people[:1]) if rng.random() < 0.2 else frozenset(),
        excluded=others - set(people[:1]) if rng.random() < 0.1 else frozenset(),
    )
