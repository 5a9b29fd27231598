"""``paidan up``: everything on one machine under one supervisor."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from paidan.cli.database import data_folder_use, server_folder
from paidan.cli.listening import address_check, free_port
from paidan.cli.psql import database_wait
from paidan.cli.readiness import reachable_address, web_wait
from paidan.cli.schema import demo_is_loaded, mark_of, schema_digest
from paidan.cli.sentences import Refusal, _, gettext_noop, translated
from paidan.cli.supervision import Service, part_start
from paidan.kernel.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from paidan.kernel.processes import child_end, die_with_parent

_WATCH_SECONDS = 0.1
_DATABASE_SECONDS = 10.0
_DATABASE_PAUSE_SECONDS = 3.0
_FACES = ("/", "/crew/", "/desk/", "/office/", "/admin/")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STEP_STOP = ((signal.SIGTERM, 10.0),)
_REFUSED = 3
_STEP_FAILED = gettext_noop("Paidan could not start: “%(step)s” failed, and its output above says why.")
_ENDED = gettext_noop("%(name)s ended (%(reason)s) and is started again.")


class _Stop(BaseException):
    """Somebody asked us to stop."""


class _StepRefused(Exception):
    """A step already said why it cannot be done."""


def run(options: argparse.Namespace) -> int:
    """Start everything, watch it, and stop it in order when asked to."""
    if options.with_parent:
        die_with_parent(os.getppid(), signal.SIGTERM)
    address_check(options.host, options.port)
    installation = Installation(options)
    for number in _STOP_SIGNALS:
        signal.signal(number, _stop_asked)
    try:
        installation.start()
        installation.watch()
    except _Stop:
        _say(_("Stopping …"))
    except _StepRefused:
        return 1
    finally:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        installation.stop()
    return 0


def _stop_asked(_number: int, _frame: FrameType | None) -> None:
    raise _Stop


class Installation:
    """Database, web, events and worker of one machine."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._data = data_folder_use(options.data)
        self._postgres: EmbeddedPostgres | None = None
        self._postgres_due = 0.0
        self._services: list[Service] = []
        self._step_child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Bring everything up, one step after another."""
        began = time.monotonic()
        with _step(_("Database")):
            url = self._start_database()
            is_current = mark_of(url) == schema_digest()
        if not is_current:
            self._run_step(_("Tables"), ["migrate"])
        if self._options.demo and not demo_is_loaded(url):
            self._run_step(_("Demo city"), ["demo", "load"])
        with _step(_("Web, events and worker")):
            self._start_services()
            web_wait(self._options.host, self._options.port, self._tend)
        self._say_ready(time.monotonic() - began)

    def watch(self) -> None:
        """Keep everything running until told to stop."""
        if self._options.demo:
            self._step_child = part_start(["demo", "accounts"])
        while True:
            self._tend()
            if self._step_child is not None and self._step_child.poll() is not None:
                self._step_child = None
            time.sleep(_WATCH_SECONDS)

    def stop(self) -> None:
        """Stop the parts together, the database last."""
        if self._step_child is not None:
            child_end(self._step_child, _STEP_STOP)
        for service in self._services:
            service.stop_begin()
        for service in self._services:
            service.stop()
        if self._postgres is not None:
            self._postgres.stop()

    def _start_database(self) -> str:
        """The server of ``DATABASE_URL``, or else our own; every child finds it in its environment."""
        url = os.environ.get("DATABASE_URL")
        if url:
            database_wait(url, _DATABASE_SECONDS)
            return url
        self._postgres = EmbeddedPostgres(server_folder(self._data))
        os.environ["DATABASE_URL"] = self._postgres.start()
        return self._postgres.url

    def _run_step(self, title: str, arguments: list[str]) -> None:
        """Run one of our own commands to its end.

        Raises:
            NoDiskSpace: it failed, and the disk is nearly full.
            Refusal: it failed otherwise.
        """
        with _step(title):
            self._step_child = part_start(arguments)
            code = self._step_child.wait()
            self._step_child = None
        if code != 0 and self._postgres is not None:
            self._postgres.space_check()
        if code == _REFUSED:
            raise _StepRefused
        if code != 0:
            raise Refusal(_STEP_FAILED, step=title)

    def _start_services(self) -> None:
        host, port = self._options.host, str(self._options.port)
        os.environ.setdefault("PAIDAN_PUBLIC_URL", reachable_address(host, self._options.port))
        front = ["--host", host, "--port", port]
        if self._options.split:
            web, events = str(free_port()), str(free_port())
            self._add("web", ["web", "--port", web])
            self._add("events", ["events", "--port", events])
            self._add("door", ["door", *front, "--web-port", web, "--events-port", events])
        else:
            self._add("web", ["whole", *front])
        self._add("worker", ["worker"])

    def _add(self, name: str, arguments: list[str]) -> None:
        """Start a part; at a terminal its log goes to a file, elsewhere to where ours goes."""
        log = self._data / "log" / f"{name}.log" if sys.stderr.isatty() else None
        service = Service(name, arguments, log)
        service.start()
        self._services.append(service)

    def _tend(self) -> None:
        """Start again whatever has ended, the database first."""
        if self._postgres is not None and not self._postgres.alive:
            self._restart_database(self._postgres)
        for service in self._services:
            reason = service.tend()
            if reason is not None:
                _say(translated(_ENDED, {"name": service.name, "reason": reason}))

    def _restart_database(self, postgres: EmbeddedPostgres) -> None:
        now = time.monotonic()
        if now < self._postgres_due:
            return
        self._postgres_due = now + _DATABASE_PAUSE_SECONDS
        _say(translated(_ENDED, {"name": "PostgreSQL", "reason": _("unexpectedly")}))
        try:
            postgres.start()
        except EmbeddedPostgresError as error:
            _say(translated(error.sentence, error.values))

    def _say_ready(self, seconds: float) -> None:
        _say(_("Paidan runs after %(seconds).1f s:") % {"seconds": seconds})
        for face in _FACES:
            _say(f"  {reachable_address(self._options.host, self._options.port)}{face}")
        if sys.stderr.isatty():
            _say(_("Logs: %(folder)s. Ctrl-C stops everything.") % {"folder": self._data / "log"})


@contextmanager
def _step(title: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    _say(f"· {title} …")
    began = time.monotonic()
    yield
    _say(f"✓ {title} ({time.monotonic() - began:.1f} s)")


def _say(line: str) -> None:
    print(line, flush=True)
