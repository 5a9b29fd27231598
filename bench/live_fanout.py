"""How long a change takes from its commit to every open screen, and what open screens cost.

Starts an events process on a database of its own, opens ``--clients`` streams, commits ``--events``
events at ``--rate`` a second, and prints one JSON object. Latency is taken from just before the
``INSERT`` that commits to the arrival of the frame, so it contains the commit. The reader shares the
machine with the server, which makes the figures worse than they are.

    python -m bench.live_fanout --clients 500 --events 200 --rate 20
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from paidan.kernel.embedded_postgres import EmbeddedPostgres

TOPIC = "desk:1"
BATCH = 50
TICKS = os.sysconf("SC_CLK_TCK")
_EVENT = (
    "INSERT INTO kernel_event (name, payload, refs, topics, created_at)"
    " VALUES ('visit.assigned', '{}', '{V0000000000A1}', %s, clock_timestamp()) RETURNING id"
)


@dataclass(slots=True)
class Measured:
    """What the streams saw."""

    sent: dict[int, float] = field(default_factory=dict)
    early: dict[int, list[float]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def arrived(self, event_id: int, at: float) -> None:
        """A frame reached one stream, maybe before the writer knew its id."""
        if event_id in self.sent:
            self.seconds.append(at - self.sent[event_id])
        else:
            self.early.setdefault(event_id, []).append(at)

    def wrote(self, event_id: int, at: float) -> None:
        """The event was committed; ``at`` is when the writer began."""
        self.sent[event_id] = at
        self.seconds.extend(arrival - at for arrival in self.early.pop(event_id, ()))


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="paidan-bench-") as folder, _database(Path(folder)) as url:
        cookies = _dispatchers(options.clients)
        with _server(url, Path(folder)) as (port, pid):
            report = asyncio.run(_measure(options, url, port, pid, cookies))
    print(json.dumps(report, indent=2))
    return 0 if report["lost"] == 0 else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="events a second")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of silence to measure, at most 120")
    return parser.parse_args(arguments)


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    with EmbeddedPostgres(folder / "postgres") as server:
        os.environ |= {
            "DATABASE_URL": server.url,
            "PAIDAN_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "paidan.config.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield server.url


def _dispatchers(count: int) -> list[str]:
    """Session cookies of that many dispatchers who watch over one territory."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.models import Session
    from django.db import connections
    from django.utils import timezone

    from paidan.accounts.constants import RoleCode
    from paidan.accounts.models import User
    from paidan.accounts.services import role_of
    from paidan.workforce.models import Territory, TerritoryScope

    territory = Territory.objects.create(pk=1, code="bench", name={}, ring=[])
    role = role_of(RoleCode.DISPATCHER)
    users = User.objects.bulk_create(
        User(role=role, phone=f"+8610{number:08d}", password=f"!{number}") for number in range(count)
    )
    TerritoryScope.objects.bulk_create(TerritoryScope(user=user, territory=territory) for user in users)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    expires = timezone.now() + timezone.timedelta(hours=1)
    sessions = []
    for user in users:
        content = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        data = store().encode(content)
        sessions.append(Session(session_key=f"bench{user.pk:08d}", session_data=data, expire_date=expires))
    Session.objects.bulk_create(sessions)
    connections.close_all()
    return [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]


@contextmanager
def _server(url: str, folder: Path) -> Iterator[tuple[int, int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "paidan.cli", "events", "--port", str(port), "--data", str(folder)]
    with (folder / "events.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}, stdout=log, stderr=log)
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit("The events process did not start.")
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The events process does not answer.")


async def _measure(options: argparse.Namespace, url: str, port: int, pid: int, cookies: list[str]) -> dict[str, Any]:
    measured = Measured()
    began = time.perf_counter()
    readers: list[asyncio.Task[None]] = []
    for start in range(0, len(cookies), BATCH):
        greeted = [asyncio.Event() for _ in cookies[start : start + BATCH]]
        for cookie, event in zip(cookies[start : start + BATCH], greeted, strict=True):
            readers.append(asyncio.create_task(_read(port, cookie, event, measured)))
        async with asyncio.timeout(60):
            await asyncio.gather(*(event.wait() for event in greeted))
    opened = time.perf_counter() - began
    busy = await _publish(options, url, pid, measured)
    idle_seconds = min(options.idle, 120.0)
    cpu = _cpu_seconds(pid)
    await asyncio.sleep(idle_seconds)
    idle = (_cpu_seconds(pid) - cpu) / idle_seconds
    memory = _memory_megabytes(pid)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    expected = len(measured.sent) * len(cookies)
    milliseconds = sorted(1000 * value for value in measured.seconds)
    return {
        "clients": len(cookies),
        "events": len(measured.sent),
        "frames": len(milliseconds),
        "lost": expected - len(milliseconds),
        "latency_ms": {name: round(_quantile(milliseconds, at), 1) for name, at in _QUANTILES.items()},
        "open_seconds": round(opened, 2),
        "busy_cpu_share": round(busy, 3),
        "idle_cpu_share": round(idle, 4),
        "memory_mb": round(memory),
    }


_QUANTILES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def _quantile(ordered: list[float], at: float) -> float:
    return ordered[min(len(ordered) - 1, int(at * len(ordered)))] if ordered else 0.0


async def _read(port: int, cookie: str, greeted: asyncio.Event, measured: Measured) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise SystemExit(f"A stream was refused: {status.decode().strip()}")
        event_id = 0
        while line := await reader.readline():
            if line.startswith(b"id: "):
                event_id = int(line[4:])
            elif line.startswith(b"event: hello"):
                greeted.set()
            elif line.startswith(b'data: {"name"'):
                measured.arrived(event_id, time.perf_counter())
    finally:
        writer.close()


async def _publish(options: argparse.Namespace, url: str, pid: int, measured: Measured) -> float:
    """Commit the events; returns the share of one processor the server took meanwhile."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    began, cpu = time.perf_counter(), _cpu_seconds(pid)
    async with connection:
        for number in range(options.events):
            await asyncio.sleep(max(0.0, began + number / options.rate - time.perf_counter()))
            at = time.perf_counter()
            cursor = await connection.execute(_EVENT, [[TOPIC]])
            row = await cursor.fetchone()
            if row is not None:
                measured.wrote(int(row[0]), at)
    share = (_cpu_seconds(pid) - cpu) / (time.perf_counter() - began)
    deadline = time.perf_counter() + 10
    while len(measured.seconds) < options.events * options.clients and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    return share


def _family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found.extend(_family(int(child)))
    return found


def _cpu_seconds(pid: int) -> float:
    total = 0
    for member in _family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def _memory_megabytes(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{member}/statm").read_text().split()[1]) for member in _family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
