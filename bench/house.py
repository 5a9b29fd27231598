"""The product's own processes on a database of their own, on loopback, for as long as a measurement takes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench.city import Block, DenseCity
from paidan.kernel.embedded_postgres import EmbeddedPostgres
from paidan.kernel.processes import Place, child_start
from tests.plugins.database import migrated_folder

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120.0
STOP_SECONDS = 20.0
CONTROL_SETTINGS = "bench.control.settings"


@dataclass(frozen=True, slots=True)
class House:
    """A migrated database in a folder of its own."""

    folder: Path
    postgres: EmbeddedPostgres

    @property
    def url(self) -> str:
        return self.postgres.url

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A new autocommitting connection."""
        return psycopg.connect(self.url, autocommit=True)

    def environment(self, **changes: str) -> dict[str, str]:
        """For a child that works on this database."""
        return environment_of(self.folder, self.url, **changes)

    def fill(self, blocks: Sequence[Block]) -> DenseCity:
        """Build a dense city in it."""
        return city_fill(blocks, self.environment())


def environment_of(folder: Path, url: str | None, **changes: str) -> dict[str, str]:
    """The environment of one of our processes; without an address it uses the embedded database of the folder."""
    kept = {name: text for name, text in os.environ.items() if name not in ("DATABASE_URL", "PAIDAN_DATA")}
    named = {} if url is None else {"DATABASE_URL": url}
    return {
        **kept,
        **named,
        "PAIDAN_DATA": str(folder),
        "PAIDAN_SECRET_KEY": "only-for-measuring",
        "PAIDAN_LOG_LEVEL": "WARNING",
        "LC_ALL": "C.UTF-8",
        "DJANGO_SETTINGS_MODULE": "paidan.config.settings",
        **changes,
    }


def city_fill(blocks: Sequence[Block], environment: dict[str, str]) -> DenseCity:
    """Build a city in the database that an environment names."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.city", *map(str, blocks)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return DenseCity.of_json(done.stdout.splitlines()[-1])


@contextmanager
def house(*, durable: bool = True) -> Iterator[House]:
    """Start a database with today's tables; it and its folder are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="paidan-bench-"))
    postgres = EmbeddedPostgres(folder / "postgres", durable=durable)
    try:
        database_copy(folder)
        postgres.start()
        yield House(folder, postgres)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def database_copy(folder: Path) -> None:
    """Put a stopped, migrated database below a data folder."""
    migrated = migrated_folder()
    if migrated is None:
        raise RuntimeError("The migrations failed.")
    subprocess.run(["cp", "-a", migrated, folder / "postgres"], check=True)


@dataclass(frozen=True, slots=True)
class Part:
    """A running process of the product."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def members(self) -> list[psutil.Process]:
        """It and everything below it."""
        top = psutil.Process(self.process.pid)
        return [top, *top.children(recursive=True)]


@contextmanager
def part(folder: Path, environment: dict[str, str], name: str = "whole", *options: str) -> Iterator[Part]:
    """A part that answers HTTP on a free port (``whole`` is what ``paidan up`` starts); ended afterwards."""
    port = free_port()
    log = folder / f"{name}-{port}.log"
    command = [sys.executable, "-m", "paidan.cli", name, "--port", str(port), "--data", str(folder), *options]
    with log.open("ab") as file:
        process = child_start(command, Place(folder=ROOT, environment=environment), output=file)
    running = Part(port, process, log)
    try:
        answer_wait(running)
        yield running
    finally:
        end(process)


def answer_wait(running: Part) -> None:
    """Wait until a part is alive."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.process.poll() is None:
        if is_alive(running.port):
            return
        time.sleep(0.1)
    raise RuntimeError(f"It does not answer:\n{running.log.read_text()[-4000:]}")


def is_alive(port: int) -> bool:
    """Whether something answers well on a port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to stop; kill it and what it started when it does not."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
