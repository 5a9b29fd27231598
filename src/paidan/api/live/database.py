"""Django's database work from the event loop: few threads, connections closed when idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

THREADS = 4

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThreads:
    """Runs functions that use the ORM.

    Threads keep their connection while more work waits, for a new one costs 12–24 ms and after a
    restart thousands of streams come back at once; the last one out closes it.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="live")
        self._waiting = 0

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of the work, done in a thread; whatever it raises is raised here."""
        loop = asyncio.get_running_loop()
        self._waiting += 1
        try:
            return await loop.run_in_executor(self._executor, lambda: self._work(work, *args, **kwargs))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take no more work."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _work(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return work(*args, **kwargs)
        finally:
            # A reading race with the loop's thread only means one connection kept or closed early.
            if self._waiting <= THREADS:
                connections.close_all()
