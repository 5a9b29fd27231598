"""What a whole grab costs beside the least a claim can be, in one run, round after round in turn.

The least is an endpoint behind the same middleware, key check and idempotency row whose body is one conditional
UPDATE. Below that stands a bare connection that commits one such UPDATE after another, as pgbench would. Offers are
free: nobody contends, so that what is measured is work and not waiting. Shares of the processor are those of web
processes and database together; they hold on a busy machine, where times do not.

    python -m bench.grab_cost --rounds 9 --calls 60
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psutil
import psycopg

from bench.city import Block, DenseCity
from bench.control.rows import rows_make
from bench.house import CONTROL_SETTINGS, Part, house, part
from bench.report import Table
from bench.wire import Request, Wire, wires

GOAL = 0.30
_UPDATE = "UPDATE bench_row SET status = 'taken', closed_at = clock_timestamp() WHERE id = %s AND status = 'open'"


@dataclass(slots=True)
class Meter:
    """Seconds on the clock and of the processors, for one kind of call, round by round."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        return 1000 * statistics.median(self.clock)

    @property
    def processor_milliseconds(self) -> float:
        return 1000 * statistics.median(self.processor)


class Stand:
    """The running server, and what has been measured on it."""

    def __init__(self, web: Part, postgres_pid: int, city: DenseCity, url: str) -> None:
        self._web = web
        self._postgres = psutil.Process(postgres_pid)
        self._rows = itertools.count(1)
        self._offers = iter(city.chances)
        self._people = itertools.cycle(city.people)
        self._url = url
        self.meters = {name: Meter() for name in ("grab", "least", "bare")}

    async def round(self, calls: int, at_once: int) -> None:
        """One round of each kind; the bare one last."""
        async with wires(self._web.port, at_once) as lines:
            await self._measure("least", lines, [self._least() for _ in range(calls)])
            await self._measure("grab", lines, [self._grab() for _ in range(calls)])
        self._bare(calls)

    def forget(self) -> None:
        """What came so far was to warm up."""
        self.meters = {name: Meter() for name in self.meters}

    def _grab(self) -> Request:
        chance = next(self._offers)
        person = chance.people[chance.window % len(chance.people)]
        return Request.grab(chance.offer, person.key, idempotency=f"{chance.offer}-{person.id}")

    def _least(self) -> Request:
        row = next(self._rows)
        return Request.post(f"/control/rows/{row}/claim", next(self._people).key, idempotency=f"row-{row}")

    async def _measure(self, name: str, lines: Sequence[Wire], requests: Sequence[Request]) -> None:
        waiting = iter(requests)
        began, processor = time.perf_counter(), self._processor()
        await asyncio.gather(*(_work(line, waiting) for line in lines))
        self._note(name, len(requests), began, processor)

    def _bare(self, calls: int) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            began, processor = time.perf_counter(), self._processor()
            for _ in range(calls):
                connection.execute(_UPDATE, [next(self._rows)])
            self._note("bare", calls, began, processor)

    def _note(self, name: str, calls: int, began: float, processor: float) -> None:
        meter = self.meters[name]
        meter.clock.append((time.perf_counter() - began) / calls)
        meter.processor.append((self._processor() - processor) / calls)

    def _processor(self) -> float:
        """Processor seconds of web and database so far."""
        members = [*self._web.members(), self._postgres, *self._postgres.children(recursive=True)]
        return sum(sum(member.cpu_times()[:2]) for member in members)


async def _work(line: Wire, requests: Iterator[Request]) -> None:
    for request in requests:
        answer = await line.call(request)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {answer.body!r}")


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--technicians", type=int, default=10, help="of each territory")
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    total = options.calls * (options.rounds + 1)
    blocks = [Block(f"t{number}", options.technicians, -(-total // 10)) for number in range(10)]
    with house() as home:
        city = home.fill(blocks)
        with home.connect() as connection:
            rows_make(connection, 3 * total)
        environment = home.environment(DJANGO_SETTINGS_MODULE=CONTROL_SETTINGS)
        with part(home.folder, environment) as web:
            stand = Stand(web, home.postgres.pid or 0, city, home.url)
            asyncio.run(stand.round(options.calls, options.at_once))
            stand.forget()
            for _ in range(options.rounds):
                asyncio.run(stand.round(options.calls, options.at_once))
    share = stand.meters["least"].milliseconds / stand.meters["grab"].milliseconds
    _table(stand, options, share).show(write=options.write)
    return 0 if share >= GOAL else 1


def _table(stand: Stand, options: argparse.Namespace, share: float) -> Table:
    table = Table(
        "What a grab costs",
        "grab-cost",
        ("call", "ms", "processor ms", "rate beside the least", "the same by processor"),
        notes=f"Medians of {options.rounds} rounds in turn, {options.calls} calls each, {options.at_once} at once,"
        f" {options.technicians} technicians on a territory's day. Goal: a grab reaches {GOAL} of the rate of the"
        f" least endpoint; reached: {share:.2f}.",
    )
    least = stand.meters["least"]
    names = {"grab": "the whole grab", "least": "one UPDATE, same frame", "bare": "one UPDATE, bare connection"}
    for kind, name in names.items():
        meter = stand.meters[kind]
        table.add(
            name,
            f"{meter.milliseconds:.2f}",
            f"{meter.processor_milliseconds:.2f}",
            f"{least.milliseconds / meter.milliseconds:.2f}",
            f"{least.processor_milliseconds / max(meter.processor_milliseconds, 0.001):.2f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
