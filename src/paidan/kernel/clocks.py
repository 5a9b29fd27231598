"""The worker's clocks: due rows are taken every second, by whichever worker asks first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog
from django.db import DatabaseError, close_old_connections, connection

from paidan.kernel.clock import now
from paidan.kernel.errors import DomainError
from paidan.kernel.locking import busy_on_lock_timeout

log = structlog.get_logger(__name__)
EVERY_SECONDS = 1.0

Clock = Callable[[datetime], None]
T = TypeVar("T")


def clocks_run(clocks: Sequence[Clock], stop: threading.Event) -> None:
    """Call every clock each second until ``stop`` is set.

    One clock's failure is logged and does not hold up the others; after a database restart the
    connection is opened again. The last line of defence: what a clock missed is still due next second.
    """
    while not stop.is_set():
        started = time.monotonic()
        for clock in clocks:
            try:
                close_old_connections()
                clock(now())
            except DatabaseError as error:
                log.warning("clock_database_error", clock=clock.__qualname__, error=type(error).__name__)
                connection.close()
            except Exception:
                log.exception("clock_failed", clock=clock.__qualname__)
        stop.wait(max(0.05, EVERY_SECONDS - (time.monotonic() - started)))


def each_due(due: Iterable[T], act: Callable[[T], object], *, name: str) -> None:
    """Act on one after the other; what fails for one is logged, is due again next time, and holds up no other.

    Args:
        act: opens its own transaction. A refusal is no failure: somebody else was first.
        name: what the log calls it.
    """
    for one in due:
        try:
            with busy_on_lock_timeout():
                act(one)
        except DomainError as refusal:
            log.info("due_refused", name=name, code=refusal.code)
        except Exception:
            if not connection.is_usable():
                raise
            log.exception("due_failed", name=name)
