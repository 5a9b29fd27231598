"""Everything on one port: the live stream natively, everything else as WSGI in threads.

Django under plain ASGI costs three to five times the CPU of WSGI; the adapter costs about 1.3 ms.
"""

from __future__ import annotations

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from paidan.config.wsgi import application as pages_wsgi

# isort: split
from paidan.api.live import application as events

_STREAM_PATH = "/events"
_THREADS = 16  # each may keep a database connection

_pages: Any = WSGIMiddleware(cast(Any, pages_wsgi), workers=_THREADS)

__all__ = ["application", "events"]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Route by path; the stream also hears when the server starts and stops."""

    async def receive_coroutine() -> Any:
        # Granian hands out awaitables; the adapter schedules from its threads and needs coroutines.
        return await receive()

    async def send_coroutine(message: Any) -> None:
        await send(message)

    if scope["type"] == "lifespan" or scope.get("path") == _STREAM_PATH:
        await events(scope, receive, send)
    else:
        await _pages(scope, receive_coroutine, send_coroutine)
