"""A small HTTP/1.1 client: connections opened beforehand, so that requests leave together and cost next to nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

ANSWER_SECONDS = 60.0


class ConnectionLost(Exception):
    """The connection ended before the answer was complete."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON; empty when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> str:
        """The problem's code; ``""`` for an answer that is none."""
        return str(self.data.get("code", "")) if self.status >= 400 else ""

    @property
    def replayed(self) -> bool:
        """The answer was given before, to the same key."""
        return self.headers.get("idempotency-replayed") == "true"


@dataclass(frozen=True, slots=True)
class Request:
    """A call as the bytes that are sent."""

    content: bytes

    @classmethod
    def post(cls, path: str, key: str, *, idempotency: str = "", body: object = None) -> Request:
        """An unsafe call with an API key."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {key}",
            "Accept-Language: en",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
        ]
        if idempotency:
            lines.append(f"Idempotency-Key: {idempotency}")
        return cls("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    @classmethod
    def get(cls, path: str, key: str) -> Request:
        """A read with an API key."""
        return cls(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode())

    @classmethod
    def grab(cls, offer: str, key: str, *, idempotency: str = "") -> Request:
        return cls.post(f"/api/v1/offers/{offer}/grab", key, idempotency=idempotency)


class Wire:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Wire:
        """Connect to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, request: Request) -> None:
        """Hand the request to the kernel; does not wait."""
        self._writer.write(request.content)

    async def receive(self) -> Answer:
        """The next answer.

        Raises:
            ConnectionLost: the server went away first.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._receive()
        except (OSError, asyncio.IncompleteReadError, ValueError, IndexError) as error:
            raise ConnectionLost(repr(error)) from error

    async def call(self, request: Request) -> Answer:
        """Send and receive.

        Raises:
            ConnectionLost: the server went away first.
        """
        self.send(request)
        return await self.receive()

    def close(self) -> None:
        self._writer.close()

    async def _receive(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        if headers.get("transfer-encoding") == "chunked":
            body = await self._chunks()
        else:
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(head[0].split(" ")[1]), headers, body)

    async def _chunks(self) -> bytes:
        parts = []
        while size := int(await self._reader.readline(), 16):
            parts.append((await self._reader.readexactly(size + 2))[:-2])
        await self._reader.readline()
        return b"".join(parts)


@asynccontextmanager
async def wires(port: int, count: int) -> AsyncIterator[list[Wire]]:
    """Several open connections."""
    async with AsyncExitStack() as stack:
        opened = [await Wire.open(port) for _ in range(count)]
        for wire in opened:
            stack.callback(wire.close)
        yield opened


async def together(lines: Iterable[Wire], requests: Iterable[Request]) -> list[Answer]:
    """Send every request before any answer is read: the barrier. Answers come in the order of requests."""
    lines = list(lines)
    for wire, request in zip(lines, requests, strict=True):
        wire.send(request)
    return list(await asyncio.gather(*(wire.receive() for wire in lines)))
