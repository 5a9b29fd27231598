"""One territory whose days are full of promises, as a city is that sells well: for measuring free windows.

Each technician works eight hours a day; visits of half an hour to two and a half hours at places some minutes apart
follow each other until about the given share of the shift is promised. Every day's plan is feasible, travel included.

    DATABASE_URL=… python -m bench.full_city 200 14 0.8
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bench.city import Block, Filled, Promise, keys_of
from paidan.kernel.geo import CITY_SPEED_METRES_PER_SECOND, DETOUR
from paidan_engine.travel import StraightLineTravel

if TYPE_CHECKING:
    from paidan.catalog.models import ServiceItemVersion

LENGTHS = (30, 60, 90, 120, 150, 180)  # minutes of work
WINDOW_HOURS = 2
HOURS = (9, 17)
SHIFT = timedelta(hours=HOURS[1] - HOURS[0])
SPREAD = 0.3  # of the share, from one shift to the next
IDLE_MINUTES = 6
SIDE = 0.05  # degrees: where customers live
HOME = (31.05, 121.05)
TRAVEL = StraightLineTravel(CITY_SPEED_METRES_PER_SECOND, DETOUR)


@dataclass(frozen=True, slots=True)
class FullCity:
    """What a caller needs: the manager's key, the service to ask for, and how much is promised."""

    manager_key: str
    service_item: str
    visits: int
    promised: float


def build(technicians: int, days: int, share: float) -> FullCity:
    """Fill the database; Django is set up. The database was empty but for its migrations."""
    from django.db import connection, transaction

    from paidan.accounts.constants import RoleCode
    from paidan.kernel import clock
    from tests import city

    with transaction.atomic():
        city.make_policy()
        item = city.make_item((city.make_skill("bench"), 1), minutes=60)
        (key,) = keys_of([city.make_user(RoleCode.MANAGER).pk])
        filled = _FullDays(technicians, days, item)
        promises = list(filled.promises(random.Random(7), share))
        filled.promise(promises, clock.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    worked = timedelta(minutes=sum(promise.minutes for promise in promises))
    return FullCity(key, item.item.code, len(promises), worked / (technicians * days * SHIFT))


class _FullDays(Filled):
    """A territory whose every shift is filled by itself."""

    hours = HOURS

    def __init__(self, technicians: int, days: int, item: ServiceItemVersion) -> None:
        block = Block("full", technicians, days * 12)
        super().__init__(0, block, item)

    def promises(self, rng: random.Random, share: float) -> Iterator[Promise]:
        """The visits of all shifts."""
        for (day, _), shift in self.shifts.items():
            for start, minutes, place in self._one_shift(rng, day, share):
                opens = start.replace(hour=start.hour - start.hour % WINDOW_HOURS, minute=0, second=0)
                closes = opens + timedelta(hours=WINDOW_HOURS)
                yield Promise(day, shift, opens, closes, start, minutes, place)

    def _one_shift(
        self, rng: random.Random, day: int, share: float
    ) -> Iterator[tuple[datetime, int, tuple[float, float]]]:
        """Starts, minutes and places, one after the other, with the ways between."""
        from tests import city

        begins = city.local(self.first + timedelta(days=day), HOURS[0])
        free, here = begins, HOME
        left = rng.uniform(share - SPREAD / 2, share + SPREAD / 2) * SHIFT
        while left >= timedelta(minutes=LENGTHS[0]):
            there = (HOME[0] + rng.uniform(-SIDE, SIDE) / 2, HOME[1] + rng.uniform(-SIDE, SIDE) / 2)
            start = free + timedelta(seconds=TRAVEL.travel(here, there) + rng.randrange(IDLE_MINUTES * 60))
            fitting = [length for length in LENGTHS if start + timedelta(minutes=length) <= begins + SHIFT]
            if not fitting:
                return
            minutes = rng.choice(fitting)
            ends = start + timedelta(minutes=minutes)
            yield start, minutes, there
            free, here, left = ends, there, left - timedelta(minutes=minutes)


def main(arguments: Sequence[str]) -> int:
    """Build the city and print what a caller needs as JSON."""
    from paidan.cli.django_ready import django_setup

    django_setup()
    technicians, days, share = arguments
    print(json.dumps(asdict(build(int(technicians), int(days), float(share)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
