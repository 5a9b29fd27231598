"""Child processes that never outlive the process that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system user."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where and as whom a program runs.

    ``account=None`` is the caller's own; another one can be taken by root only. ``environment=None`` is the
    caller's own. ``inherited`` are file descriptors the program keeps open.
    """

    account: Account | None = None
    folder: Path | None = None
    environment: dict[str, str] | None = None
    inherited: tuple[int, ...] = ()

    @property
    def uid(self) -> int | None:
        return None if self.account is None else self.account.uid

    @property
    def gid(self) -> int | None:
        return None if self.account is None else self.account.gid

    @property
    def groups(self) -> list[int] | None:
        return None if self.account is None else []


def die_with_parent(parent_pid: int, death_signal: signal.Signals) -> None:
    """Ask the kernel to send ``death_signal`` to this process when the thread that started it ends.

    Call it in the child, after its last change of user: such a change takes the request back (``prctl(2)``).
    Elsewhere than on Linux there is no such request, and only a clean stop of the parent ends the child.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), death_signal)


def child_start(
    command: Sequence[str | Path],
    place: Place,
    *,
    death_signal: signal.Signals = signal.SIGTERM,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, so that the terminal's Ctrl-C reaches only its supervisor.

    Start long-lived children from a thread that lives as long as they should: its end counts as the parent's.

    Args:
        death_signal: what the child receives when its parent is gone, however it went.
        output: where its standard output and error go together; ``None`` shares the caller's.

    Raises:
        OSError: the command cannot be started.
    """
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=place.folder,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        pass_fds=place.inherited,
        start_new_session=True,
        user=place.uid,
        group=place.gid,
        extra_groups=place.groups,
        # Only one system call, prepared before the fork: safe beside other threads.
        preexec_fn=partial(die_with_parent, os.getpid(), death_signal),  # noqa: PLW1509
    )


def program_run(
    command: Sequence[str | Path], place: Place, *, text: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end with ``text`` as its input; its output and errors come back together.

    Raises:
        OSError: the command cannot be started.
        subprocess.CalledProcessError: it failed; ``stdout`` holds what it said.
        subprocess.TimeoutExpired: it took longer than ``seconds``.
    """
    return subprocess.run(
        [str(part) for part in command],
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=True,
        cwd=place.folder,
        env=place.environment,
        pass_fds=place.inherited,
        timeout=seconds,
        user=place.uid,
        group=place.gid,
        extra_groups=place.groups,
        preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGKILL),
    )


def child_end(child: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]) -> int:
    """End a child by one signal after another, each with the seconds it has to work; return the exit code."""
    for number, seconds in signals:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            return child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        child.kill()
    return child.wait()
