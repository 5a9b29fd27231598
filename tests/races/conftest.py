"""One real server on a database of its own, with a city of open offers, for all races of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bench.city import Block, DenseCity
from bench.control.rows import rows_make
from bench.house import CONTROL_SETTINGS, House, house, part

VISITS = 40
CONTENDERS = (2, 8, 32)


@dataclass(frozen=True, slots=True)
class Arena:
    """The server's port, its database and the city in it."""

    port: int
    home: House
    city: DenseCity

    @property
    def server_log(self) -> str:
        """What PostgreSQL has complained about so far."""
        return (self.home.folder / "postgres" / "postgres.log").read_text()


@pytest.fixture(scope="session")
def arena() -> Iterator[Arena]:
    """The processes live as long as the run; each test has a territory of its own."""
    blocks = [
        Block("everybody", 6, 16),
        Block("same-time", 4, 40, parallel=2, minutes=10),
        *(Block(f"at-once-{contenders}", contenders, VISITS) for contenders in CONTENDERS),
    ]
    with house(durable=False) as home:
        city = home.fill(blocks)
        with home.connect() as connection:
            rows_make(connection, VISITS)
        environment = home.environment(DJANGO_SETTINGS_MODULE=CONTROL_SETTINGS)
        with part(home.folder, environment) as web:
            yield Arena(web.port, home, city)
