"""Watching processes from outside."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil


def runs(pid: int) -> bool:
    """Whether a process is at work; one that only waits to be counted is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
