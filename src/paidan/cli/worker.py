"""``paidan worker``: jobs, clocks and dispatch in one process, as many of them as you like."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from paidan.cli.database import database
from paidan.cli.django_ready import django_setup

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.worker import Worker

_CONCURRENCY = 4
_JOB_STOP_SECONDS = 8.0
_EXIT_SECONDS = 10.0  # whatever still runs then is cut; its job is taken up again elsewhere
_HEARTBEAT_SECONDS = 2.0
_DEAD_SECONDS = 8.0
_RESCUE_SECONDS = 3.0
_RETRY_SECONDS = 1.0
_IS_REGISTERED = "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE id = %(worker_id)s) AS registered"


def run(options: argparse.Namespace) -> int:
    """Work until told to stop."""
    with database(options.data):
        django_setup()
        asyncio.run(_work())
    return 0


async def _work() -> None:
    """Jobs and clocks side by side; if one of them fails for good, the process ends and is started anew."""
    from paidan.config.wiring import run_clocks

    stop, clocks_stop = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        _cut_after(_EXIT_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    clocks = asyncio.create_task(asyncio.to_thread(run_clocks, clocks_stop))
    clocks.add_done_callback(lambda _task: stop.set())
    try:
        await _jobs(stop)
    finally:
        clocks_stop.set()
    await clocks


def _cut_after(seconds: float) -> None:
    """A stop must end, even if a job or the database does not."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()


async def _jobs(stop: asyncio.Event) -> None:
    """Run jobs until told to stop; start over whenever the database was away."""
    import psycopg
    import structlog
    from procrastinate.exceptions import ConnectorException

    log = structlog.get_logger(__name__)
    while not stop.is_set():
        try:
            await _session(stop)
        except (psycopg.Error, ConnectorException, OSError) as error:
            log.warning("jobs_interrupted", error=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _RETRY_SECONDS)


async def _session(stop: asyncio.Event) -> None:
    """One worker on one pool of connections; returns when it ended or ``stop`` was set."""
    from procrastinate.worker import Worker

    async with _worker_app().open_async() as app:
        worker: Any = Worker(  # its methods have no types
            app,
            concurrency=_CONCURRENCY,
            install_signal_handlers=False,
            shutdown_graceful_timeout=_JOB_STOP_SECONDS,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=_DEAD_SECONDS,
            delete_jobs="successful",
            task_middleware=[_fresh_connection],
        )
        working = asyncio.create_task(worker.run())
        rescuing = asyncio.create_task(_rescue(worker))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((working, rescuing, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(rescuing, stopping, working)


def _worker_app() -> App:
    """The same jobs on connections of the event loop.

    A second app and not the first with its connector replaced: a service called by a job defers through
    the first, in its own transaction.
    """
    from procrastinate import App
    from procrastinate.contrib.django import app

    connector: Any = app.connector
    worker_app = App(connector=connector.get_worker_connector())
    worker_app.tasks = app.tasks
    worker_app.periodic_registry = app.periodic_registry
    return worker_app


async def _end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel every task and wait for it; the first real error among them is raised."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _rescue(worker: Worker) -> None:
    """Give the jobs of dead workers back to the queue, again and again.

    Returns when others took this worker for dead, because it was held up for long: it must register anew.
    """
    jobs = worker.app.job_manager
    while True:
        await asyncio.sleep(_RESCUE_SECONDS)
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=_DEAD_SECONDS):
            await jobs.retry_job(job)
        await jobs.prune_stalled_workers(_DEAD_SECONDS)
        row = await worker.app.connector.execute_query_one_async(_IS_REGISTERED, worker_id=worker.worker_id)
        if not row["registered"]:
            return


def _fresh_connection(call_next: Callable[[], Any], _context: Any, _worker: Any) -> Any:
    """A job must not inherit a connection that broke while its thread was idle."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()
