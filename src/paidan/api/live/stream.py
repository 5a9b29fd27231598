"""``/events``: the native ASGI side of the live updates, one long answer per browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from typing import Any

import structlog
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError
from django.utils import translation

from paidan.api.live.database import DatabaseThreads
from paidan.api.live.frames import OPENING, Farewell, heartbeat
from paidan.api.live.hub import Hub, Subscriber
from paidan.api.live.listener import Listener
from paidan.api.live.reading import catch_up, reading_of
from paidan.api.live.termination import on_termination
from paidan.api.live.watch import CHECK_SECONDS, Watch
from paidan.api.problems import MethodNotAllowed, Unavailable, problem_response
from paidan.kernel import clock
from paidan.kernel.errors import DomainError, NotFound
from paidan.kernel.refs import new_ref

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/events"
HEARTBEAT_SECONDS = 15.0
LISTENER_SECONDS = 5.0
PART_SECONDS = 1.0
STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}
_log = structlog.get_logger(__name__)


class LiveStreams:
    """The ASGI application: one hub, one LISTEN connection and all the streams of this process.

    It starts with the server (``lifespan``) or, mounted under an application that swallows that, with
    the first stream; it ends its streams on the signal that stops the server, for servers wait for
    open answers.
    """

    def __init__(self, *, heartbeat_seconds: float = HEARTBEAT_SECONDS, check_seconds: float = CHECK_SECONDS) -> None:
        self.hub = Hub()
        self.listener = Listener(self.hub)
        self._database = DatabaseThreads()
        self._watch = Watch(self.hub, self._database, check_seconds=check_seconds)
        self._heartbeat_seconds = heartbeat_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._signals_back: Callable[[], None] = lambda: None
        self._is_stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    def start(self) -> None:
        """Begin to listen, once; must run on the event loop."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(_for_ever(part.run)) for part in (self.listener, self._watch)]
            self._signals_back = on_termination(asyncio.get_running_loop(), self.drain)

    def drain(self) -> None:
        """End all streams and take no new ones: the process is about to stop."""
        self._is_stopping = True
        self.hub.close(Farewell.RESTART)

    async def stop(self) -> None:
        """Drain and let go of the database."""
        self.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._signals_back()
        self._database.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
            else:
                await self.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.start()
        request = ASGIRequest(dict(scope), BytesIO())
        try:
            subscriber, opening = await self._open(request)
        except DomainError as error:
            await _refuse(request, error, send)
            return
        except (DatabaseError, InterfaceError) as error:
            _log.warning("live.open_failed", error=type(error).__name__)
            await _refuse(request, Unavailable(), send)
            return
        await self._serve(subscriber, opening, receive, send)

    async def _open(self, request: ASGIRequest) -> tuple[Subscriber, bytes]:
        if request.path.rstrip("/") != PATH:
            raise NotFound
        if request.method != "GET":
            raise MethodNotAllowed(facts={"allow": "GET"})
        reading = reading_of(request)
        if self._is_stopping or not await self.listener.connected(LISTENER_SECONDS):
            raise Unavailable
        mark = self.hub.mark()
        visitor, replay = await self._database.run(catch_up, reading, now=clock.now())
        subscriber = Subscriber(visitor)
        self.hub.join(subscriber, since=mark)
        opening = b"".join(frame.as_stream() for frame in replay.frames(visitor.topics))
        return subscriber, OPENING + opening

    async def _serve(self, subscriber: Subscriber, opening: bytes, receive: Receive, send: Send) -> None:
        writer = asyncio.create_task(self._write(subscriber, opening, send))
        gone = asyncio.create_task(_client_gone(receive))
        subscriber.on_cut = writer.cancel
        try:
            await asyncio.wait((writer, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.leave(subscriber)
            writer.cancel()
            gone.cancel()
            await asyncio.gather(writer, gone, return_exceptions=True)

    async def _write(self, subscriber: Subscriber, opening: bytes, send: Send) -> None:
        await send(_start(200, STREAM_HEADERS))
        await send(_body(opening, more=True))
        while not subscriber.is_over:
            try:
                async with asyncio.timeout(self._heartbeat_seconds):
                    frames = await subscriber.take()
            except TimeoutError:
                frames = heartbeat(self.hub.head)
            await send(_body(frames, more=not subscriber.is_over))


async def _for_ever(run: Callable[[], Awaitable[None]]) -> None:
    """Run a part of this process again whenever it fails: without it the streams would fall silent."""
    while True:
        try:
            await run()
        except Exception:
            _log.exception("live.part_failed")
        await asyncio.sleep(PART_SECONDS)


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(request: ASGIRequest, error: DomainError, send: Send) -> None:
    request.reference_id = new_ref("R")  # type: ignore[attr-defined]  # read by problem_response
    with translation.override(translation.get_language_from_request(request)):
        response = problem_response(request, error)
    await send(_start(response.status_code, dict(response.items())))
    await send(_body(response.content, more=False))


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _body(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


application = LiveStreams()
