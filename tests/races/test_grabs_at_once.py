"""Many technicians grab one offer at the same instant, over HTTP, against the server that is shipped."""

from __future__ import annotations

import asyncio

import pytest

from bench.grab_race import grabs_race, holders, rows_race
from bench.invariants import invariants
from tests.races.conftest import CONTENDERS, VISITS, Arena

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("arena")]  # one for all


@pytest.mark.parametrize("contenders", CONTENDERS)
def test_each_offer_has_exactly_one_winner_and_losers_hear_why(arena: Arena, contenders: int) -> None:
    chances = arena.city.of_block(f"at-once-{contenders}")

    races = asyncio.run(grabs_race(arena.port, chances, contenders))

    assert len(chances) == VISITS
    assert {visit: len(names) for visit, names in races.winners.items()} == {c.visit: 1 for c in chances}
    assert races.refusals.total() == VISITS * (contenders - 1)
    assert set(races.refusals) <= {"409 offer_gone", "409 busy"}, races.refusals
    assert races.refusals["409 offer_gone"] >= races.refusals.total() * 0.9, races.refusals
    with arena.home.connect() as connection:
        held = holders(connection)
        assert invariants(connection) == {}
    assert {visit: held.get(visit) for visit in races.winners} == races.winners
    assert "deadlock detected" not in arena.server_log


def test_without_its_guards_a_claim_has_more_than_one_winner(arena: Arena) -> None:
    """The negative control: the same race on a claim that reads, decides and writes."""
    guarded = asyncio.run(rows_race(arena.port, arena.city, "claim", rows=VISITS // 2, contenders=16))
    with arena.home.connect() as connection:
        connection.execute("UPDATE bench_row SET status = 'open'")
    unguarded = asyncio.run(rows_race(arena.port, arena.city, "unguarded", rows=VISITS // 2, contenders=16))

    assert guarded.most_winners == 1
    assert guarded.with_one_winner == VISITS // 2
    assert unguarded.most_winners > 1
