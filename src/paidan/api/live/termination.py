"""Hearing of the signal that stops the server, beside the server itself."""

from __future__ import annotations

import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_termination(loop: AbstractEventLoop, call: Callable[[], None]) -> Callable[[], None]:
    """Call ``call`` on the loop when the process is told to stop; the server's own handling stays.

    Servers only stop when every answer is complete, and a stream never is by itself. Event loops hear
    of signals through a wake-up descriptor that does not depend on the handler replaced here; a handler
    of the ordinary kind is called on. Where nobody handles a signal, or outside the main thread, where
    Python allows no handlers, nothing is replaced.

    Returns:
        A function that puts everything back.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    replaced = {number: handler for number in SIGNALS if callable(handler := signal.getsignal(number))}

    def handle(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call)
        replaced[signal.Signals(number)](number, frame)

    for number in replaced:
        signal.signal(number, handle)
    return lambda: _put_back(replaced)


def _put_back(handlers: dict[signal.Signals, Handler]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
