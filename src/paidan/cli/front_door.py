"""``paidan door``: one port for web and events as separate processes, sharing it by path.

A plain stand-in for the reverse proxy of a larger installation, used by ``paidan up --split``. Each request
has a connection of its own to the part that answers it, so that no request can reach the other part.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import suppress

from paidan.cli.listening import address_check

_EVENTS_PATH = b"/events"
_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024
_HEAD_SECONDS = 30
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"


def run(options: argparse.Namespace) -> int:
    """Share the port until told to stop."""
    address_check(options.host, options.port)
    asyncio.run(_serve(options))
    return 0


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    door = Door(options.web_port, options.events_port)
    server = await asyncio.start_server(door.admit, options.host, options.port, limit=_HEAD_BYTES)
    await stop.wait()
    server.close()


class Door:
    """Leads each request to its part."""

    def __init__(self, web_port: int, events_port: int) -> None:
        self._web_port = web_port
        self._events_port = events_port

    async def admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, which is one request."""
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port_for(head))
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionResetError):
            writer.close()
            return
        except OSError:
            writer.write(_UNAVAILABLE)
            writer.close()
            return
        inner_writer.write(_closing(head))
        asking = asyncio.create_task(_pour(reader, inner_writer))  # ends when the browser leaves
        answering = asyncio.create_task(_pour(inner_reader, writer))
        try:
            await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
            if answering.done() and not answering.result():
                writer.write(_UNAVAILABLE)  # the part died before it answered
        finally:
            asking.cancel()
            answering.cancel()
            writer.close()
            inner_writer.close()

    def _port_for(self, head: bytes) -> int:
        target = head.split(b" ", 2)[1] if head.count(b" ") > 1 else b""
        return self._events_port if target.split(b"?", 1)[0] == _EVENTS_PATH else self._web_port


def _closing(head: bytes) -> bytes:
    """The request's head, asking for one answer only."""
    first, *lines = head[:-4].split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> bool:
    """Pass on what comes until either side leaves; whether anything came."""
    came = False
    with suppress(OSError):
        while chunk := await source.read(_CHUNK_BYTES):
            came = True
            target.write(chunk)
            await target.drain()
    return came
