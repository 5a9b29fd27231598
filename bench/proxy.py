"""A wire to PostgreSQL that loses the reply to one COMMIT: the server has committed, the client never hears."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_COMMIT = b"COMMIT\0"
_CHUNK = 65_536


class CommitEater:
    """A TCP proxy on a free port of this machine."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._armed = threading.Event()
        self.port = 0
        self.eaten = 0

    def arm(self) -> None:
        """Lose the reply to the next COMMIT, and the connection with it."""
        self._armed.set()

    @property
    def armed(self) -> bool:
        """No COMMIT has come by yet."""
        return self._armed.is_set()

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Pass everything on until told to stop."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        ready.set()
        async with server:
            await stop.wait()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        dropping = asyncio.Event()
        to_server = asyncio.create_task(self._pass_calls(reader, server_writer, dropping))
        to_client = asyncio.create_task(self._pass_replies(server_reader, writer, dropping))
        try:
            await asyncio.wait((to_server, to_client), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (to_server, to_client):
                task.cancel()
            await asyncio.gather(to_server, to_client, return_exceptions=True)
            writer.close()
            server_writer.close()

    async def _pass_calls(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dropping: asyncio.Event
    ) -> None:
        while data := await reader.read(_CHUNK):
            if self._armed.is_set() and data.endswith(_COMMIT):
                self._armed.clear()
                dropping.set()
            writer.write(data)
            await writer.drain()

    async def _pass_replies(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dropping: asyncio.Event
    ) -> None:
        while data := await reader.read(_CHUNK):
            if dropping.is_set():
                self.eaten += 1
                return
            writer.write(data)
            await writer.drain()


@contextmanager
def commit_eater(url: str) -> Iterator[tuple[CommitEater, str]]:
    """A running proxy before a database, and the address that leads through it."""
    parts = urlsplit(url)
    proxy = CommitEater(parts.hostname or "127.0.0.1", parts.port or 5432)
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(proxy.serve(ready, stop),))
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError("The proxy did not start.")
        login = parts.netloc.rsplit("@", 1)[0]
        yield proxy, parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}").geturl()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
