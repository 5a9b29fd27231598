"""Our own small supervisor of the embedded server: one foreground child that ends when we end."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from paidan.kernel.embedded_postgres.binaries import runnable_by, server_account
from paidan.kernel.embedded_postgres.cluster import (
    Layout,
    cluster_address,
    cluster_create,
    failure,
    folder_prepare,
    major_check,
    server_environment,
    space_check,
)
from paidan.kernel.embedded_postgres.errors import StartFailed
from paidan.kernel.embedded_postgres.lock import lock_take
from paidan.kernel.processes import Place, child_end, child_start

_PORTS = range(15_432, 32_000)  # below the ports the system hands out for outgoing connections
_READY_SECONDS = 300  # recovery after a crash replays the log first
_READY_POLL_SECONDS = 0.01
_RETRY_SECONDS = 0.2
_LOG_BYTES = 10_000_000
_FAST_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0))
_STATE_LINE = 7  # of postmaster.pid, where pg_ctl looks too
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_PASSING = (
    "could not bind",
    "Address already in use",
    "pre-existing shared memory",
    '"postmaster.pid" already',
)


class EmbeddedPostgres:
    """One PostgreSQL server on one folder, as a child of this process.

    Start it from a thread that lives as long as the server should. ``durable=False`` gives up the data
    at a power failure for speed: tests only.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._layout = Layout(data_dir.absolute())
        self._settings = {**_SETTINGS, **(_DURABLE if durable else _FORGETFUL)}
        self._durable = durable
        self._lock: int | None = None
        self._port: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server, or start it again on the same port after it died; return its address.

        Raises:
            EmbeddedPostgresError: one of its kinds, with one sentence for a person.
        """
        if self.alive:
            return self.url
        folder_prepare(self._layout)
        if self._lock is None:
            self._lock = lock_take(self._layout)
        try:
            command, place = self._prepare(self._lock)
            self._launch(command, place)
        except BaseException:
            self.stop()
            raise
        return self.url

    @property
    def url(self) -> str:
        """The ``DATABASE_URL`` of the server once it was started."""
        if self._port is None:
            raise StartFailed(reason="it was never started", log=self._layout.log)
        return self._layout.url(self._port)

    @property
    def pid(self) -> int | None:
        """The server's process, while it is one."""
        return self._child.pid if self._child is not None and self.alive else None

    @property
    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self._child is not None and self._child.poll() is None

    def space_check(self) -> None:
        """Tell whether a full disk is why something failed.

        Raises:
            NoDiskSpace: it may be.
        """
        space_check(self._layout)

    def stop(self) -> None:
        """End every connection, write a checkpoint and leave; safe to call twice."""
        if self._child is not None:
            child_end(self._child, _FAST_STOP)
            self._child = None
        if self._lock is not None:
            self._layout.port.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare(self, lock: int) -> tuple[list[str], Place]:
        """Check what can be checked before, make the cluster if there is none, and say how to run it."""
        cluster = self._layout.cluster
        account = server_account(cluster)
        binaries = runnable_by(account)
        major_check(self._layout, binaries)
        space_check(self._layout)
        _log_turn_over(self._layout.log)
        if not cluster.exists():
            cluster_create(self._layout, binaries, account, durable=self._durable)
        place = Place(account=account, folder=cluster, environment=server_environment(), inherited=(lock,))
        return [str(binaries.program("postgres")), "-D", cluster_address(cluster, account)], place

    def _launch(self, command: list[str], place: Place) -> None:
        """Start the child until it answers; a taken port or a predecessor's last backends only delay it."""
        deadline = time.monotonic() + _READY_SECONDS
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        while True:
            port = self._port or _free_port()
            with self._layout.log.open("ab") as log:
                mark = log.tell()
                self._child = child_start(
                    [*command, *options, "-c", f"port={port}"], place, death_signal=signal.SIGINT, output=log
                )
            if self._wait_ready(self._child, deadline):
                self._port = port
                self._layout.port.write_text(str(port))
                return
            output = _tail(self._layout.log, mark)
            if time.monotonic() > deadline or not any(cause in output for cause in _PASSING):
                raise failure(self._layout, output)
            time.sleep(_RETRY_SECONDS)

    def _wait_ready(self, child: subprocess.Popen[bytes], deadline: float) -> bool:
        """Whether the child answers; ``False`` once it has ended."""
        while child.poll() is None:
            if _answers(self._layout.cluster, child.pid):
                return True
            if time.monotonic() > deadline:
                raise StartFailed(reason=f"not ready after {_READY_SECONDS} s", log=self._layout.log)
            time.sleep(_READY_POLL_SECONDS)
        return False


def _free_port() -> int:
    for port in random.sample(_PORTS, 64):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StartFailed(reason="no free port", log="the system's list of ports")


def _answers(cluster: Path, pid: int) -> bool:
    """The server writes its state into its own record."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > _STATE_LINE and lines[0] == str(pid) and lines[_STATE_LINE].strip() == "ready"


def _log_turn_over(log: Path) -> None:
    log.touch(mode=0o600)
    if log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
        log.touch(mode=0o600)


def _tail(log: Path, mark: int) -> str:
    with log.open("rb") as file:
        file.seek(mark)
        return file.read().decode(errors="replace")
