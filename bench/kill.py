"""Kill web, worker and database in turn while technicians grab: nothing acknowledged is lost, nothing happens twice.

Starts ``paidan up`` on a dense city, lets ``--clients`` technicians grab at once over HTTP, and kills one part after
another with SIGKILL, ``--kills`` times, each time with calls in flight. A caller whose connection or call was lost asks
again with the same key until the answer is final. Then one more web process works through a wire that loses the reply
to a COMMIT. In the end every answer is compared with the database, and every answer given is asked for again.

    python -m bench.kill --kills 10 --grabs 2000
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.city import Block, Chance, DenseCity, Person
from bench.grab_race import holders
from bench.house import (
    ROOT,
    START_SECONDS,
    city_fill,
    database_copy,
    end,
    environment_of,
    free_port,
    is_alive,
    part,
)
from bench.invariants import invariants
from bench.proxy import commit_eater
from bench.report import Table
from bench.wire import Answer, ConnectionLost, Request, Wire
from paidan.kernel.embedded_postgres import running_url
from paidan.kernel.processes import Place, child_start

PARTS = ("web", "worker", "database")
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.25
AT_ONCE = 2  # technicians who ask for the same offer
FINAL = frozenset({200, 404, 409, 422})
PASSING = frozenset({"busy", "in_progress"})


@dataclass(frozen=True, slots=True)
class Call:
    """One technician's wish for one offer, with its key."""

    chance: Chance
    person: Person

    @property
    def key(self) -> str:
        return f"{self.chance.offer}-{self.person.id}"

    @property
    def request(self) -> Request:
        return Request.grab(self.chance.offer, self.person.key, idempotency=self.key)


@dataclass(slots=True)
class Log:
    """What callers saw."""

    answers: dict[Call, Answer] = field(default_factory=dict)
    first_sent: dict[Call, float] = field(default_factory=dict)
    in_flight: int = 0
    retries: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    kills: list[dict[str, Any]] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[Call]:
        """Calls that were told they have the visit."""
        return [call for call, answer in self.answers.items() if answer.status == 200]


