"""How long the free windows of two weeks take, asked over HTTP in a city that is full of promises.

python -m bench.slots --technicians 10 --promises 1200
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import psutil

from bench.city import Block, DenseCity
from bench.house import House, Part, house, part
from bench.report import Table
from bench.wire import Answer, Request, wires

DAYS = 14


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--technicians", type=int, default=10)
    parser.add_argument("--promises", type=int, default=1200)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    parallel = -(-options.promises // (DAYS * 12))
    with house() as home:
        city = home.fill([Block("slots", options.technicians, options.promises, parallel)])
        with part(home.folder, home.environment()) as web:
            seconds, processor, answer = asyncio.run(_measure(home, city, web, options.queries))
    milliseconds = sorted(1000 * value for value in seconds)
    windows = len(answer.data.get("slots", [])) or answer.body.count(b'"start"')
    table = Table(
        "Free windows of two weeks",
        "slots",
        ("technicians", "promises", "queries", "windows told", "median ms", "p99 ms", "processor ms each"),
        notes="One territory; each query is at another place, over HTTP, one after another, so that none is answered"
        " from what is remembered of the last.",
    )
    table.add(
        options.technicians,
        options.promises,
        options.queries,
        windows,
        f"{statistics.median(milliseconds):.0f}",
        f"{milliseconds[int(0.99 * len(milliseconds))]:.0f}",
        f"{1000 * processor / options.queries:.0f}",
    )
    table.show(write=options.write)
    return 0


async def _measure(home: House, city: DenseCity, web: Part, queries: int) -> tuple[list[float], float, Answer]:
    """Seconds of each query, processor seconds of all, and the last answer."""
    with home.connect() as connection:
        code = connection.execute(
            "SELECT i.code FROM catalog_serviceitem i JOIN catalog_serviceitemversion v ON v.item_id = i.id LIMIT 1"
        ).fetchall()[0][0]
    now = datetime.now(UTC)
    span = f"from={quote(now.isoformat())}&to={quote((now + timedelta(days=DAYS)).isoformat())}"
    postgres = psutil.Process(home.postgres.pid or 0)
    seconds = []
    async with wires(web.port, 1) as (line,):
        for number in range(-5, queries):
            if number == 0:
                before = _processor(web, postgres)
            path = f"/api/v1/slots?service_item={code}&lat={31.05 + number * 1e-4:.5f}&lng=121.05&{span}"
            began = time.perf_counter()
            answer = await line.call(Request.get(path, city.manager_key))
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {answer.body!r}")
            if number >= 0:
                seconds.append(time.perf_counter() - began)
    return seconds, _processor(web, postgres) - before, answer


def _processor(web: Part, postgres: psutil.Process) -> float:
    members = [*web.members(), postgres, *postgres.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in members)


if __name__ == "__main__":
    sys.exit(main())
