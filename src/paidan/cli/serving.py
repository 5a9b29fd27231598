"""``paidan web``, ``events`` and ``whole``: the parts that answer HTTP."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from paidan.cli.database import data_folder_use, database
from paidan.cli.listening import address_check
from paidan.kernel.processes import die_with_parent

_CONNECTIONS = 4096  # each open stream is one
_THREADS = 16
_STOP_SECONDS = 5
_RESPAWN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """An application and how it is served."""

    target: str
    interface: Interfaces
    processes: int


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    part = parts()[options.part]
    address_check(options.host, options.port)
    with database(options.data):
        (data_folder_use(options.data) / "static").mkdir(exist_ok=True)  # where collected files would lie
        _preload(part.target)
        server = Server(
            part.target,
            address=options.host,
            port=options.port,
            interface=part.interface,
            workers=part.processes,
            blocking_threads=_THREADS if part.interface is Interfaces.WSGI else None,
            backlog=_CONNECTIONS,
            backpressure=_CONNECTIONS,
            websockets=False,
            log_level=LogLevels.warning,
            log_dictconfig={"loggers": {"_granian": {"propagate": True}}},  # to the application's JSON lines
            respawn_failed_workers=True,
            respawn_interval=_RESPAWN_SECONDS,
            workers_kill_timeout=_STOP_SECONDS,
        )
        server.serve(target_loader=partial(_application, part.target, os.getpid()), wrap_loader=False)
    return 0


def parts() -> dict[str, Part]:
    """Every part that can be served. A stream costs little, so one process of them is enough."""
    processes = min(2, os.cpu_count() or 1)
    return {
        "whole": Part("paidan.config.asgi:application", Interfaces.ASGI, processes),
        "web": Part("paidan.config.wsgi:application", Interfaces.WSGI, processes),
        "events": Part("paidan.config.asgi:events", Interfaces.ASGI, 1),
    }


def _preload(target: str) -> None:
    """Load the application before the serving processes are forked: once for all, and in shared memory."""
    if multiprocessing.get_start_method() == "fork":
        _load(target)
        from django.db import connections
        from django.urls import get_resolver

        _ = get_resolver().url_patterns  # Django would load them with the first request
        connections.close_all()


def _application(target: str, parent_pid: int) -> Callable[..., Any]:
    """The application inside a serving process, which must not outlive the one that started it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # the parent's handlers came along; the server sets its own next
    die_with_parent(parent_pid, signal.SIGKILL)
    application = _load(target)
    if target != parts()["events"].target:
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    return application


def _warm_up() -> None:
    """Learn the words of the catalog now, which the first customer would wait two seconds for."""
    from django.db import DatabaseError, connections

    from paidan.catalog.selectors import service_items_match

    with suppress(DatabaseError):
        service_items_match("")
    connections.close_all()


def _load(target: str) -> Callable[..., Any]:
    module, name = target.split(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    return application