class Caller:
    """One connection that grabs, and asks again until the answer is final."""

    def __init__(self, port: int, log: Log) -> None:
        self._port = port
        self._log = log
        self._wire: Wire | None = None

    async def ask(self, call: Call) -> Answer:
        """The final answer to a call.

        Raises:
            TimeoutError: there was none for two minutes.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self._try(call)
                if answer is not None and answer.status in FINAL and answer.code not in PASSING:
                    return answer
                self._log.retries += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _try(self, call: Call) -> Answer | None:
        """One answer of whatever kind; ``None`` when the connection went away."""
        try:
            if self._wire is None:
                self._wire = await Wire.open(self._port)
            self._log.in_flight += 1
            try:
                answer = await self._wire.call(call.request)
            finally:
                self._log.in_flight -= 1
        except (ConnectionLost, OSError):
            self.close()
            self._log.lost["connection"] += 1
            return None
        if answer.status not in FINAL:
            self._log.lost[f"{answer.status} {answer.code}"] += 1
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class Installation:
    """A running ``paidan up``."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process = process
        self.port = port
        self.folder = folder

    def kill(self, name: str) -> None:
        """SIGKILL a part and everything below it."""
        victim = self.find(name)
        for member in [victim, *victim.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                member.kill()

    def find(self, name: str) -> psutil.Process:
        """The supervisor's child that is this part now."""
        word = {"web": "whole", "worker": "worker"}.get(name)
        for child in psutil.Process(self.process.pid).children():
            if child.status() == psutil.STATUS_ZOMBIE:
                continue
            if (word is None and child.name() == "postgres") or (word is not None and word in child.cmdline()):
                return child
        raise RuntimeError(f"There is no {name}.")

    def has(self, name: str) -> bool:
        """Whether this part runs."""
        try:
            self.find(name)
        except (RuntimeError, psutil.NoSuchProcess):
            return False
        return True


@contextmanager
def installation(blocks: Sequence[Block]) -> Iterator[tuple[Installation, DenseCity, str]]:
    """``paidan up`` on a dense city and its database's address; nothing is left of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="paidan-bench-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        database_copy(folder)
        port = free_port()
        command = [sys.executable, "-m", "paidan.cli", "up", "--port", str(port), "--data", str(folder)]
        with (folder / "up.log").open("wb") as file:
            process = child_start(command, Place(folder=ROOT, environment=environment_of(folder, None)), output=file)
        _wait(lambda: is_alive(port), "paidan up", folder)
        url = running_url(folder / "postgres") or ""
        city = city_fill(blocks, environment_of(folder, url))
        yield Installation(process, port, folder), city, url
    finally:
        if process is not None:
            end(process)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(condition: Any, what: str, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} does not answer:\n{(folder / 'up.log').read_text()[-4000:]}")
        time.sleep(PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard it is to be."""

    kills: int
    grabs: int
    clients: int = 16
    in_flight: int = 8

    @property
    def blocks(self) -> list[Block]:
        """Twenty territories of ten technicians, with more offers than grabs."""
        each = self.grabs * 23 // 20 // 20 + 12
        return [Block(f"t{number}", 10, each, 2) for number in range(20)]


async def storm(running: Installation, city: DenseCity, plan: Plan) -> Log:
    """Grab everywhere at once, and kill one part after another."""
    log = Log()
    calls = iter(_calls(city))
    done = asyncio.Event()
    callers = [asyncio.create_task(_grab(running.port, calls, log, done)) for _ in range(plan.clients)]
    try:
        for number in range(plan.kills):
            target = plan.grabs * (number + 1) // (plan.kills + 1)
            await _until(lambda target=target: len(log.acknowledged) >= target and log.in_flight >= plan.in_flight)
            await _kill(running, PARTS[number % len(PARTS)], log)
        await _until(lambda: len(log.acknowledged) >= plan.grabs)
    finally:
        done.set()
    await asyncio.gather(*callers)
    return log


def _calls(city: DenseCity) -> Iterator[Call]:
    """Offers in turn over all territories, each by two of its technicians."""
    chances = sorted(city.chances, key=lambda chance: (chance.day, chance.window))
    for number, chance in enumerate(chances):
        for place in range(AT_ONCE):
            yield Call(chance, chance.people[(number + place) % len(chance.people)])


async def _grab(port: int, calls: Iterator[Call], log: Log, done: asyncio.Event) -> None:
    caller = Caller(port, log)
    try:
        for call in calls:
            log.first_sent[call] = time.monotonic()
            log.answers[call] = await caller.ask(call)
            if done.is_set():
                return
    finally:
        caller.close()


async def _until(condition: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS * 5):
        while not condition():
            await asyncio.sleep(0.002)


async def _kill(running: Installation, name: str, log: Log) -> None:
    """Kill now, and go on once the part is back and somebody was served again."""
    in_flight, acknowledged, at = log.in_flight, len(log.acknowledged), time.monotonic()
    running.kill(name)
    await asyncio.sleep(0.3)

    def served_again() -> bool:
        late = itertools.islice(log.answers.items(), acknowledged, None)
        return running.has(name) and any(log.first_sent[c] > at and answer.status == 200 for c, answer in late)

    await _until(served_again)
    seconds = time.monotonic() - at
    log.kills.append({"part": name, "in flight": in_flight, "acknowledged": acknowledged, "seconds": seconds})


async def replays_differ(port: int, log: Log, calls: Sequence[Call]) -> int:
    """Ask again with the same keys: how many are not told what they were told first."""
    caller = Caller(port, Log())
    differing = 0
    for call in calls:
        again = await caller.ask(call)
        first = log.answers[call]
        differing += (again.status, again.body, again.replayed) != (first.status, first.body, True)
    caller.close()
    return differing


async def commit_lost(running: Installation, url: str, calls: Sequence[Call], log: Log) -> int:
    """One web process on a wire that loses the reply to the COMMIT of a grab; how often it was lost.

    The caller is told that the call failed, asks again with the same key, and is told the first result.
    """
    with commit_eater(url) as (proxy, address), part(running.folder, environment_of(running.folder, address)) as web:
        caller = Caller(web.port, log)
        for call in calls:
            proxy.arm()
            before = log.retries
            log.answers[call] = await caller.ask(call)
            if proxy.armed or log.retries == before or not log.answers[call].replayed:
                raise RuntimeError(f"The reply was not lost: {log.answers[call]}")
        caller.close()
        return proxy.eaten


def verdict(connection: psycopg.Connection[Any], log: Log) -> dict[str, int]:
    """What the callers were told, beside what the database holds."""
    held = holders(connection)
    told = Counter((call.chance.visit, call.person.ref) for call in log.acknowledged)
    visits = Counter(call.chance.visit for call in log.acknowledged)
    broken = invariants(connection)
    return {
        "acknowledged lost": sum(ref not in held.get(visit, []) for visit, ref in told),
        "double": sum(count > 1 for count in visits.values()) + sum(len(refs) > 1 for refs in held.values()),
        "refused but held": sum(
            call.person.ref in held.get(call.chance.visit, [])
            for call, answer in log.answers.items()
            if answer.status != 200
        ),
        "overlaps": len(broken.get("two live commitments of a technician overlap", [])),
        "outbox without its state": sum(
            len(rows) for name, rows in broken.items() if "event" in name or "heard" in name or "answer" in name
        ),
        "invariants violated": len(broken),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that came of it."""

    log: Log
    faults: dict[str, int]
    commits_lost: int


def run(plan: Plan, *, commits: int = 1, replays: int = 200) -> Outcome:
    """The whole trial."""
    with installation(plan.blocks) as (running, city, url):
        log = asyncio.run(storm(running, city, plan))
        spare = [call for call in _calls(city) if call.chance.offer not in {c.chance.offer for c in log.first_sent}]
        lost = asyncio.run(commit_lost(running, url, spare[: commits * AT_ONCE : AT_ONCE], log))
        sample = log.acknowledged[-replays:]
        differing = asyncio.run(replays_differ(running.port, log, sample))
        with psycopg.connect(url, autocommit=True) as connection:
            faults = verdict(connection, log) | {"retries answered differently": differing}
    return Outcome(log, faults, lost)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when anything was lost, doubled or inconsistent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--grabs", type=int, default=2000, help="acknowledged, in all")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--write", action="store_true", help="keep the table in the documentation")
    options = parser.parse_args(arguments)
    outcome = run(Plan(options.kills, options.grabs, options.clients))
    log = outcome.log
    refusals = Counter(answer.code for answer in log.answers.values() if answer.status != 200)
    table = Table(
        "Killed under load",
        "kill",
        ("kill", "part", "in flight", "acknowledged before", "served again after s"),
        notes=f"`paidan up` on a city of 200 technicians, {options.clients} callers at once, SIGKILL each time."
        f" Acknowledged grabs: {len(log.acknowledged)}; refused: {dict(refusals)}; asked again with the same key:"
        f" {log.retries} (after {dict(log.lost)}); replies to COMMIT lost: {outcome.commits_lost}. "
        + ", ".join(f"{name}: {count}" for name, count in outcome.faults.items())
        + ".",
    )
    for number, kill in enumerate(log.kills, 1):
        table.add(number, kill["part"], kill["in flight"], kill["acknowledged"], f"{kill['seconds']:.1f}")
    table.show(write=options.write)
    return 0 if not any(outcome.faults.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
