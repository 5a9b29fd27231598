"""One server per data folder: a lock that lives exactly as long as the server does."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from paidan.kernel.embedded_postgres.cluster import Layout
from paidan.kernel.embedded_postgres.errors import AlreadyRunning

_HANDOVER_SECONDS = 15  # a server whose supervisor was killed needs a moment to end
_POLL_SECONDS = 0.05


def lock_take(layout: Layout) -> int:
    """Hold the folder until the returned descriptor, and every copy a child inherited, is closed.

    The server inherits it, so the lock also stands while the server of a killed supervisor still ends;
    that is waited for.

    Raises:
        AlreadyRunning: another supervisor is at work here.
    """
    descriptor = os.open(layout.lock, os.O_RDWR | os.O_CLOEXEC)
    deadline = time.monotonic() + _HANDOVER_SECONDS
    while not _locked(descriptor, fcntl.LOCK_EX):
        holder = _holder(layout)
        if (holder is not None and process_runs(holder)) or time.monotonic() > deadline:
            os.close(descriptor)
            raise AlreadyRunning(folder=layout.folder, pid=holder)
        time.sleep(_POLL_SECONDS)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    _stale_record_remove(layout)
    return descriptor


def running_url(data_dir: Path) -> str | None:
    """The address of the server that another process runs on this folder; ``None`` when none runs."""
    layout = Layout(data_dir.absolute())
    try:
        descriptor = os.open(layout.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _locked(descriptor, fcntl.LOCK_SH) else layout.url(int(layout.port.read_text()))
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)


def process_runs(pid: int) -> bool:
    """Whether a process of this number exists, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(layout: Layout) -> int | None:
    text = layout.lock.read_text().strip()
    return int(text) if text.isdigit() else None


def _stale_record_remove(layout: Layout) -> None:
    """Forget a server that is gone: in a container its number may by now belong to a stranger."""
    record = layout.cluster / "postmaster.pid"
    try:
        pid = int(record.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    name = Path(f"/proc/{pid}/comm")
    stranger = name.exists() and name.read_text().strip() != "postgres"
    if stranger or not process_runs(pid):
        record.unlink()
