"""Technicians, the dispatch loop, the desk and the customer's cancellation want one visit at the same instant."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bench.city import Chance
from bench.house import ROOT
from bench.invariants import invariants
from bench.wire import Answer, Request, together, wires
from tests.races.conftest import Arena

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.xdist_group("arena")]  # one for all

GRABBERS = 4
SPREAD_SECONDS = 0.02  # by how much later callers start, from round to round, to meet the loop at another place
KNOWN = {"offer_gone", "busy", "visit_taken", "wrong_state", "not_eligible", "route_promised", "not_found"}


@dataclass(frozen=True, slots=True)
class Round:
    """What everybody was told, and what became of the visit."""

    chance: Chance
    grabs: list[Answer]
    desk: Answer | None
    cancel: Answer | None
    status: str
    holder: str | None
    source: str | None

    @property
    def grabbed(self) -> list[Answer]:
        return [answer for answer in self.grabs if answer.status == 200]


def test_grab_and_loop_never_both_take_a_visit(arena: Arena) -> None:
    rounds = _rounds(arena, arena.city.of_block("everybody")[:6], desk=False, cancel=False)

    for one in rounds:
        assert len(one.grabbed) <= 1
        if one.grabbed:
            assert (one.status, one.holder) == ("accepted", one.grabbed[0].data["technician_ref"])
        else:
            assert (one.status, one.source) == ("assigned", "automatic")
    _all_is_well(arena, rounds)


def test_everybody_at_once_ends_in_one_consistent_state(arena: Arena) -> None:
    """The desk may take a visit from its technician, and a cancellation ends it: the last word counts."""
    chances = arena.city.of_block("everybody")
    rounds = [
        *_rounds(arena, chances[6:11], desk=True, cancel=False),
        *_rounds(arena, chances[11:16], desk=True, cancel=True),
    ]

    for one in rounds:
        assert len(one.grabbed) <= 1
        if one.cancel is not None and one.cancel.status == 200:
            assert (one.status, one.holder) == ("cancelled", None)
        elif one.desk is not None and one.desk.status == 200:
            assert (one.status, one.holder) == ("assigned", one.chance.people[-1].ref)
        else:
            assert one.status in {"accepted", "assigned"}
            assert one.holder is not None
    _all_is_well(arena, rounds)


def _all_is_well(arena: Arena, rounds: list[Round]) -> None:
    answers = [a for one in rounds for a in (*one.grabs, one.desk, one.cancel) if a is not None]
    assert {a.status for a in answers} <= {200, 404, 409}
    assert {a.code for a in answers if a.status != 200} <= KNOWN
    with arena.home.connect() as connection:
        assert invariants(connection) == {}
    assert "deadlock detected" not in arena.server_log


def _rounds(arena: Arena, chances: list[Chance], *, desk: bool, cancel: bool) -> list[Round]:
    with _loop(arena) as loop, arena.home.connect() as connection:
        return [
            asyncio.run(_round(arena, chance, loop, connection, number * SPREAD_SECONDS, desk=desk, cancel=cancel))
            for number, chance in enumerate(chances)
        ]


@contextmanager
def _loop(arena: Arena) -> Iterator[subprocess.Popen[str]]:
    """The dispatch loop as a process that waits for its word."""
    command = [sys.executable, "-m", "tests.races.automatic"]
    pipe = subprocess.PIPE
    environment = arena.home.environment()
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert _line_of(process) == "ready"
            yield process
        finally:
            process.kill()


def _line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def _round(
    arena: Arena,
    chance: Chance,
    loop: subprocess.Popen[str],
    connection: psycopg.Connection[tuple[object, ...]],
    later: float,
    *,
    desk: bool,
    cancel: bool,
) -> Round:
    """The offer is still open for those who ask now; the loop acts for an instant at which it has ended."""
    now = datetime.now(UTC)
    ends = now + timedelta(hours=1)
    connection.execute("UPDATE dispatch_offer SET closes_at = %s WHERE ref = %s", [ends, chance.offer])
    requests = _requests(arena, chance, desk=desk, cancel=cancel)
    async with wires(arena.port, len(requests)) as lines:
        assert loop.stdin is not None
        loop.stdin.write(f"{(ends + timedelta(hours=1)).isoformat()}\n")
        loop.stdin.flush()
        await asyncio.sleep(later)
        answers = await together(lines, list(requests.values()))
    assert _line_of(loop) == "done"
    told = dict(zip(requests, answers, strict=True))
    status, holder, source = connection.execute(
        "SELECT v.status, t.ref, a.source FROM visits_visit v"
        " LEFT JOIN visits_assignment a ON a.visit_id = v.id AND a.ended_at IS NULL"
        " LEFT JOIN workforce_technician t ON t.id = a.technician_id WHERE v.ref = %s",
        [chance.visit],
    ).fetchall()[0]
    grabs = [told[name] for name in told if name.startswith("grab")]
    return Round(chance, grabs, told.get("desk"), told.get("cancel"), str(status), holder, source)


def _requests(arena: Arena, chance: Chance, *, desk: bool, cancel: bool) -> dict[str, Request]:
    """Who asks, by name."""
    manager = arena.city.manager_key
    asked = {f"grab {p.id}": Request.grab(chance.offer, p.key) for p in chance.people[:GRABBERS]}
    if desk:
        body = {"technician_ref": chance.people[-1].ref}
        asked["desk"] = Request.post(f"/api/v1/visits/{chance.visit}/assign", manager, body=body)
    if cancel:
        body = {"reason": "company"}
        asked["cancel"] = Request.post(f"/api/v1/bookings/{chance.booking}/cancel", manager, body=body)
    return asked
