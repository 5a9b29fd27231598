"""Readers of the live stream for tests: over ASGI in this process, and over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from paidan.api.live.stream import LiveStreams

WAIT_SECONDS = 10.0


@dataclass(slots=True)
class Told:
    """One frame as the reader understood it; a comment has kind ``""``."""

    event_id: int | None = None
    kind: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    comment: str = ""


def told_of_block(block: str) -> Told:
    """Read one block of an event stream."""
    told = Told()
    for line in block.split("\n"):
        name, _, value = line.partition(": ")
        if name == "id":
            told.event_id = int(value)
        elif name == "event":
            told.kind = value
        elif name == "data":
            told.data = json.loads(value)
        elif name == "":
            told.comment = value
        elif name == "retry":
            told.kind = "retry"
    return told


class StreamReader:
    """Reads frames from chunks of an event stream."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.leave = asyncio.Event()
        self._rest = b""
        self._blocks: deque[bytes] = deque()

    async def next(self, kind: str = "change", *, seconds: float = WAIT_SECONDS) -> Told:
        """The next frame of this kind (``""``: the next comment); others before it are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                told = await self._next()
                if told is None:
                    raise EOFError
                if told.kind == kind:
                    return told

    async def until_hello(self, *, seconds: float = WAIT_SECONDS) -> list[Told]:
        """Everything up to and including the next ``hello``, without the retry hint."""
        frames: list[Told] = []
        async with asyncio.timeout(seconds):
            while not frames or frames[-1].kind != "hello":
                told = await self._next()
                if told is None:
                    raise EOFError
                if told.kind != "retry":
                    frames.append(told)
        return frames

    async def ended(self, *, seconds: float = WAIT_SECONDS) -> None:
        """Wait for the server to close the stream."""
        async with asyncio.timeout(seconds):
            while await self._next() is not None:
                pass

    async def _next(self) -> Told | None:
        while not self._blocks:
            chunk = await self.chunks.get()
            if chunk is None:
                self.chunks.put_nowait(None)
                return None
            *blocks, self._rest = (self._rest + chunk).split(b"\n\n")
            self._blocks.extend(blocks)
        return told_of_block(self._blocks.popleft().decode())


def scope_of(query: str = "", headers: dict[str, str] | None = None, *, method: str = "GET") -> dict[str, Any]:
    """An ASGI scope of a request for ``/events``."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/events",
        "raw_path": b"/events",
        "root_path": "",
        "query_string": query.encode(),
        "headers": pairs,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


@asynccontextmanager
async def reading(
    streams: LiveStreams, query: str = "", headers: dict[str, str] | None = None, *, method: str = "GET"
) -> AsyncIterator[StreamReader]:
    """Open a stream, wait for its status, and leave at the end like a browser does."""
    reader = StreamReader()
    started = asyncio.Event()
    request_sent = False

    async def receive() -> dict[str, Any]:
        nonlocal request_sent
        if not request_sent:
            request_sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await reader.leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reader.status = message["status"]
            reader.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            started.set()
            return
        reader.body += message["body"]
        reader.chunks.put_nowait(message["body"])
        if not message["more_body"]:
            reader.chunks.put_nowait(None)

    answer = asyncio.create_task(streams(scope_of(query, headers, method=method), receive, send))
    answer.add_done_callback(lambda _: reader.chunks.put_nowait(None))
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await started.wait()
        yield reader
    finally:
        reader.leave.set()
        async with asyncio.timeout(WAIT_SECONDS):
            await answer
