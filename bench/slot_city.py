"""A territory with one last free window a day, and many customers who want it.

On each day one technician has time for exactly one visit, from 10:00 to 12:00; another works in the afternoon, so that
there is something else to name to whoever comes too late.

    DATABASE_URL=… python -m bench.slot_city 64 12
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from bench.house import ROOT, House

MINUTES = 110
LAST_HOURS = (10, 12)
OTHER_HOURS = (14, 18)
OTHERS = 2  # technicians of the afternoon


@dataclass(frozen=True, slots=True)
class SlotCity:
    """What a caller needs: the customers' keys, the service, the place, and the last window of each day."""

    keys: tuple[str, ...]
    service_item: str
    lat: float
    lng: float
    windows: tuple[tuple[str, str], ...]

    @classmethod
    def of_json(cls, text: str) -> SlotCity:
        data = json.loads(text)
        windows = tuple((start, end) for start, end in data["windows"])
        return cls(**(data | {"keys": tuple(data["keys"]), "windows": windows}))

    @property
    def place(self) -> dict[str, object]:
        return {"service_item": self.service_item, "lat": self.lat, "lng": self.lng}


def slot_city_fill(home: House, customers: int, days: int) -> SlotCity:
    """Build the city in a house."""
    command = [sys.executable, "-m", "bench.slot_city", str(customers), str(days)]
    done = subprocess.run(command, env=home.environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return SlotCity.of_json(done.stdout.splitlines()[-1])


def build(customers: int, days: int) -> SlotCity:
    """Fill the database; Django is set up. The database was empty but for its migrations."""
    from django.db import transaction

    from bench.city import keys_of
    from paidan.accounts.constants import RoleCode
    from tests import city

    with transaction.atomic():
        city.make_policy()
        territory, skill = city.make_territory("slots"), city.make_skill("slots")
        item = city.make_item((skill, 1), minutes=MINUTES)
        last = city.make_worker(territory, (skill, 3))
        others = [city.make_worker(territory, (skill, 3)) for _ in range(OTHERS)]
        first = city.tomorrow()
        dates = [first + timedelta(days=number) for number in range(days)]
        for day in dates:
            city.make_shift(last, day, *LAST_HOURS)
            for worker in others:
                city.make_shift(worker, day, *OTHER_HOURS)
        keys = keys_of([city.make_user(RoleCode.CUSTOMER).pk for _ in range(customers)])
    windows = (
        (city.local(day, LAST_HOURS[0]).isoformat(), city.local(day, LAST_HOURS[1]).isoformat()) for day in dates
    )
    return SlotCity(tuple(keys), item.item.code, city.CENTRE.lat, city.CENTRE.lng, tuple(windows))


def main(arguments: Sequence[str]) -> int:
    """Build the city and print what a caller needs as JSON."""
    from paidan.cli.django_ready import django_setup

    django_setup()
    customers, days = map(int, arguments)
    print(json.dumps(asdict(build(customers, days))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
