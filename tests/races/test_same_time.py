"""One technician asks for two visits at the same time, at the same instant: nobody is in two places."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from bench.invariants import invariants
from bench.wire import Request, together, wires
from tests.races.conftest import Arena

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("arena")]  # one for all

_SECOND = """
    INSERT INTO workforce_commitment (technician_id, shift_id, kind, subject_id, work, travel_seconds, span, live)
    SELECT technician_id, shift_id, kind, 0, work, travel_seconds, span, live
      FROM workforce_commitment WHERE live AND technician_id = ANY(%s) LIMIT 1
"""


def test_of_two_visits_at_one_time_a_technician_gets_one(arena: Arena) -> None:
    outcomes = asyncio.run(_pairs_grabbed(arena))

    assert [statuses for statuses, _ in outcomes] == [[200, 409]] * 20
    assert {code for _, code in outcomes} <= {"not_eligible", "route_promised", "busy"}
    with arena.home.connect() as connection:
        assert invariants(connection) == {}
        people = [person.id for chance in arena.city.of_block("same-time") for person in chance.people]
        with pytest.raises(psycopg.errors.ExclusionViolation) as refused:
            connection.execute(_SECOND, [people])
    assert refused.value.sqlstate == "23P01"
    assert "deadlock detected" not in arena.server_log


async def _pairs_grabbed(arena: Arena) -> list[tuple[list[int], str]]:
    """Each two visits at one time, grabbed at once by one technician: the statuses, and why one was refused."""
    outcomes = []
    chances = arena.city.of_block("same-time")
    async with wires(arena.port, 2) as lines:
        for pair in zip(chances[::2], chances[1::2], strict=True):
            person = pair[0].people[0]
            answers = await together(lines, [Request.grab(chance.offer, person.key) for chance in pair])
            outcomes.append((sorted(a.status for a in answers), "".join(a.code for a in answers)))
    return outcomes
