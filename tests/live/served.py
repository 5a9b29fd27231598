"""A real events process on a real database of its own, and readers over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from paidan.kernel.embedded_postgres import EmbeddedPostgres
from tests.live.readers import StreamReader
from tests.plugins.database import migrated_folder

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180.0
_PEOPLE = """
import json, django
django.setup()
from paidan.accounts.constants import RoleCode
from tests.live.people import cookie_of, person, technician_of, territory
here = territory("a")
people = []
for number in range(3):
    user = person(RoleCode.TECHNICIAN, number)
    technician_of(user, here)
    people.append({"user_id": user.pk, **cookie_of(user)})
print(json.dumps({"territory_id": here.pk, "people": people}))
"""


@dataclass(frozen=True, slots=True)
class Person:
    user_id: int
    headers: dict[str, str]

    @property
    def session(self) -> str:
        """The session's key."""
        return self.headers["Cookie"].split("=", 1)[1]


@dataclass(frozen=True, slots=True)
class House:
    """A migrated database with three technicians of one territory."""

    postgres: EmbeddedPostgres
    folder: Path
    people: tuple[Person, ...]
    territory_id: int

    def connect(self) -> psycopg.Connection[Any]:
        """A new autocommitting connection."""
        return psycopg.connect(self.postgres.url, autocommit=True)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Start a migrated database, and let three people move in."""
    migrated = migrated_folder()
    if migrated is not None:
        subprocess.run(["cp", "-a", migrated, folder / "postgres"], check=True)
    postgres = EmbeddedPostgres(folder / "postgres", durable=False)
    try:
        postgres.start()
        python(folder, postgres.url, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0")
        made = json.loads(python(folder, postgres.url, "-c", _PEOPLE))
        people = tuple(Person(row["user_id"], {"Cookie": row["Cookie"]}) for row in made["people"])
        yield House(postgres, folder, people, made["territory_id"])
    finally:
        postgres.stop()


def python(folder: Path, url: str, *arguments: str) -> str:
    """Run Python on the house's database; returns what it prints last."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment(folder, url),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    return lines[-1] if lines else ""


def environment(folder: Path, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "PAIDAN_DATA": str(folder),
        "PAIDAN_SECRET_KEY": "only-for-tests",
        "DJANGO_SETTINGS_MODULE": "paidan.config.settings",
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Part:
    """One process of the product, on a port of its own."""

    def __init__(self, home: House, name: str, *, options: tuple[str, ...] = ()) -> None:
        self.home = home
        self.name = name
        self.port = free_port()
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def _options(self) -> list[str]:
        return ["--port", str(self.port), "--data", str(self.home.folder), *self.options]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.home.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "paidan.cli", self.name, *self._options],
                env=environment(self.home.folder, self.home.postgres.url),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"{self.address}/events", timeout=2)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"{self.name} did not start; see {self.home.folder / self.name}.log")

    def stop(self) -> float:
        """Ask it to stop; returns how many seconds it took, and kills it when it takes too long."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill the process and what it started, at once."""
        assert self.process is not None
        for member in reversed(family(self.process.pid)):
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(20)


def family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found.extend(family(int(child)))
    return found


@contextmanager
def part(home: House, name: str = "events") -> Iterator[Part]:
    """A running process of the product; whatever is left of it is killed at the end."""
    running = Part(home, name)
    try:
        running.start()
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.kill()


@asynccontextmanager
async def connected(address: str, headers: dict[str, str], *, after: int | None = None) -> AsyncIterator[StreamReader]:
    """Open a stream over a socket; it ends quietly however the server goes away."""
    shown = headers if after is None else {**headers, "Last-Event-ID": str(after)}
    reader = StreamReader()
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(20, read=None)) as client,
        client.stream("GET", f"{address}/events", headers=shown) as answer,
    ):
        reader.status = answer.status_code
        reader.headers = dict(answer.headers)

        async def pump() -> None:
            try:
                async for chunk in answer.aiter_bytes():
                    reader.chunks.put_nowait(chunk)
            except httpx.HTTPError:
                pass
            finally:
                reader.chunks.put_nowait(None)

        pumping = asyncio.create_task(pump())
        try:
            yield reader
        finally:
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)


@contextmanager
def door(home: House, web: Part, events: Part) -> Iterator[Part]:
    """One port for web and events, shared by path like behind a reverse proxy."""
    front = Part(home, "door", options=("--web-port", str(web.port), "--events-port", str(events.port)))
    try:
        front.start()
        yield front
    finally:
        if front.process is not None and front.process.poll() is None:
            front.kill()
