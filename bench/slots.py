"""How long the free windows of two weeks take, asked over HTTP in a city that is full of promises.

"warm" is a query at a new place while nothing has changed; "after a change" is one right after a promise of some day
was moved, so that this day is read anew; "cold" is the first of a process that has answered another page before and
knows no day yet; "first of a process" is its very first request.

python -m bench.slots --technicians 200 --share 0.8
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import psutil

from bench.full_city import FullCity
from bench.house import ROOT, House, Part, house, part
from bench.report import Table
from bench.wire import Answer, Request, Wire, wires

DAYS = 14
COLD_STARTS = 5
WARM_UP = 5


@dataclass(slots=True)
class Measured:
    """Seconds of each query of a kind, and processor seconds of all."""

    seconds: list[float] = field(default_factory=list)
    processor: float = 0.0

    def quantile(self, share: float) -> float:
        """Milliseconds."""
        return 1000 * sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--technicians", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.8, help="of the shift minutes, promised")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    with house() as home:
        city = _fill(home, options.technicians, options.share)
        cold, first = Measured(), Measured()
        for number in range(COLD_STARTS):
            with part(home.folder, home.environment()) as web:
                asyncio.run(_ask(home, city, web, [-1000 - number], first))
            with part(home.folder, home.environment()) as web:
                asyncio.run(_other_page(city, web))
                asyncio.run(_ask(home, city, web, [-2000 - number], cold))
        warm, changed = Measured(), Measured()
        with part(home.folder, home.environment()) as web:
            asyncio.run(_ask(home, city, web, range(-WARM_UP, 0), Measured()))
            windows = asyncio.run(_ask(home, city, web, range(options.queries), warm))
            asyncio.run(_ask(home, city, web, range(1000, 1000 + options.queries), changed, moving=True))
    table = Table(
        "Free windows of two weeks",
        "slots",
        ("query", "queries", "median ms", "p95 ms", "worst ms", "processor ms each"),
        notes=f"One territory, {options.technicians} technicians, {city.visits} visits in {DAYS} days,"
        f" {100 * city.promised:.0f} % of the shift minutes promised; between {min(windows)} and {max(windows)} windows"
        " told. Each query is at another place, over HTTP, one after another.",
    )
    for name, found in (("warm", warm), ("after a change", changed), ("cold", cold), ("first of a process", first)):
        table.add(
            name,
            len(found.seconds),
            f"{1000 * statistics.median(found.seconds):.0f}",
            f"{found.quantile(0.95):.0f}",
            f"{found.quantile(1):.0f}",
            f"{1000 * found.processor / len(found.seconds):.0f}",
        )
    table.show(write=options.write)
    return 0


def _fill(home: House, technicians: int, share: float) -> FullCity:
    command = [sys.executable, "-m", "bench.full_city", str(technicians), str(DAYS), str(share)]
    done = subprocess.run(command, env=home.environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return FullCity(**json.loads(done.stdout.splitlines()[-1]))


async def _ask(
    home: House, city: FullCity, web: Part, numbers: Sequence[int], measured: Measured, *, moving: bool = False
) -> list[int]:
    """Ask once for each number, at a place of its own; how many windows each answer told."""
    postgres = psutil.Process(home.postgres.pid or 0)
    told = []
    async with wires(web.port, 1) as (line,):
        for number in numbers:
            if moving:
                _move_one(home, number)
            before, began = _processor(web, postgres), time.perf_counter()
            answer = await _query(line, city, number)
            measured.seconds.append(time.perf_counter() - began)
            measured.processor += _processor(web, postgres) - before
            told.append(len(json.loads(answer.body)["slots"]))
    return told


async def _other_page(city: FullCity, web: Part) -> None:
    """What every first request of a process does: addresses, connections, translations."""
    async with wires(web.port, 1) as (line,):
        for _ in range(2):
            await line.call(Request.get("/api/v1/service-items", city.manager_key))


async def _query(line: Wire, city: FullCity, number: int) -> Answer:
    now = datetime.now(UTC)
    span = f"from={quote(now.isoformat())}&to={quote((now + timedelta(days=DAYS + 2)).isoformat())}"
    lat, lng = 31.03 + (number * 37 % 400) * 1e-4, 121.03 + (number * 91 % 400) * 1e-4
    path = f"/api/v1/slots?service_item={city.service_item}&lat={lat:.5f}&lng={lng:.5f}&{span}"
    answer = await line.call(Request.get(path, city.manager_key))
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} {answer.body!r}")
    return answer


def _move_one(home: House, number: int) -> None:
    """One planned stop a second later, as a re-timing writes it."""
    with home.connect() as connection:
        connection.execute(
            "UPDATE dispatch_planstop SET start_at = start_at + interval '1 second' WHERE id ="
            " (SELECT id FROM dispatch_planstop ORDER BY id OFFSET %s LIMIT 1)",
            (number % 1000,),
        )


def _processor(web: Part, postgres: psutil.Process) -> float:
    """Seconds so far; what of a server process that has ended counts with its parent."""
    members = [*web.members(), postgres, *postgres.children(recursive=True)]
    total = 0.0
    for member in members:
        with suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


if __name__ == "__main__":
    sys.exit(main())
