"""Simultaneous grabs of one offer over HTTP: exactly one winner each, everybody else hears why.

On each of ``--visits`` offers 2, 8, 32 and 64 technicians ask at the same instant over connections that are open
already. The same race on an endpoint without lock, condition and constraint has more than one winner: it shows that
the race is one.

    python -m bench.grab_race --visits 500
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.city import Block, Chance, DenseCity
from bench.control.rows import rows_make
from bench.house import CONTROL_SETTINGS, house, part
from bench.invariants import invariants
from bench.report import Table
from bench.wire import Answer, Request, together, wires

CONTENDERS = (2, 8, 32, 64)


@dataclass(slots=True)
class Races:
    """What came of many races."""

    winners: dict[str, list[str]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, subject: str, names: Sequence[str], answers: Sequence[Answer], seconds: float) -> None:
        """One race: who asked, in the order of the answers."""
        self.winners[subject] = [n for n, a in zip(names, answers, strict=True) if a.status == 200]
        self.refusals.update(f"{a.status} {a.code}" for a in answers if a.status != 200)
        self.seconds.append(seconds)

    @property
    def with_one_winner(self) -> int:
        return sum(len(names) == 1 for names in self.winners.values())

    @property
    def most_winners(self) -> int:
        return max(map(len, self.winners.values()))

    @property
    def failures(self) -> int:
        """Answers that blame the server."""
        return sum(count for code, count in self.refusals.items() if code.startswith("5"))


async def grabs_race(port: int, chances: Sequence[Chance], contenders: int) -> Races:
    """Each offer grabbed by that many of its technicians at once."""
    races = Races()
    async with wires(port, contenders) as lines:
        for chance in chances:
            people = chance.people[:contenders]
            requests = [Request.grab(chance.offer, p.key, idempotency=f"{chance.offer}-{p.id}") for p in people]
            began = time.perf_counter()
            answers = await together(lines, requests)
            races.add(chance.visit, [p.ref for p in people], answers, time.perf_counter() - began)
    return races


async def rows_race(port: int, city: DenseCity, verb: str, *, rows: int, contenders: int) -> Races:
    """The same race on the control endpoints."""
    races = Races()
    people = city.people[:contenders]
    async with wires(port, contenders) as lines:
        for row in range(1, rows + 1):
            path = f"/control/rows/{row}/{verb}"
            requests = [Request.post(path, p.key, idempotency=f"{verb}-{row}-{p.id}") for p in people]
            began = time.perf_counter()
            answers = await together(lines, requests)
            races.add(str(row), [p.ref for p in people], answers, time.perf_counter() - began)
    return races


def holders(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Who holds each visit that somebody grabbed, by refs."""
    rows = connection.execute(
        "SELECT v.ref, array_agg(t.ref::text) FROM visits_assignment a JOIN visits_visit v ON v.id = a.visit_id"
        " JOIN workforce_technician t ON t.id = a.technician_id WHERE a.ended_at IS NULL GROUP BY v.ref"
    ).fetchall()
    return dict(rows)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a race did not have exactly one winner."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    table = Table(
        "Grabs at the same instant",
        "grab-race",
        ("at once", "visits", "one winner", "most winners", "losers told", "5xx", "median ms", "p99 ms"),
        notes=f"Over HTTP, connections opened before; {options.visits} visits each. “Unguarded” is a control endpoint"
        " without lock, condition and constraint: it shows that the race would be noticed.",
    )
    with house() as home:
        city = home.fill([Block(f"at-once-{n}", n, options.visits) for n in CONTENDERS])
        with home.connect() as connection:
            rows_make(connection, 40)
        environment = home.environment(DJANGO_SETTINGS_MODULE=CONTROL_SETTINGS)
        with part(home.folder, environment) as web, home.connect() as connection:
            verdicts = [_measure(table, web.port, city, n, connection) for n in CONTENDERS]
            unguarded = asyncio.run(rows_race(web.port, city, "unguarded", rows=40, contenders=32))
            _row(table, "32, unguarded", unguarded)
            found = invariants(connection)
    table.notes += f" Invariants violated: {len(found)}."
    table.show(write=options.write)
    for name, rows in found.items():
        print(f"VIOLATED: {name}: {rows}")
    return 0 if all(verdicts) and not found and unguarded.most_winners > 1 else 1


def _measure(table: Table, port: int, city: DenseCity, contenders: int, connection: psycopg.Connection[Any]) -> bool:
    chances = city.of_block(f"at-once-{contenders}")
    races = asyncio.run(grabs_race(port, chances, contenders))
    _row(table, str(contenders), races)
    held = holders(connection)
    agree = all(held.get(visit) == names for visit, names in races.winners.items())
    return races.with_one_winner == len(chances) and races.failures == 0 and agree


def _row(table: Table, label: str, races: Races) -> None:
    milliseconds = sorted(1000 * seconds for seconds in races.seconds)
    told = ", ".join(f"{code} × {count}" for code, count in races.refusals.most_common())
    table.add(
        label,
        len(races.winners),
        races.with_one_winner,
        races.most_winners,
        told,
        races.failures,
        f"{statistics.median(milliseconds):.0f}",
        f"{milliseconds[int(len(milliseconds) * 0.99)]:.0f}",
    )


if __name__ == "__main__":
    sys.exit(main())
