"""``paidan up`` as a person runs it: the real processes, killed one after the other."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from paidan.kernel.embedded_postgres import running_url
from tests.operation.watching import eventually, runs
from tests.plugins.database import migrated_folder

START_SECONDS = 120.0
RECOVERY_SECONDS = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Running:
    """A ``paidan up`` and what can be seen of it from outside."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self._port = port

    def ready(self) -> dict[str, Any]:
        """What ``/readyz`` says; empty when nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as answer:
                return dict(json.load(answer))
        except (OSError, urllib.error.URLError, ValueError):
            return {}

    def is_whole(self) -> bool:
        """Web, database and worker are all at work."""
        state = self.ready()
        return state.get("status") == "ready" and state.get("worker") == "alive"

    def status(self, path: str) -> int:
        """The status that a stranger's request is answered with."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *(child for child in supervisor.children(recursive=True) if runs(child.pid))]

    def member(self, *words: str) -> psutil.Process:
        """The supervisor's own child whose command line has all these words."""
        return next(child for child in self._children() if set(words) <= set(child.cmdline()))

    def database(self) -> psutil.Process:
        """The embedded server."""
        return next(child for child in self._children() if child.name() == "postgres")

    def _children(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if runs(child.pid)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose database has its tables."""
    migrated = migrated_folder()
    assert migrated is not None
    subprocess.run(["cp", "-a", migrated, tmp_path / "postgres"], check=True)
    return tmp_path


@contextmanager
def up(data: Path, *options: str) -> Iterator[Running]:
    """Start, wait until everything is at work, and leave nothing behind."""
    port = _free_port()
    command = [sys.executable, "-m", "paidan.cli", "up", "--port", str(port), "--data", str(data), *options]
    with (data / "up.log").open("wb") as log:
        process = subprocess.Popen(command, env=_environment(), stdout=log, stderr=log, start_new_session=True)
    running = Running(process, port)
    try:
        whole = eventually(running.is_whole, START_SECONDS)
        assert whole, (data / "up.log").read_text()[-4000:]
        yield running
    finally:
        process.kill()
        process.wait()


def test_whatever_is_killed_comes_back_by_itself(data: Path) -> None:
    with up(data) as running:
        for find in (running.database, lambda: running.member("whole"), lambda: running.member("worker")):
            victim = find()
            victim.kill()
            victim.wait(5)
            assert eventually(running.is_whole, RECOVERY_SECONDS), victim
        serving = running.member("whole").children()[0]
        serving.kill()
        assert eventually(lambda: not runs(serving.pid), 5)
        assert eventually(running.is_whole, RECOVERY_SECONDS)

    said = (data / "up.log").read_text()
    assert "PostgreSQL ended" in said
    assert "web ended (SIGKILL) and is started again." in said
    assert "worker ended (SIGKILL) and is started again." in said


def test_a_worker_that_others_took_for_dead_comes_back(data: Path) -> None:
    with up(data) as running:
        with psycopg.connect(running_url(data / "postgres") or "") as connection:
            connection.execute("DELETE FROM procrastinate_workers")
        assert not running.is_whole()

        assert eventually(running.is_whole, RECOVERY_SECONDS)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_everything_stops_cleanly(data: Path, ending: signal.Signals) -> None:
    with up(data) as running:
        family = running.family()

        running.process.send_signal(ending)
        code = running.process.wait(60)

        assert code == 0
        assert not any(runs(member.pid) for member in family)
    assert "database system is shut down" in (data / "postgres" / "postgres.log").read_text()


@pytest.mark.parametrize("options", [[], ["--split"]])
def test_a_killed_supervisor_leaves_no_process(data: Path, options: list[str]) -> None:
    with up(data, *options) as running:
        family = {member.pid: member.cmdline() for member in running.family()}

        running.process.kill()

        eventually(lambda: not any(map(runs, family)), 30)
        assert [command for pid, command in family.items() if runs(pid)] == []


def test_a_killed_make_takes_everything_with_it(data: Path) -> None:
    """``make run`` starts it bound to make's own process."""
    port = _free_port()
    options = ["--with-parent", "--port", str(port), "--data", str(data)]
    script = f"import subprocess; subprocess.run({[sys.executable, '-m', 'paidan.cli', 'up', *options]!r})"
    make = subprocess.Popen([sys.executable, "-c", script], env=_environment(), stdout=subprocess.DEVNULL)
    running = Running(make, port)
    assert eventually(running.is_whole, START_SECONDS)
    family = running.family()

    make.kill()
    make.wait()

    assert eventually(lambda: not any(runs(member.pid) for member in family), 30)


def test_web_and_events_apart_share_one_port(data: Path) -> None:
    with up(data, "--split") as running:
        assert running.status("/") == HTTPStatus.OK
        assert eventually(lambda: running.status("/events") == HTTPStatus.UNAUTHORIZED, RECOVERY_SECONDS)

        running.member("events").kill()

        assert eventually(lambda: running.status("/events") == HTTPStatus.SERVICE_UNAVAILABLE, 5)
        assert running.is_whole()
        assert eventually(lambda: running.status("/events") == HTTPStatus.UNAUTHORIZED, RECOVERY_SECONDS)


def _environment() -> dict[str, str]:
    """Without the run's own database: an embedded one is wanted."""
    return {name: text for name, text in os.environ.items() if name not in ("DATABASE_URL", "PAIDAN_DATA")} | {
        "LC_ALL": "C.UTF-8"
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
