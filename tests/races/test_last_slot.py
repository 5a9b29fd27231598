"""Many customers want the last free window at the same instant, over HTTP, against the server that is shipped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bench.house import CONTROL_SETTINGS, House, house, part
from bench.invariants import invariants
from bench.slot_city import SlotCity, slot_city_fill
from bench.slot_race import slot_races

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CUSTOMERS = 64
RACES = 6


@dataclass(frozen=True, slots=True)
class Market:
    """The server's port, its database, and the city whose last windows are wanted."""

    port: int
    home: House
    city: SlotCity


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    with house(durable=False) as home:
        city = slot_city_fill(home, CUSTOMERS, RACES)
        with part(home.folder, home.environment(DJANGO_SETTINGS_MODULE=CONTROL_SETTINGS)) as web:
            yield Market(web.port, home, city)


def test_of_all_who_want_the_last_window_one_gets_it_and_the_others_hear_of_three(market: Market) -> None:
    windows = market.city.windows
    held = asyncio.run(slot_races(market.port, market.city, "hold", windows[:2]))
    booked = asyncio.run(slot_races(market.port, market.city, "book", windows[2:4]))

    for races in (held, booked):
        assert races.winners == [1, 1]
        assert set(races.refusals) <= {"409 slot_taken", "409 busy"}, races.refusals
        assert races.helped == races.refusals["409 slot_taken"] >= 0.9 * races.refusals.total()
    with market.home.connect() as connection:
        assert invariants(connection) == {}


def test_without_its_guards_the_last_window_has_more_than_one_winner(market: Market) -> None:
    """The negative control: the same race on a hold that looks and then writes."""
    unguarded = asyncio.run(slot_races(market.port, market.city, "unguarded", market.city.windows[4:]))

    assert max(unguarded.winners) > 1
