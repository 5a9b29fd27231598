"""Long-running children: started, watched, started again with growing pauses, and stopped in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from paidan.kernel.processes import Place, child_end, child_start

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_STEADY_SECONDS = 30.0  # having run this long, a child counts as healthy again
_STOP = ((signal.SIGTERM, 12.0),)


@dataclass(slots=True)
class Service:
    """One of Paidan's own parts as a supervised child."""

    name: str
    arguments: Sequence[str]
    log: Path | None = None
    failures: int = 0
    _child: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _due: float = field(default=0.0)

    def start(self) -> None:
        """Start the child now."""
        self._child = part_start(self.arguments, self.log)
        self._started = time.monotonic()

    def tend(self) -> str | None:
        """Start the child again once it is due; the sentence to print if it was just found ended."""
        now = time.monotonic()
        if self._child is None:
            if now >= self._due:
                self.start()
            return None
        code = self._child.poll()
        if code is None:
            return None
        self.failures = 1 if now - self._started > _STEADY_SECONDS else self.failures + 1
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (self.failures - 1), _LONGEST_PAUSE_SECONDS)
        self._due = now + pause
        self._child = None
        return exit_reason(code)

    def stop_begin(self) -> None:
        """Ask the child to stop, without waiting."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def stop(self) -> None:
        """Stop the child and wait for it."""
        if self._child is not None:
            child_end(self._child, _STOP)
            self._child = None


def part_start(arguments: Sequence[str], log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start ``paidan …`` as a child; its output goes to ``log``, or where ours goes."""
    command = [sys.executable, "-m", "paidan.cli", *arguments]
    if log is None:
        return child_start(command, Place())
    with _appending(log) as file:
        return child_start(command, Place(), output=file)


def exit_reason(code: int) -> str:
    """How a child ended, in words of the system."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _appending(log: Path) -> IO[bytes]:
    log.parent.mkdir(mode=0o700, exist_ok=True)
    return log.open("ab")
